// Checks and repairs of the store, imports, and news of another process.

#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "appliance/db/database.h"
#include "maild/mailbox/caretaker.h"
#include "maild/mailbox/upkeep.h"
#include "tests/contract/mail_store.h"

#include <filesystem>

namespace maild::mailbox
{

using contract::ali;
using contract::Kind;
using contract::Opened;

namespace
{
/// Damage: changes that no function of the store would make.
void damage(Opened& store, std::string_view sql)
{
    db::Database database({store.folder() + "/mail.db", "mail"});
    database.run([&](db::Transaction& transaction) { transaction.exec(sql); });
}

std::vector<Fault> faults(std::vector<Finding> const& findings)
{
    std::vector<Fault> list;
    for (auto const& finding : findings) list.push_back(finding.fault);
    return list;
}

constexpr CheckOptions::Depth deep = CheckOptions::Depth::deep;
CheckOptions repairing() { return {.depth = deep, .repair = true, .explanation = "Hilang.\r\n"}; }

void must_be_in_order(Opened& store)
{
    CHECK(store->upkeep().check(ali, {.depth = deep}).empty());
    contract::check_counters(*store, ali);
}

std::string file_of(Opened& store, std::string const& bytes)
{
    auto const hash = base::sha256(bytes);
    return store.folder() + "/blobs/" + base::hex(hash.substr(0, 1)) + "/" + base::hex(hash);
}

Import import_of(std::string const& subject, Uid uid = 0)
{
    return {{contract::mail(subject)}, {flag_seen, {}}, 1700000000'000000, "import/" + subject, uid};
}
} // namespace

TEST_CASE("A store in order has no findings", "[store][upkeep]")
{
    Opened store(GENERATE(Kind::rows, Kind::files));
    contract::deliver(*store, ali, "satu");
    must_be_in_order(store);
    CHECK(store->upkeep().check_store({}).empty());
}

TEST_CASE("Counters that drifted are found and counted anew", "[store][upkeep]")
{
    Opened store(Kind::rows);
    contract::deliver(*store, ali, "satu");
    contract::deliver(*store, ali, "dua");
    damage(store, "UPDATE mailbox SET messages = 7, unseen = 9, size = 1 WHERE name = 'INBOX'");
    damage(store, "UPDATE account SET bytes = bytes + 1000, messages = 0");
    auto const found = store->upkeep().check(ali, {.depth = CheckOptions::Depth::counters});
    CHECK(faults(found) == std::vector{Fault::counters, Fault::account_counters});
    for (auto const& finding : store->upkeep().check(ali, repairing())) CHECK(finding.repaired);
    must_be_in_order(store);
}

TEST_CASE("A used UID is never the next one, and mod-sequences grow again", "[store][upkeep]")
{
    Opened store(Kind::rows);
    for (auto const* subject : {"satu", "dua", "tiga"}) contract::deliver(*store, ali, subject);
    damage(store, "UPDATE mailbox SET uid_next = 2 WHERE name = 'INBOX'");
    damage(store, "UPDATE message SET created_modseq = 1000, modseq = 900 WHERE uid = 2");
    auto const before = contract::must_find(*store, ali).highest_modseq;
    store->upkeep().check(ali, repairing());
    must_be_in_order(store);
    auto const inbox = contract::must_find(*store, ali);
    CHECK(inbox.uid_next == 4);
    CHECK(store->changes_since(inbox.id, before).arrived.size() == 3);
}

TEST_CASE("The log of expunges knows every UID that is not there", "[store][upkeep]")
{
    Opened store(Kind::rows);
    for (auto const* subject : {"satu", "dua", "tiga"}) contract::deliver(*store, ali, subject);
    store->expunge(contract::must_find(*store, ali).id, std::vector<Uid>{2});
    must_be_in_order(store);
    damage(store, "DELETE FROM expunged");
    CHECK(faults(store->upkeep().check(ali, {})) == std::vector{Fault::expunge_log});
    store->upkeep().check(ali, repairing());
    must_be_in_order(store);
}

TEST_CASE("Where bytes are gone, header and explanation take their place under a new UID", "[store][upkeep]")
{
    Opened store(Kind::files);
    contract::deliver(*store, ali, "hilang");
    contract::deliver(*store, ali, "utuh");
    std::filesystem::remove(file_of(store, contract::mail("hilang")));
    auto const found = store->upkeep().check(ali, {});
    REQUIRE(faults(found) == std::vector{Fault::no_bytes});
    CHECK(found.front().uid == 1);
    CHECK(store->upkeep().check(ali, repairing()).front().repaired);
    must_be_in_order(store);
    auto const messages = store->messages(contract::must_find(*store, ali).id);
    REQUIRE(contract::uids(messages) == std::vector<Uid>{2, 3});
    auto const text = contract::bytes_of(*store, messages.back().body);
    CHECK(text.find("Subject: hilang\r\n") != std::string::npos);
    CHECK(text.find("From: Ali <ali@example.test>\r\n") != std::string::npos);
    CHECK(text.ends_with("\r\n\r\nHilang.\r\n"));
}

TEST_CASE("Bytes that changed on the disk stay, and the same mail can come again", "[store][upkeep]")
{
    Opened store(Kind::files);
    contract::deliver(*store, ali, "berubah");
    auto damaged = contract::mail("berubah");
    damaged.back() = '!';
    REQUIRE(base::write_file_atomically(file_of(store, contract::mail("berubah")), damaged, 0600));
    CHECK(store->upkeep().check(ali, {}).empty());
    REQUIRE(faults(store->upkeep().check(ali, repairing())) == std::vector{Fault::wrong_bytes});
    must_be_in_order(store);
    auto const messages = store->messages(contract::must_find(*store, ali).id);
    CHECK(contract::bytes_of(*store, messages.back().body) == damaged);
    store.clock.advance(contract::day);
    store->sweep();
    contract::deliver(*store, ali, "berubah");
    CHECK(contract::bytes_of(*store, store->messages(contract::must_find(*store, ali).id).back().body) ==
          contract::mail("berubah"));
}

TEST_CASE("Bodies that nobody refers to go with the sweep after a repair", "[store][upkeep]")
{
    Opened store(Kind::files);
    contract::deliver(*store, ali, "satu");
    damage(store, "DELETE FROM message");
    REQUIRE(faults(store->upkeep().check_store({})) == std::vector{Fault::unused_body});
    store->upkeep().check_store(repairing());
    store->upkeep().check(ali, repairing());
    store.clock.advance(contract::day);
    store->sweep();
    CHECK_FALSE(std::filesystem::exists(file_of(store, contract::mail("satu"))));
    CHECK(store->upkeep().check_store({}).empty());
}

TEST_CASE("An import comes in once, with its flags, dates and UIDs", "[store][upkeep][import]")
{
    Opened store(GENERATE(Kind::rows, Kind::files));
    store->ensure_account(ali);
    auto& upkeep = store->upkeep();
    REQUIRE(upkeep.adopt_uids(ali, "INBOX", 1234567));
    ImportTarget const target{.account = ali, .mailbox = "INBOX", .uid_validity = 1234567};
    CHECK(upkeep.import(target, {import_of("satu", 3), import_of("dua", 9)}).imported == 2);
    auto const again = upkeep.import(target, {import_of("dua", 9), import_of("tiga", 12)});
    CHECK(again.imported == 1);
    CHECK(again.already == 1);
    upkeep.raise_uid_next(ali, "INBOX", 100);
    auto const inbox = contract::must_find(*store, ali);
    CHECK(contract::uids_in(*store, ali) == std::vector<Uid>{3, 9, 12});
    CHECK(inbox.uid_validity == 1234567);
    CHECK(inbox.uid_next == 100);
    CHECK(inbox.unseen == 0);
    CHECK(store->messages(inbox.id).front().internal_date == 1700000000'000000);
    CHECK(upkeep.known(ali, {"import/satu", "import/lain"}) == std::vector<bool>{true, false});
    must_be_in_order(store);
}

TEST_CASE("A UID that new mail took in the middle of an import costs the UIDVALIDITY", "[store][upkeep][import]")
{
    Opened store(Kind::rows);
    store->ensure_account(ali);
    store->upkeep().adopt_uids(ali, "INBOX", 77);
    ImportTarget const target{.account = ali, .mailbox = "INBOX", .uid_validity = 77};
    store->upkeep().import(target, {import_of("satu", 1)});
    contract::deliver(*store, ali, "baru"); // is UID 2
    CHECK(store->upkeep().import(target, {import_of("dua", 2)}).has_new_validity);
    CHECK(contract::uids_in(*store, ali) == std::vector<Uid>{1, 2, 3});
    CHECK(contract::must_find(*store, ali).uid_validity != 77);
}

TEST_CASE("UIDs are taken over by untouched mailboxes only, and never twice", "[store][upkeep][import]")
{
    Opened store(Kind::rows);
    contract::deliver(*store, ali, "lama");
    CHECK_FALSE(store->upkeep().adopt_uids(ali, "INBOX", 77));
    CHECK(store->upkeep().adopt_uids(ali, "Sent", 77));
    CHECK_FALSE(store->upkeep().adopt_uids(ali, "Drafts", 77));
}

TEST_CASE("An import stops at the quota and says how far it came", "[store][upkeep][import]")
{
    Opened store(Kind::rows);
    store->ensure_account(ali);
    auto const one = contract::mail("satu").size();
    ImportTarget const target{.account = ali, .mailbox = "INBOX", .quota = one + 10};
    auto const result = store->upkeep().import(target, {import_of("satu"), import_of("dua")});
    CHECK(result.refusal == Refusal::over_quota);
    CHECK(result.imported == 1);
    must_be_in_order(store);
}

TEST_CASE("What another process writes is announced, and nothing else", "[store][upkeep]")
{
    Opened store(Kind::files);
    contract::deliver(*store, ali, "satu");
    std::vector<MailboxId> news;
    store->upkeep().notice_others();
    auto const token = store->subscribe(ali, [&](MailboxId mailbox) { news.push_back(mailbox); });
    auto const guest = make_guest_mail_store(store.folder());
    CHECK(store->upkeep().has_guests());
    guest->upkeep().import({.account = ali, .mailbox = "INBOX"}, {import_of("tamu")});
    CHECK(news.empty());
    store->upkeep().notice_others();
    CHECK(news == std::vector{contract::must_find(*store, ali).id});
}

TEST_CASE("While a guest is here, no file is removed", "[store][upkeep]")
{
    Opened store(Kind::files);
    contract::deliver(*store, ali, "satu");
    auto const file = file_of(store, contract::mail("satu"));
    auto guest = make_guest_mail_store(store.folder());
    store->expunge(contract::must_find(*store, ali).id, std::vector<Uid>{1});
    store.clock.advance(contract::day);
    store->sweep();
    CHECK(std::filesystem::exists(file));
    guest.reset();
    CHECK_FALSE(store->upkeep().has_guests());
    store->sweep();
    CHECK_FALSE(std::filesystem::exists(file));
}

TEST_CASE("A view of an account stays as it was", "[store][upkeep]")
{
    Opened store(GENERATE(Kind::rows, Kind::files));
    contract::deliver(*store, ali, "satu");
    store->upkeep().view(ali, [&](AccountView& view) {
        auto const mailboxes = view.mailboxes();
        REQUIRE(mailboxes.size() == 5);
        contract::deliver(*store, ali, "dua");
        auto const inbox = contract::must_find(*store, ali).id;
        auto const messages = view.messages(inbox);
        REQUIRE(messages.size() == 1);
        CHECK(view.read(messages.front().body) == contract::mail("satu"));
        CHECK(view.subscriptions().size() == 5);
    });
}

TEST_CASE("A check is due at night, or when the box was off at night", "[store][upkeep]")
{
    constexpr base::Timestamp hour = 3600 * base::Timestamp{1000000};
    CHECK(is_check_due(0, 13 * hour, 2));
    CHECK_FALSE(is_check_due(0, 11 * hour, 2));
    CHECK_FALSE(is_check_due(0, 13 * hour, 10));
    CHECK(is_check_due(0, 31 * hour, 10));
}

} // namespace maild::mailbox
