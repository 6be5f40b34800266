// What is packed gives the same answers as what is not, whatever happens to the packs.

#include "maild/mailbox/listed_header.h"
#include "maild/mailbox/sql_store.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

#include <filesystem>
#include <fstream>

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
    ColumnSet wanted{.sent = true, .threads = true};
    for (std::size_t kind = 0; kind < text_kinds; ++kind) wanted.add(static_cast<TextKind>(kind));
    return wanted;
}

void check_same(Columns const& one, Columns const& other)
{
    CHECK(one.rows->uids == other.rows->uids);
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
    CHECK(columns.rows->uids.size() == enough - 3);
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
    {
        db::Database database({store.file(), "packs"});
        database.run([](db::Transaction& transaction) {
            transaction.exec("UPDATE pack SET bytes = SUBSTR(bytes, 1, LENGTH(bytes) / 2) || x'FFFFFFFFFFFF'");
        });
    }
    store.reopen();
    check_same(store.texts(texts_but_header), right);
    CHECK(store->columns(store.inbox(), every_column(), all_uids).rows->uids.size() == enough);
    store->fill_packs();
    check_same(store.texts(texts_but_header), right);
    std::ofstream(store.file(), std::ios::trunc) << "this is no database";
    store.reopen();
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
    file.put(store.inbox(), 1, {{packs::Kind::rows, {1, enough + 10}, 1, writer.take()}});
    store.reopen();
    store->fill_packs();
    auto const runs = file.runs().at(store.inbox());
    REQUIRE(runs.size() == 1);
    CHECK(runs[0].uids == UidRange{1, enough});
}
