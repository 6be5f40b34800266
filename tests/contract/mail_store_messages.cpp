#include "tests/contract/mail_store.h"

#include <numeric>
#include <thread>

namespace maild::mailbox::contract
{

namespace
{
/// ali's INBOX with so many messages.
Mailbox fill(MailStore& store, std::size_t count)
{
    std::vector<MailStore::NewMessage> messages;
    for (std::size_t i = 1; i <= count; ++i) messages.push_back({{mail("m" + std::to_string(i))}, {}, 0});
    store.ensure_account(ali);
    REQUIRE(store.append_all(ali, "INBOX", messages, 0).back().refusal == Refusal::none);
    return must_find(store, ali);
}

using Uids = std::vector<Uid>;
} // namespace

TEST_CASE("STORE replaces, adds and removes flags", "[store]")
{
    Opened store(Kind::rows);
    auto const inbox = fill(*store, 3);
    auto stored = store->store_flags(inbox.id, Uids{1, 3, 99}, FlagChange::add, {flag_seen, {"Kerja"}});
    REQUIRE(uids(stored.now) == Uids{1, 3});
    CHECK(stored.now[1].flags == Flags{flag_seen, {"Kerja"}});
    CHECK(must_find(*store, ali).unseen == 1);

    stored = store->store_flags(inbox.id, Uids{3, 2}, FlagChange::replace, {flag_deleted, {"KERJA", "alpha"}});
    CHECK(stored.now.at(0).flags == Flags{flag_deleted, {"alpha", "Kerja"}});
    CHECK(stored.now.at(1).flags == Flags{flag_deleted, {"alpha", "Kerja"}});
    CHECK(must_find(*store, ali).unseen == 2);

    stored = store->store_flags(inbox.id, Uids{2}, FlagChange::remove, {flag_deleted | flag_seen, {"kerja"}});
    CHECK(stored.now.at(0).flags == Flags{0, {"alpha"}});
    CHECK(store->messages(inbox.id).at(1).flags == Flags{0, {"alpha"}});
    check_counters(*store, ali);
}

TEST_CASE("A STORE that changes nothing keeps the mod-sequence", "[store][rfc7162]")
{
    Opened store(Kind::rows);
    auto const inbox = fill(*store, 2);
    store->store_flags(inbox.id, Uids{1}, FlagChange::add, {flag_seen, {}});
    auto const before = must_find(*store, ali).highest_modseq;
    auto const stored = store->store_flags(inbox.id, Uids{1}, FlagChange::add, {flag_seen, {}});
    CHECK(uids(stored.now) == Uids{1});
    CHECK(must_find(*store, ali).highest_modseq == before);
}

TEST_CASE("UNCHANGEDSINCE leaves messages with a higher mod-sequence alone", "[store][rfc7162]")
{
    Opened store(Kind::rows);
    auto const inbox = fill(*store, 3);
    store->store_flags(inbox.id, Uids{2}, FlagChange::add, {flag_flagged, {}});
    auto const stored = store->store_flags(inbox.id, Uids{1, 2, 3}, FlagChange::add, {flag_seen, {}},
                                           {.unchanged_since = inbox.highest_modseq});
    CHECK(uids(stored.now) == Uids{1, 3});
    CHECK(stored.failed == Uids{2});
    CHECK(store->messages(inbox.id).at(1).flags.system == flag_flagged);
}

TEST_CASE("More keywords than a message may have are refused for it", "[store]")
{
    Opened store(Kind::rows);
    auto const inbox = fill(*store, 1);
    Flags many;
    for (int i = 0; i < 101; ++i) many.keywords.push_back("k" + std::to_string(i));
    CHECK(store->store_flags(inbox.id, Uids{1}, FlagChange::add, many).failed == Uids{1});
    CHECK(store->store_flags(inbox.id, Uids{1}, FlagChange::add, {0, {std::string(200, 'x')}}).failed == Uids{1});
    CHECK(store->messages(inbox.id).at(0).flags.keywords.empty());
}

TEST_CASE("EXPUNGE removes what is there and tells what went", "[store]")
{
    Opened store(Kind::rows);
    auto const inbox = fill(*store, 10);
    CHECK(store->expunge(inbox.id, Uids{9, 2, 3, 3, 77}) == Uids{2, 3, 9});
    CHECK(store->expunge(inbox.id, Uids{2, 9}).empty());
    CHECK(uids(store->messages(inbox.id)) == Uids{1, 4, 5, 6, 7, 8, 10});
    auto const changes = store->changes_since(inbox.id, inbox.highest_modseq);
    CHECK(changes.expunged == Uids{2, 3, 9});
    CHECK(changes.changed.empty());
    CHECK(changes.mailbox.messages == 7);
    check_counters(*store, ali);
}

TEST_CASE("A UID is never given again", "[store][rfc9051]")
{
    Opened store(Kind::rows);
    auto const inbox = fill(*store, 3);
    store->expunge(inbox.id, Uids{3});
    store.reopen();
    CHECK(deliver(*store, ali, "baru").uid == 4);
    store->expunge(inbox.id, Uids{1, 2, 4});
    CHECK(deliver(*store, ali, "baru lagi").uid == 5);
}

TEST_CASE("Changes since a mod-sequence are complete and in order", "[store][rfc7162]")
{
    Opened store(Kind::rows);
    auto const start = fill(*store, 5);
    store->store_flags(start.id, Uids{4}, FlagChange::add, {flag_seen, {}});
    auto const middle = must_find(*store, ali);
    store->store_flags(start.id, Uids{2}, FlagChange::add, {flag_seen, {}});
    deliver(*store, ali, "enam");
    store->store_flags(start.id, Uids{6}, FlagChange::add, {flag_flagged, {}});
    deliver(*store, ali, "tujuh");
    store->expunge(start.id, Uids{1});

    auto const all = store->changes_since(start.id, start.highest_modseq);
    CHECK(all.changed == Uids{2, 4});
    CHECK(all.arrived == Uids{6, 7});
    CHECK(all.expunged == Uids{1});
    auto const later = store->changes_since(start.id, middle.highest_modseq);
    CHECK(later.changed == Uids{2});
    CHECK(later.arrived == Uids{6, 7});
    CHECK(store->changes_since(start.id, 0).arrived == Uids{2, 3, 4, 5, 6, 7});
    CHECK(store->changes_since(start.id, 0).changed.empty());
    auto const nothing = store->changes_since(start.id, all.mailbox.highest_modseq);
    CHECK(nothing.exists);
    CHECK(nothing.changed.empty());
    CHECK(nothing.arrived.empty());
    CHECK(nothing.expunged.empty());
}

TEST_CASE("Mod-sequences grow with every change", "[store][rfc7162]")
{
    Opened store(Kind::rows);
    auto const inbox = fill(*store, 2);
    auto last = inbox.highest_modseq;
    auto const grew = [&] { return std::exchange(last, must_find(*store, ali).highest_modseq) < last; };
    deliver(*store, ali, "x");
    CHECK(grew());
    store->store_flags(inbox.id, Uids{1}, FlagChange::add, {flag_seen, {}});
    CHECK(grew());
    store->expunge(inbox.id, Uids{1});
    CHECK(grew());
    store->copy(inbox.id, Uids{2}, {"INBOX", 0});
    CHECK(grew());
    store->move(inbox.id, Uids{2}, {"Trash"});
    CHECK(grew());
}

TEST_CASE("Recent messages are claimed once", "[store]")
{
    Opened store(Kind::rows);
    auto const inbox = fill(*store, 2);
    CHECK(inbox.recent_from == 1);
    CHECK(store->claim_recent(inbox.id) == 1);
    CHECK(store->claim_recent(inbox.id) == 3);
    deliver(*store, ali, "x");
    CHECK(must_find(*store, ali).recent_from == 3);
    CHECK(store->claim_recent(inbox.id) == 3);
    CHECK(store->claim_recent(inbox.id) == 4);
}

TEST_CASE("COPY keeps flags and dates and shares the body", "[store][rfc4315]")
{
    auto const kind = GENERATE(Kind::rows, Kind::files);
    Opened store(kind);
    auto const inbox = fill(*store, 3);
    store->store_flags(inbox.id, Uids{3}, FlagChange::add, {flag_seen, {"Penting"}});
    auto const copied = store->copy(inbox.id, Uids{3, 1, 50}, {"Trash", 0});
    CHECK(copied.refusal == Refusal::none);
    CHECK(copied.uid_validity == must_find(*store, ali, "Trash").uid_validity);
    CHECK(copied.from == Uids{1, 3});
    CHECK(copied.to == Uids{1, 2});
    auto const from = store->messages(inbox.id);
    auto const to = store->messages(must_find(*store, ali, "Trash").id);
    CHECK(to.at(1).flags == Flags{flag_seen, {"Penting"}});
    CHECK(to.at(1).body == from.at(2).body);
    CHECK(to.at(1).internal_date == from.at(2).internal_date);
    check_counters(*store, ali);
}

TEST_CASE("COPY is refused without a target or room, and then copies nothing", "[store]")
{
    Opened store(Kind::rows);
    auto const inbox = fill(*store, 3);
    CHECK(store->copy(inbox.id, Uids{1}, {"none", 0}).refusal == Refusal::missing);
    CHECK(store->copy(12345, Uids{1}, {"Trash", 0}).refusal == Refusal::missing);
    CHECK(store->copy(inbox.id, Uids{1, 2}, {"Trash", inbox.size + 10}).refusal == Refusal::over_quota);
    CHECK(store->copy(inbox.id, Uids{77}, {"Trash", 0}).from.empty());
    CHECK(uids_in(*store, ali, "Trash").empty());
    CHECK(store->copy(inbox.id, Uids{1, 2, 3}, {"Trash", inbox.size * 2}).refusal == Refusal::none);
}

TEST_CASE("MOVE takes messages away in the same step", "[store][rfc6851]")
{
    Opened store(Kind::rows);
    auto const inbox = fill(*store, 3);
    auto const moved = store->move(inbox.id, Uids{1, 2}, {"Trash"});
    CHECK(moved.from == Uids{1, 2});
    CHECK(moved.to == Uids{1, 2});
    CHECK(uids(store->messages(inbox.id)) == Uids{3});
    CHECK(store->changes_since(inbox.id, inbox.highest_modseq).expunged == Uids{1, 2});
    CHECK(store->move(inbox.id, Uids{3}, {"none"}).refusal == Refusal::missing);
    CHECK(store->move(inbox.id, Uids{3}, {"INBOX"}).to == Uids{4});
    CHECK(uids(store->messages(inbox.id)) == Uids{4});
    check_counters(*store, ali);
}

TEST_CASE("Every message of a large mailbox can be flagged, copied and removed", "[store]")
{
    Opened store(Kind::rows);
    auto const inbox = fill(*store, 100);
    Uids all = uids(store->messages(inbox.id));
    while (all.size() < 9000) {
        auto const more = store->copy(inbox.id, all, {"INBOX", 0}).to.uids();
        all.insert(all.end(), more.begin(), more.end());
    }
    CHECK(store->store_flags(inbox.id, all, FlagChange::add, {flag_seen, {}}).now.size() == all.size());
    CHECK(must_find(*store, ali).unseen == 0);
    auto const changes = store->changes_since(inbox.id, inbox.highest_modseq);
    CHECK((changes.changed | changes.arrived).size() == all.size());
    Uids every_second;
    for (std::size_t i = 0; i < all.size(); i += 2) every_second.push_back(all[i]);
    CHECK(store->expunge(inbox.id, every_second) == every_second);
    check_counters(*store, ali);
    CHECK(store->expunge(inbox.id, all).size() == all.size() - every_second.size());
    CHECK(store->usage(ali).bytes == 0);
}

TEST_CASE("The log of expunges is shortened, and never tells too little", "[store][rfc7162]")
{
    support::TempFolder folder;
    auto const store = make_sql_mail_store(folder.path(), {.disk_reserve = 0, .expunge_log = 10});
    auto const inbox = fill(*store, 60);
    std::vector<ModSeq> moments{inbox.highest_modseq};
    std::vector<Uids> gone_then{{}};
    Uids gone;
    for (Uid uid = 1; uid <= 40; ++uid) { // one by one: an entry each
        if (uid % 8 == 0) continue;
        store->expunge(inbox.id, {uid});
        gone.push_back(uid);
        moments.push_back(must_find(*store, ali).highest_modseq);
        gone_then.push_back(gone);
    }
    auto const before = store->uids_at(inbox.id, moments.back(), 61);
    store->sweep();
    CHECK(store->uids_at(inbox.id, moments.back(), 61) == before);
    CHECK(before == UidSet::of({1, 60}) - gone);
    for (std::size_t i = 0; i < moments.size(); ++i) {
        auto const told = store->changes_since(inbox.id, moments[i]).expunged;
        auto const must = UidSet(gone) - gone_then[i];
        CHECK((must - told).empty());
        CHECK((told - UidSet(gone)).empty());
        // A session of that moment can still be given as many messages as it was told.
        CHECK(store->uids_at(inbox.id, moments[i], 61).size() >= 60 - gone_then[i].size());
    }
    CHECK(store->changes_since(inbox.id, moments[0]).expunged == gone);
    CHECK(store->changes_since(inbox.id, moments[moments.size() - 3]).expunged == Uids{38, 39});
}

TEST_CASE("A body outlives its messages for a while, and an open reader outlives both", "[store]")
{
    auto const kind = GENERATE(Kind::rows, Kind::files);
    Opened store(kind);
    deliver(*store, ali, "hilang");
    deliver(*store, ali, "tinggal");
    auto const inbox = must_find(*store, ali);
    auto const messages = store->messages(inbox.id);
    auto const reader = store->open(messages[0].body);
    store->expunge(inbox.id, Uids{1});
    store->sweep();
    CHECK(bytes_of(*store, messages[0].body) == mail("hilang"));
    store.clock.advance(11 * minute);
    store->sweep();
    CHECK(store->open(messages[0].body) == nullptr);
    CHECK(store->index(std::vector<BodyId>{messages[0].body}).empty());
    CHECK(WholeMessage(*reader).bytes() == mail("hilang"));
    CHECK(bytes_of(*store, messages[1].body) == mail("tinggal"));
}

TEST_CASE("The sweep keeps a body that another message still has", "[store]")
{
    auto const kind = GENERATE(Kind::rows, Kind::files);
    Opened store(kind);
    store->deliver({delivery(mail("bersama"), {{.account = ali}, {.account = budi}})});
    auto const body = store->messages(must_find(*store, ali).id).at(0).body;
    auto const sweep_later = [&] {
        store.clock.advance(11 * minute);
        store->sweep();
    };
    store->expunge(must_find(*store, ali).id, Uids{1});
    sweep_later();
    CHECK(bytes_of(*store, body) == mail("bersama"));
    deliver(*store, ali, "bersama"); // refers to it again
    store->expunge(must_find(*store, budi).id, Uids{1});
    sweep_later();
    CHECK(bytes_of(*store, body) == mail("bersama"));
    store->expunge(must_find(*store, ali).id, Uids{2});
    sweep_later();
    CHECK(store->open(body) == nullptr);
    deliver(*store, ali, "bersama");
    CHECK(bytes_of(*store, store->messages(must_find(*store, ali).id).at(0).body) == mail("bersama"));
}

TEST_CASE("Sweeps and deliveries of the same bodies never lose one", "[store]")
{
    auto const kind = GENERATE(Kind::rows, Kind::files);
    Opened store(kind);
    store->ensure_account(ali);
    auto const inbox = must_find(*store, ali);
    std::atomic<bool> done{false};
    std::thread sweeper([&] {
        while (!done) store->sweep();
    });
    int missing = 0;
    for (int i = 0; i < 60; ++i) {
        auto const uid = deliver(*store, ali, "sama-" + std::to_string(i % 3)).uid;
        auto const body = store->messages(inbox.id).at(0).body;
        auto const reader = store->open(body);
        if (!reader || WholeMessage(*reader).bytes() != mail("sama-" + std::to_string(i % 3))) ++missing;
        store->expunge(inbox.id, Uids{uid});
        store.clock.advance(11 * minute);
    }
    done = true;
    sweeper.join();
    CHECK(missing == 0);
}

TEST_CASE("Subscribers hear of their own account after the change, until the token goes", "[store]")
{
    Opened store(Kind::rows);
    auto const inbox = fill(*store, 2);
    std::vector<MailboxId> heard;
    std::size_t there = 0;
    auto token = store->subscribe(ali, [&](MailboxId mailbox) {
        heard.push_back(mailbox);
        there = store->messages(inbox.id).size();
    });
    deliver(*store, ali, "x");
    CHECK(heard == std::vector<MailboxId>{inbox.id});
    CHECK(there == 3);
    deliver(*store, budi, "x");
    CHECK(heard.size() == 1);
    store->store_flags(inbox.id, Uids{1}, FlagChange::add, {flag_seen, {}});
    CHECK(heard.size() == 2);
    store->store_flags(inbox.id, Uids{1}, FlagChange::add, {flag_seen, {}}); // no change, no news
    CHECK(heard.size() == 2);
    store->expunge(inbox.id, Uids{1});
    CHECK(heard.size() == 3);
    store->move(inbox.id, Uids{2}, {"Trash"});
    CHECK(heard.size() == 5);
    store->create(ali, "Baru");
    CHECK(heard.size() == 6);
    token.reset();
    deliver(*store, ali, "y");
    CHECK(heard.size() == 6);
}

TEST_CASE("A maildrop lists uid, size and body; its update happens in one piece", "[store][rfc1939]")
{
    Opened store(Kind::rows);
    auto const inbox = fill(*store, 6);
    auto const items = store->maildrop(inbox.id);
    REQUIRE(items.size() == 6);
    CHECK(items[1].uid == 2);
    CHECK(items[1].size == mail("m2").size());
    CHECK(WholeMessage(*store->open(items[1].body)).bytes() == mail("m2"));

    CHECK(store->update_maildrop(inbox.id, {.deleted = {1, 99}, .read_and_deleted = {3}, .read = {4, 5, 98}}) == 2);
    CHECK(uids(store->messages(inbox.id)) == Uids{2, 4, 5, 6});
    CHECK(store->messages(inbox.id).at(1).flags.system == flag_seen);
    CHECK(must_find(*store, ali).unseen == 2);
    CHECK(store->maildrop(inbox.id).front().uid == 2);
    check_counters(*store, ali);

    auto const before = must_find(*store, ali).highest_modseq;
    CHECK(store->update_maildrop(inbox.id, {.deleted = {1}, .read = {4}}) == 0); // all of it was so already
    CHECK(must_find(*store, ali).highest_modseq == before);
    CHECK(store->update_maildrop(inbox.id + 1, {.deleted = {2}}) == 0);
    CHECK(store->maildrop(inbox.id + 1).empty());
}

} // namespace maild::mailbox::contract
