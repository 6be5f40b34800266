// What is packed gives the same answers as what is not, whatever happens to the packs.

#include "maild/mailbox/listed_header.h"
#include "maild/mailbox/sql_store.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

#include <filesystem>
#include <fstream>
#include <random>

using namespace maild::mailbox;

namespace
{
constexpr AccountId ali = 11;
constexpr int enough = 300; ///< messages: more than one pack of long texts

std::string mail(int number)
{
    auto const text = std::to_string(number);
    return "Received: from a\r\n\tby b; Sat, 21 Nov 2026 08:00:00 +0700\r\nFrom: \"Guru " + text + "\" <guru" + text +
           "@a.example>\r\nTo: ali@a.example\r\nSubject: " + (number % 3 == 0 ? "Re: " : "") + "Tugas " +
           std::to_string(number % 50) + "\r\nMessage-ID: <" + text + "@a.example>\r\n" +
           (number % 3 == 0 ? "References: <" + std::to_string(number - 1) + "@a.example>\r\n" : "") +
           (number % 7 == 0 ? "" : "Date: Sat, 21 Nov 2026 08:00:0" + std::to_string(number % 10) + " +0700\r\n") +
           (number % 11 == 0 ? "X-Odd: line\n" : "") + "\r\nIsi " + text + "\r\n";
}

/// A store that is packed when the test says so.
class Cabinet
{
public:
    Cabinet() { reopen(); }
    void reopen()
    {
        store_.reset();
        store_ = std::make_unique<SqlMailStore>(
            folder_.path(), StoreSettings{.small_body = 1u << 20, .body_grace = -1, .disk_reserve = 0});
    }
    SqlMailStore& operator*() { return *store_; }
    SqlMailStore* operator->() { return store_.get(); }
    std::string file() const { return folder_.path() + "/packs.db"; }
    MailboxId inbox() { return store_->find(ali, "INBOX")->id; }

    void deliver(int first, int last)
    {
        std::vector<Delivery> deliveries;
        for (auto number = first; number <= last; ++number) deliveries.push_back({{mail(number)}, number, {{ali}}});
        store_->deliver(deliveries);
    }

    /// The packs' contents go, the file stays sound.
    void empty_packs()
    {
        store_.reset();
        std::filesystem::remove(file());
        reopen();
    }

    /// Does this to the file; literals only.
    void alter_packs(std::initializer_list<std::string_view> statements)
    {
        db::Database database({file(), "packs"});
        database.run([&](db::Transaction& transaction) {
            for (auto const statement : statements) transaction.exec(statement);
        });
        reopen();
    }

    std::vector<MessageIndex> texts(unsigned parts)
    {
        return store_->index_of(inbox(), UidSet::of({all_uids}), parts);
    }

private:
    support::TempFolder folder_;
    std::unique_ptr<SqlMailStore> store_;
};

ColumnSet every_column()
{
    ColumnSet wanted{.rows = true, .sent = true, .threads = true};
    for (std::size_t kind = 0; kind < text_kinds; ++kind) wanted.add(static_cast<TextKind>(kind));
    return wanted;
}

void check_same(Columns const& one, Columns const& other)
{
    CHECK(*one.uids == *other.uids);
    CHECK(one.rows->bodies == other.rows->bodies);
    CHECK(one.rows->sizes == other.rows->sizes);
    CHECK(one.rows->arrived == other.rows->arrived);
    CHECK(one.sent->when == other.sent->when);
    CHECK(one.sent->day == other.sent->day);
    CHECK(one.threads->message_ids == other.threads->message_ids);
    CHECK(one.threads->is_reply == other.threads->is_reply);
    CHECK(one.threads->parents == other.threads->parents);
    CHECK(one.threads->parents_end == other.threads->parents_end);
    for (std::size_t kind = 0; kind < text_kinds; ++kind) {
        auto const& texts = one.text(static_cast<TextKind>(kind));
        auto const& same = other.text(static_cast<TextKind>(kind));
        REQUIRE(texts.size() == same.size());
        for (std::size_t row = 0; row < texts.size(); ++row) CHECK(texts.at(row) == same.at(row));
        CHECK(texts.ranks() == same.ranks());
    }
}

void check_same(std::vector<MessageIndex> const& one, std::vector<MessageIndex> const& other)
{
    REQUIRE(one.size() == other.size());
    for (std::size_t i = 0; i < one.size(); ++i) {
        CHECK(one[i].uid == other[i].uid);
        CHECK(one[i].body == other[i].body);
        CHECK(one[i].envelope == other[i].envelope);
        CHECK(one[i].body_structure == other[i].body_structure);
        CHECK(one[i].plain_body == other[i].plain_body);
        CHECK(one[i].preview == other[i].preview);
    }
}
constexpr unsigned texts_but_header = index_envelope | index_structure | index_plain_body | index_preview;
} // namespace

TEST_CASE("packs give the columns and texts that the rows give", "[mailbox][packs]")
{
    Cabinet store;
    store.deliver(1, enough);
    store->expunge(store.inbox(), {3, 40, 41}, Means::unsaid);
    auto const columns = store->columns(store.inbox(), every_column(), all_uids);
    auto const texts = store.texts(texts_but_header);
    store->fill_packs();
    store->expunge(store.inbox(), {17}, Means::unsaid);
    store.deliver(enough + 1, enough + 5); // these are in rows only
    store.reopen();                        // nothing is kept in memory
    auto const packed = store.texts(texts_but_header);
    REQUIRE(packed.size() == enough - 4 + 5);
    check_same(store->columns(store.inbox(), every_column(), {1, 16}), [&] {
        store.empty_packs();
        return store->columns(store.inbox(), every_column(), {1, 16});
    }());
    check_same(packed, store.texts(texts_but_header));
    CHECK(columns.uids->size() == enough - 3);
    CHECK(texts.size() == enough - 3);
}

TEST_CASE("a whole mailbox is read from packs and rows alike", "[mailbox][packs]")
{
    Cabinet store;
    store.deliver(1, enough);
    store->fill_packs();
    store.deliver(enough + 1, enough + 40);
    store.reopen();
    auto const packed = store->columns(store.inbox(), every_column(), all_uids);
    store.empty_packs();
    check_same(packed, store->columns(store.inbox(), every_column(), all_uids));
}

TEST_CASE("fields that lists show come from packs as they stand", "[mailbox][packs]")
{
    Cabinet store;
    store.deliver(1, enough);
    store->fill_packs();
    for (auto const& index : store.texts(index_listed_header)) {
        auto const whole = mail(static_cast<int>(index.uid));
        auto const header = whole.substr(0, whole.find("Isi "));
        CHECK(index.header == listed_header(header).value_or(header));
        CHECK(index.header_complete);
    }
}

TEST_CASE("packs grow with the mailbox and begin anew when most of it has gone", "[mailbox][packs]")
{
    Cabinet store;
    for (int first = 1; first < 2500; first += 500) {
        store.deliver(first, first + 499);
        store->fill_packs();
    }
    packs::PackFile file(store.file());
    REQUIRE(file.open());
    auto runs = file.runs().at(store.inbox());
    REQUIRE(runs.size() == 2);
    CHECK(runs[0].messages == packs::Packer::run_messages);
    CHECK(runs[0].uids == UidRange{1, packs::Packer::run_messages});
    CHECK(runs[1].uids == UidRange{packs::Packer::run_messages + 1, 2500});

    store->expunge(store.inbox(), UidSet::of({{1, 2000}}), Means::unsaid);
    store->fill_packs();
    runs = file.runs().at(store.inbox());
    REQUIRE(runs.size() == 1);
    CHECK(runs[0].messages == 500);
    CHECK(runs[0].uids == UidRange{1, 2500});
    CHECK(store.texts(index_envelope).size() == 500);

    CHECK(store->create(ali, "Lain", SpecialUse::none) == Refusal::none);
    store->copy(store.inbox(), UidSet::of({{2001, 2500}}), {"Lain"});
    auto const other = store->find(ali, "Lain")->id;
    store->fill_packs();
    CHECK(file.runs().contains(other));
    store->remove(ali, "Lain");
    store->fill_packs();
    CHECK_FALSE(file.runs().contains(other));
}

TEST_CASE("damaged packs are thrown away, and every answer stays right", "[mailbox][packs]")
{
    Cabinet store;
    store.deliver(1, enough);
    store->fill_packs();
    auto const right = store.texts(texts_but_header);
    store.alter_packs({"UPDATE pack SET bytes = SUBSTR(bytes, 1, LENGTH(bytes) / 2) || x'FFFFFFFFFFFF'"});
    check_same(store.texts(texts_but_header), right);
    CHECK(store->columns(store.inbox(), every_column(), all_uids).uids->size() == enough);
    store->fill_packs();
    check_same(store.texts(texts_but_header), right);
    std::ofstream(store.file(), std::ios::trunc) << "this is no database";
    store.reopen();
    check_same(store.texts(texts_but_header), right);
}

TEST_CASE("packs of an older version are made anew, not brought up to date", "[mailbox][packs]")
{
    Cabinet store;
    store.deliver(1, enough);
    store->fill_packs();
    auto const right = store.texts(texts_but_header);
    store.alter_packs({"DROP TABLE flag_pack", "DELETE FROM schema_version WHERE number > 1"});
    packs::PackFile file(store.file());
    REQUIRE(file.open());
    CHECK(file.runs().empty());
    check_same(store.texts(texts_but_header), right);
    store->fill_packs();
    CHECK(file.runs().at(store.inbox()).size() == 1);
    check_same(store.texts(texts_but_header), right);
}

TEST_CASE("packs of a newer mail.db than this one are not believed", "[mailbox][packs]")
{
    Cabinet store;
    store.deliver(1, enough);
    packs::PackFile file(store.file());
    REQUIRE(file.open());
    packs::PackWriter writer;
    writer.add(enough + 10, "wrong");
    file.put(store.inbox(), 1, {{packs::Kind::rows, {1, enough + 10}, 1, packs::compress(writer.take())}});
    store.reopen();
    store->fill_packs();
    auto const runs = file.runs().at(store.inbox());
    REQUIRE(runs.size() == 1);
    CHECK(runs[0].uids == UidRange{1, enough});
}

namespace
{
constexpr int many = 2500; ///< messages: more than one pack of flags

/// "UID mod-sequence flags keywords" of every message, as FETCH reads it and as SEARCH does.
struct ReadFlags {
    std::vector<std::string> fetched;
    std::vector<std::string> searched;
    bool operator==(ReadFlags const&) const = default;
};

std::string line_of(MessageInfo const& message)
{
    auto line = std::to_string(message.uid) + ' ' + std::to_string(message.modseq) + ' ' +
                std::to_string(message.flags.system);
    for (auto const& keyword : message.flags.keywords) line += ' ' + keyword;
    return line;
}

ReadFlags flags_in(Cabinet& store, UidRange span = all_uids)
{
    ReadFlags read;
    auto const inbox = store.inbox();
    for (auto const& one : store->flags_of(inbox, UidSet::of(span))) read.fetched.push_back(line_of(one));
    for (auto const& one : store->flag_rows(inbox, span))
        read.searched.push_back(std::to_string(one.uid) + ' ' + std::to_string(one.modseq) + ' ' +
                                std::to_string(one.system));
    return read;
}

/// What the rows alone say.
ReadFlags flags_without_packs(Cabinet& store, UidRange span = all_uids)
{
    store.empty_packs();
    return flags_in(store, span);
}

std::optional<packs::FlagMoment> packed_moment(Cabinet& store)
{
    packs::PackFile file(store.file());
    REQUIRE(file.open());
    return file.flag_moment(store.inbox());
}

void change_some(Cabinet& store)
{
    store->store_flags(store.inbox(), {5, 900, 2400}, FlagChange::add, {flag_seen, {"Kerja", "Lain"}}, {});
    store->store_flags(store.inbox(), {6}, FlagChange::add, {flag_flagged, {}}, {});
    store->expunge(store.inbox(), {7, 901, 902}, Means::unsaid);
}
} // namespace

TEST_CASE("packed flags with what changed since are the flags of the rows", "[mailbox][packs]")
{
    Cabinet store;
    store.deliver(1, many);
    change_some(store);
    store->fill_packs();
    REQUIRE(packed_moment(store)->last == many);
    auto const at_once = flags_in(store);
    CHECK(at_once.fetched.size() == many - 3);

    store->store_flags(store.inbox(), {5, 10, 2400}, FlagChange::remove, {flag_seen, {"Lain"}}, {});
    store->store_flags(store.inbox(), {11, 12}, FlagChange::replace, {flag_deleted, {"Lain"}}, {});
    store->expunge(store.inbox(), {12, 13, 2500}, Means::unsaid);
    store.deliver(many + 1, many + 5); // not packed
    auto const later = flags_in(store);
    CHECK(later != at_once);
    auto const middle = flags_in(store, {4, 2300});
    CHECK(later == flags_without_packs(store));
    CHECK(middle == flags_without_packs(store, {4, 2300}));
    CHECK(later.fetched.size() == many - 3 - 3 + 5);
}

TEST_CASE("whatever happens and whenever it is packed, packed flags are those of the rows", "[mailbox][packs]")
{
    Cabinet store;
    std::mt19937 random(7162);
    int delivered = 700;
    store.deliver(1, delivered);
    auto const below = [&](Uid count) { return static_cast<Uid>(random() % count); };
    auto const some = [&](Uid longest) {
        auto const first = 1 + below(static_cast<Uid>(delivered));
        return UidSet::of({first, first + below(longest)});
    };
    for (int step = 0; step < 300; ++step) {
        auto const inbox = store.inbox();
        auto const change = static_cast<FlagChange>(below(3));
        switch (below(8)) {
        case 0: store->fill_packs(); break;
        case 1: store.deliver(delivered + 1, delivered + 3), delivered += 3; break;
        case 2: store->expunge(inbox, some(3), Means::unsaid); break;
        case 3: store->copy(inbox, some(5), {"INBOX"}), delivered += 5; break;
        case 4: store->store_flags(inbox, some(200), change, {1U << below(5), {"Kerja"}}, {}); break;
        default: store->store_flags(inbox, some(2), change, {1U << below(5), {"Lain"}}, {}); break;
        }
        std::vector<std::string> rows;
        for (auto const& one : store->messages(inbox)) rows.push_back(line_of(one));
        REQUIRE(flags_in(store).fetched == rows);
    }
}

TEST_CASE("flags are packed anew when many have changed, and read right before that", "[mailbox][packs]")
{
    Cabinet store;
    store.deliver(1, many);
    store->fill_packs();
    auto const first = packed_moment(store)->modseq;
    store->store_flags(store.inbox(), {3}, FlagChange::add, {flag_seen, {}}, {});
    store->fill_packs();
    CHECK(packed_moment(store)->modseq == first); // one is looked up

    store->store_flags(store.inbox(), UidSet::of({1, 2000}), FlagChange::add, {flag_answered, {}}, {});
    auto const changed = flags_in(store);
    store->fill_packs();
    CHECK(packed_moment(store)->modseq > first);
    CHECK(flags_in(store) == changed);
    store->expunge(store.inbox(), UidSet::of({1, 2000}), Means::unsaid);
    store->fill_packs();
    auto const rest = flags_in(store);
    CHECK(rest.fetched.size() == many - 2000);
    CHECK(rest == flags_without_packs(store));
}

TEST_CASE("packed flags of another mail.db than this one are not believed", "[mailbox][packs]")
{
    Cabinet store;
    store.deliver(1, many);
    change_some(store);
    store->fill_packs();
    auto const right = flags_in(store);
    auto const put_wrong = [&](ModSeq moment) {
        packs::PackWriter writer;
        for (Uid uid = 1; uid <= many; ++uid)
            writer.add(uid, packs::pack_flags({uid, flag_draft, 1}, "Salah", moment));
        packs::PackFile file(store.file());
        REQUIRE(file.open());
        file.put_flags(store.inbox(), moment, {{{1, many}, many, packs::compress(writer.take())}});
    };
    auto const now = store->find(ali, "INBOX")->highest_modseq;
    put_wrong(now + 1); // from the future: mail.db came from a backup
    store.reopen();
    CHECK(flags_in(store) == right);
    put_wrong(1); // before its messages came: mail.db was repaired
    store.reopen();
    CHECK(flags_in(store) == right);
    store->fill_packs();
    CHECK(packed_moment(store)->modseq == now);
    CHECK(flags_in(store) == right);
}

TEST_CASE("damaged packs of flags are thrown away, and every flag stays right", "[mailbox][packs]")
{
    Cabinet store;
    store.deliver(1, many);
    change_some(store);
    auto const right = flags_in(store);
    store->fill_packs();
    store.alter_packs(
        {"UPDATE flag_pack SET bytes = x'2001FFFFFFFFFF' WHERE first_uid > 1"}); // the first one is sound
    CHECK(flags_in(store) == right);
    store->fill_packs();
    CHECK(flags_in(store) == right);
}
