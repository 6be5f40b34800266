#include "tests/contract/mail_store.h"

#include <fstream>
#include <thread>

namespace maild::mailbox::contract
{

TEST_CASE("A delivered message comes back byte for byte", "[store]")
{
    auto const kind = GENERATE(Kind::rows, Kind::files);
    Opened store(kind);
    std::string all_bytes = "Subject: x\r\n\r\n";
    for (int i = 0; i < 256; ++i) all_bytes += static_cast<char>(i);
    std::string const odd[] = {mail("biasa"),
                               all_bytes,
                               "",
                               "\r\n",
                               "no header at all",
                               "From someone Sat Nov 21 2026\r\nSubject: mbox\r\n\r\nbody\r\n",
                               "Subject: bare\nlines\n\nbody\n",
                               "Subject: header only",
                               "X-Long: " + std::string(200000, 'x') + "\r\n\r\nbody\r\n",
                               mail("panjang", 3'000'000)};
    for (auto const& bytes : odd) store->deliver({delivery(bytes, {{.account = ali}})});
    store.reopen();
    auto const messages = store->messages(must_find(*store, ali).id);
    REQUIRE(messages.size() == std::size(odd));
    for (std::size_t i = 0; i < messages.size(); ++i) {
        CHECK(messages[i].size == odd[i].size());
        CHECK((bytes_of(*store, messages[i].body) == odd[i]));
    }
    check_counters(*store, ali);
}

TEST_CASE("Parts of a body can be read, and past its end there is nothing", "[store]")
{
    auto const kind = GENERATE(Kind::rows, Kind::files);
    Opened store(kind);
    auto const bytes = mail("potong", 100'000);
    store->deliver({delivery(bytes, {{.account = ali}})});
    auto const reader = store->open(store->messages(must_find(*store, ali).id).at(0).body);
    REQUIRE(reader);
    CHECK(reader->size() == bytes.size());
    CHECK(reader->read(0, 10) == bytes.substr(0, 10));
    CHECK(reader->read(70'000, 1000) == bytes.substr(70'000, 1000));
    CHECK(reader->read(bytes.size() - 5, 100) == bytes.substr(bytes.size() - 5));
    CHECK(reader->read(bytes.size(), 100).empty());
    CHECK(reader->read(bytes.size() + 1, 100).empty());
}

TEST_CASE("A message can be taken from a file, which stays", "[store]")
{
    auto const kind = GENERATE(Kind::rows, Kind::files);
    Opened store(kind);
    support::TempFolder other;
    auto const path = other / "body";
    auto const bytes = mail("dari berkas", 50'000);
    std::ofstream(path, std::ios::binary) << bytes;
    store->deliver({{{.bytes = {}, .file = path}, 5, {{.account = ali}}}});
    CHECK(bytes_of(*store, store->messages(must_find(*store, ali).id).at(0).body) == bytes);
    CHECK(std::filesystem::file_size(path) == bytes.size());
    CHECK_THROWS_AS(store->deliver({{{.bytes = {}, .file = other / "none"}, 5, {{.account = ali}}}}),
                    base::StoreError);
}

TEST_CASE("One body for many accounts is stored once", "[store]")
{
    auto const kind = GENERATE(Kind::rows, Kind::files);
    Opened store(kind);
    std::vector<Delivery::To> class_400;
    for (AccountId account = 1; account <= 400; ++account) class_400.push_back({.account = account});
    auto const results = store->deliver({delivery(mail("pelajaran"), class_400)});
    REQUIRE(results.at(0).size() == 400);
    BodyId body = 0;
    for (AccountId account = 1; account <= 400; ++account) {
        auto const messages = store->messages(must_find(*store, account).id);
        REQUIRE(messages.size() == 1);
        if (body == 0) body = messages[0].body;
        CHECK(messages[0].body == body);
    }
    deliver(*store, 7, "lain");
    store->deliver({delivery(mail("pelajaran"), {{.account = 7}})});
    CHECK(store->messages(must_find(*store, 7).id).at(2).body == body);
}

TEST_CASE("A key is delivered once for each account, also after a restart", "[store]")
{
    auto const kind = GENERATE(Kind::rows, Kind::files);
    Opened store(kind);
    auto const first = deliver(*store, ali, "satu", "spool:1");
    CHECK(first.outcome == Delivered::Outcome::done);
    CHECK(first.uid == 1);
    auto const again = deliver(*store, ali, "satu", "spool:1");
    CHECK(again.outcome == Delivered::Outcome::already);
    CHECK(again.uid == first.uid);
    store.reopen();
    CHECK(deliver(*store, ali, "satu", "spool:1").outcome == Delivered::Outcome::already);
    CHECK(deliver(*store, budi, "satu", "spool:1").outcome == Delivered::Outcome::done);
    CHECK(deliver(*store, ali, "satu", "spool:2").outcome == Delivered::Outcome::done);
    CHECK(uids_in(*store, ali) == std::vector<Uid>{1, 2});
}

TEST_CASE("A key stays used after its message was expunged", "[store]")
{
    Opened store(Kind::rows);
    deliver(*store, ali, "satu", "k");
    store->expunge(must_find(*store, ali).id, std::vector<Uid>{1});
    store.clock.advance(30 * day);
    store->sweep();
    CHECK(deliver(*store, ali, "satu", "k").outcome == Delivered::Outcome::already);
    store.clock.advance(31 * day);
    store->sweep();
    CHECK(deliver(*store, ali, "satu", "k").outcome == Delivered::Outcome::done);
}

TEST_CASE("The same key twice in one call is delivered once", "[store]")
{
    Opened store(Kind::rows);
    auto const results =
        store->deliver({delivery(mail("a"), {{.account = ali, .key = "k"}, {.account = ali, .key = "k"}}),
                        delivery(mail("b"), {{.account = ali, .key = "k"}})});
    CHECK(results.at(0).at(0).outcome == Delivered::Outcome::done);
    CHECK(results.at(0).at(1).outcome == Delivered::Outcome::already);
    CHECK(results.at(1).at(0).outcome == Delivered::Outcome::already);
    CHECK(uids_in(*store, ali).size() == 1);
}

TEST_CASE("Over quota refuses one recipient and not the others", "[store]")
{
    Opened store(Kind::rows);
    auto const bytes = mail("besar", 1000);
    auto const results = store->deliver({delivery(bytes, {{.account = ali, .quota = bytes.size() * 2, .key = "1"},
                                                          {.account = budi, .quota = bytes.size() - 1, .key = "1"}}),
                                         delivery(bytes, {{.account = ali, .quota = bytes.size() * 2, .key = "2"}}),
                                         delivery(bytes, {{.account = ali, .quota = bytes.size() * 2, .key = "3"}})});
    CHECK(results[0][0].outcome == Delivered::Outcome::done);
    CHECK(results[0][1].outcome == Delivered::Outcome::over_quota);
    CHECK(results[1][0].outcome == Delivered::Outcome::done);
    CHECK(results[2][0].outcome == Delivered::Outcome::over_quota);
    CHECK(store->usage(ali).bytes == bytes.size() * 2);
    // A refused key is not used up: there may be room later.
    CHECK(store->deliver({delivery(bytes, {{.account = ali, .quota = 0, .key = "3"}})})[0][0].outcome ==
          Delivered::Outcome::done);
    check_counters(*store, ali);
    CHECK(store->usage(budi).messages == 0);
}

TEST_CASE("Delivery makes a missing mailbox, and an impossible name means INBOX", "[store]")
{
    Opened store(Kind::rows);
    store->deliver(
        {delivery(mail("a"), {{.account = ali, .mailbox = "Kelas/Tugas"}, {.account = ali, .mailbox = "a//b"}})});
    CHECK(uids_in(*store, ali, "Kelas/Tugas").size() == 1);
    CHECK(uids_in(*store, ali, "INBOX").size() == 1);
}

TEST_CASE("Delivered flags, date and index are there at once", "[store]")
{
    Opened store(Kind::rows);
    store->deliver({delivery(mail("indeks"),
                             {{.account = ali, .flags = {flag_flagged, {"$Forwarded", "alpha", "$forwarded"}}}})});
    auto const message = store->messages(must_find(*store, ali).id).at(0);
    CHECK(message.flags == Flags{flag_flagged, {"$Forwarded", "alpha"}});
    CHECK(message.internal_date == 1795200000'000000);
    auto const index = store->index(std::vector<BodyId>{message.body, 999, message.body});
    REQUIRE(index.size() == 2);
    CHECK(index[0].body == message.body);
    CHECK(index[0].envelope.find("\"indeks\"") != std::string::npos);
    CHECK(index[0].body_structure.substr(0, 1) == "(");
    CHECK(index[0].plain_body.substr(0, 1) == "(");
    CHECK(index[0].header_complete);
    CHECK(index[0].header == mail("indeks").substr(0, mail("indeks").find("\r\n\r\n") + 4));
}

TEST_CASE("A header beyond the limit is marked incomplete", "[store]")
{
    auto const kind = GENERATE(Kind::rows, Kind::files);
    Opened store(kind);
    auto const bytes = "Subject: x\r\nX-Long: " + std::string(largest_indexed_header, 'x') + "\r\n\r\nbody";
    store->deliver({delivery(bytes, {{.account = ali}})});
    auto const body = store->messages(must_find(*store, ali).id).at(0).body;
    auto const index = store->index(std::vector<BodyId>{body}).at(0);
    CHECK_FALSE(index.header_complete);
    CHECK(index.header.size() == largest_indexed_header);
    CHECK((bytes_of(*store, body) == bytes));
}

TEST_CASE("APPEND gives UIDVALIDITY and UID, and keeps flags in the spelling of their first use", "[store][rfc4315]")
{
    auto const kind = GENERATE(Kind::rows, Kind::files);
    Opened store(kind);
    store->ensure_account(ali);
    auto const first = store->append(ali, "Sent", {mail("satu")}, {flag_seen, {"Penting"}}, 42, 0);
    auto const second = store->append(ali, "Sent", {mail("dua")}, {0, {"pENTING", "arsip"}}, 43, 0);
    CHECK(first.refusal == Refusal::none);
    CHECK(first.uid == 1);
    CHECK(second.uid == 2);
    CHECK(first.uid_validity == must_find(*store, ali, "Sent").uid_validity);
    auto const messages = store->messages(must_find(*store, ali, "Sent").id);
    CHECK(messages.at(0).flags == Flags{flag_seen, {"Penting"}});
    CHECK(messages.at(1).flags == Flags{0, {"arsip", "Penting"}});
    CHECK(messages.at(0).internal_date == 42);
    CHECK(must_find(*store, ali, "Sent").unseen == 1);
    CHECK(store->append(ali, "none", {mail("x")}, {}, 0, 0).refusal == Refusal::missing);
    CHECK(store->append(ali, "a//b", {mail("x")}, {}, 0, 0).refusal == Refusal::missing);
    CHECK(store->append(ali, "Sent", {mail("x")}, {}, 0, 10).refusal == Refusal::over_quota);
    check_counters(*store, ali);
}

TEST_CASE("Several messages are appended all or not at all", "[store][rfc3502]")
{
    auto const kind = GENERATE(Kind::rows, Kind::files);
    Opened store(kind);
    store->ensure_account(ali);
    Flags too_many;
    for (int i = 0; i < 101; ++i) too_many.keywords.push_back("k" + std::to_string(i));
    auto const refused = store->append_all(ali, "Sent", {{{mail("a")}, {}, 1}, {{mail("b")}, too_many, 2}}, 0);
    REQUIRE(refused.size() == 2);
    CHECK(refused[0].refusal == Refusal::too_many);
    CHECK(store->append_all(ali, "Sent", {{{mail("a")}, {}, 1}, {{mail("b", 5000)}, {}, 2}}, 1000)[0].refusal ==
          Refusal::over_quota);
    CHECK(uids_in(*store, ali, "Sent").empty());
    auto const done =
        store->append_all(ali, "Sent", {{{mail("a")}, {}, 1}, {{mail("b")}, {}, 2}, {{mail("a")}, {}, 3}}, 0);
    REQUIRE(done.size() == 3);
    CHECK(done[2].uid == 3);
    auto const messages = store->messages(must_find(*store, ali, "Sent").id);
    CHECK(messages.at(0).body == messages.at(2).body);
    check_counters(*store, ali);
}

TEST_CASE("Deliveries from many threads get UIDs without a gap", "[store]")
{
    auto const kind = GENERATE(Kind::rows, Kind::files);
    Opened store(kind);
    std::vector<std::thread> threads;
    std::atomic<int> failures{0};
    for (int t = 0; t < 8; ++t)
        threads.emplace_back([&store, &failures, t] {
            for (int i = 0; i < 25; ++i) {
                auto const name = std::to_string(t) + "-" + std::to_string(i % 5);
                if (deliver(*store, i % 2 ? ali : budi, name).outcome != Delivered::Outcome::done) ++failures;
            }
        });
    for (auto& thread : threads) thread.join();
    CHECK(failures == 0);
    auto const there = uids_in(*store, ali);
    REQUIRE(there.size() == 8 * 12);
    CHECK(there.back() == 8 * 12);
    CHECK(uids_in(*store, budi).size() == 8 * 13);
    check_counters(*store, ali);
    check_counters(*store, budi);
}

} // namespace maild::mailbox::contract
