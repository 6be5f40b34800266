#include "tests/contract/mail_store.h"

#include "appliance/db/database.h"

namespace maild::mailbox::contract
{

namespace
{
Uid put(MailStore& store, std::string const& header, AccountId account = ali)
{
    store.ensure_account(account);
    return store.append(account, "INBOX", {header + "\r\nisi\r\n"}, {}, 1795300000'000000, 0).uid;
}

ColumnSet everything()
{
    ColumnSet all;
    all.rows = all.sent = all.threads = true;
    for (std::size_t i = 0; i < text_kinds; ++i) all.add(static_cast<TextKind>(i));
    return all;
}

/// As if an older version had stored the mail.
void forget_index(Opened& store)
{
    db::Database database({store.folder() + "/mail.db", "mail"});
    database.run([](db::Transaction& transaction) {
        transaction.exec("DELETE FROM body_search");
        transaction.exec("DELETE FROM thread_member");
        transaction.exec("UPDATE counter SET value = 0 WHERE name = 'search_walked'");
    });
}

constexpr char const* letter = "From: =?utf-8?Q?Bu_S=C3=BCri?= <suri@smk.sch.id>\r\nTo: Kelas: ali@x, budi@x;\r\n"
                               "Cc: <\"a b\"@x>\r\nSubject: Re: [tkj] T\xC3\x9CGAS\r\n"
                               "Date: Sat, 21 Nov 2026 23:30:00 -0700\r\nMessage-ID: <2@x>\r\n"
                               "References: <\"1\"@x> (a comment) <1b@x>\r\n"
                               "Content-type: Multipart/MIXED;\r\n boundary=b\r\n";

void check_letter(Columns const& columns)
{
    REQUIRE(*columns.uids == std::vector<Uid>{1});
    CHECK(columns.sent->when.at(0) == 1795329000'000000);
    CHECK(columns.sent->day.at(0) == 20261121);
    CHECK(columns.text(TextKind::subject).at(0) == "TU\xCC\x88GAS");
    CHECK(columns.text(TextKind::from).at(0) == "SURI");
    CHECK(columns.text(TextKind::to).at(0) == "KELAS");
    CHECK(columns.text(TextKind::cc).at(0) == "A B");
    CHECK(columns.text(TextKind::shown_from).at(0) == "BU SU\xCC\x88RI");
    CHECK(columns.text(TextKind::from_text).at(0) == "\nbu s\xC3\xBCri <suri@smk.sch.id>");
    CHECK(columns.text(TextKind::subject_text).at(0) == "\nre: [tkj] t\xC3\xBCgas");
    CHECK(columns.text(TextKind::bcc_text).at(0) == "");
    CHECK(columns.text(TextKind::type_text).at(0) == "\nmultipart/mixed; boundary=b");
    CHECK(columns.threads->message_ids.at(0) == hash_of_message_id("<2@x>"));
    CHECK(columns.threads->is_reply.at(0) == 1);
    CHECK(columns.threads->parents ==
          std::vector<MessageIdHash>{hash_of_message_id("1@x"), hash_of_message_id("1b@x")});
}
} // namespace

TEST_CASE("A delivered message is indexed for SEARCH, SORT and THREAD", "[store][rfc5256]")
{
    auto const kind = GENERATE(Kind::rows, Kind::files);
    Opened store(kind);
    put(*store, letter);
    auto const inbox = must_find(*store, ali).id;
    check_letter(store->columns(inbox, everything()));
    check_letter(store->columns(inbox, everything(), {1, 1}));
    CHECK(store->columns(inbox, everything(), {2, 9}).uids->empty());
    while (store->index_step()) {
    }
    CHECK_FALSE(store->index_step());
}

TEST_CASE("Mail that came before the index is answered from its header, and indexed in the background",
          "[store][rfc5256]")
{
    auto const kind = GENERATE(Kind::rows, Kind::files);
    Opened store(kind);
    put(*store, letter);
    auto const body = store->messages(must_find(*store, ali).id).at(0).body;
    auto const thread = store->threads(ali, std::vector{body});
    forget_index(store);
    store.reopen();
    auto const inbox = must_find(*store, ali).id;
    check_letter(store->columns(inbox, everything()));
    CHECK(store->threads(ali, std::vector{body}) == thread);
    while (store->index_step()) {
    }
    store.reopen();
    check_letter(store->columns(inbox, everything()));
    CHECK(store->threads(ali, std::vector{body}) == thread);
    db::Database database({store.folder() + "/mail.db", "mail"});
    CHECK(database.read([](db::Reader& reader) { return reader.number("SELECT count(*) FROM body_search"); }) == 1);
}

TEST_CASE("Columns that are kept know of new and of removed messages", "[store]")
{
    Opened store(Kind::rows);
    put(*store, "Subject: b\r\n");
    put(*store, "Subject: C\r\n");
    auto const inbox = must_find(*store, ali).id;
    auto const before = store->columns(inbox, everything());
    CHECK(before.text(TextKind::subject).ranks() == std::vector<std::uint32_t>{0, 1});
    put(*store, "Subject: a\r\n");
    put(*store, "Subject: B\r\n");
    store->expunge(inbox, std::vector<Uid>{2});
    auto const after = store->columns(inbox, everything());
    CHECK(*after.uids == std::vector<Uid>{1, 2, 3, 4});
    CHECK(after.text(TextKind::subject).ranks() == std::vector<std::uint32_t>{1, 2, 0, 1});
    CHECK(before.uids->size() == 2); // somebody may still read it
    CHECK(before.text(TextKind::subject).size() == 2);

    ColumnSet dates; // a column that is asked for the first time meets UIDs that went
    dates.sent = true;
    CHECK(store->columns(inbox, dates).sent->when.size() == 4);
}

TEST_CASE("A very long text is left out of the column, a key is cut", "[store]")
{
    Opened store(Kind::rows);
    std::string const long_word(5000, 'x');
    put(*store, "Subject: " + long_word + "\r\nFrom: " + long_word + "@y\r\n");
    auto const columns = store->columns(must_find(*store, ali).id, everything());
    CHECK_FALSE(columns.text(TextKind::subject_text).at(0));
    CHECK(columns.text(TextKind::subject).at(0)->size() == sort_key_max);
}

TEST_CASE("Flags, keywords and save dates are read by span", "[store]")
{
    Opened store(Kind::rows);
    for (int i = 0; i < 4; ++i) put(*store, "Subject: x" + std::to_string(i) + "\r\n");
    auto const inbox = must_find(*store, ali).id;
    store->store_flags(inbox, std::vector<Uid>{2, 3}, FlagChange::add, {flag_seen, {"Kerja", "Lain"}});
    auto const rows = store->flag_rows(inbox, {2, 4});
    REQUIRE(rows.size() == 3);
    CHECK(rows[0].uid == 2);
    CHECK(rows[0].system == flag_seen);
    CHECK(rows[0].modseq > rows[2].modseq);
    CHECK(store->with_keyword(inbox, "kerja") == UidSet{2, 3});
    CHECK(store->with_keyword(inbox, "LAIN", {3, 9}) == UidSet{3});
    CHECK(store->with_keyword(inbox, "ker").empty());
    CHECK(store->saved_dates(inbox).at(3).when == store.clock.now());
}

TEST_CASE("Answers belong to the thread of what they answer", "[store][rfc8474]")
{
    Opened store(Kind::rows);
    put(*store, "Message-ID: <1@x>\r\nSubject: Tugas\r\n");
    put(*store, "Message-ID: <2@x>\r\nSubject: Re: tugas\r\nReferences: <1@x>\r\n");
    put(*store, "Message-ID: <3@x>\r\nSubject: Re: Tugas\r\nIn-Reply-To: <2@x>\r\n"); // no References
    put(*store, "Message-ID: <4@x>\r\nSubject: Re: Tugas\r\nIn-Reply-To: <3@x>\r\n");
    put(*store, "Message-ID: <5@x>\r\nSubject: Lain\r\nReferences: <1@x> <2@x>\r\n"); // another subject
    put(*store, "Subject: Tugas\r\nX-No: id\r\n");
    std::vector<BodyId> bodies;
    for (auto const& message : store->messages(must_find(*store, ali).id)) bodies.push_back(message.body);
    auto const threads = store->threads(ali, bodies);
    REQUIRE(threads.size() == 6);
    CHECK(threads[1] == threads[0]);
    CHECK(threads[2] == threads[0]);
    CHECK(threads[3] == threads[0]);
    CHECK(threads[4] != threads[0]);
    CHECK(threads[5] != threads[0]);
    // The thread stays when its first messages are gone.
    store->expunge(must_find(*store, ali).id, std::vector<Uid>{1, 2, 3});
    store.clock.advance(day);
    store->sweep();
    store.reopen();
    CHECK(store->threads(ali, std::vector{bodies[3]}).at(0) == threads[0]);
    check_counters(*store, ali);
}

TEST_CASE("The thread of a message copied from another account stays when what it answers comes later",
          "[store][rfc8474]")
{
    bool const is_move = GENERATE(false, true);
    Opened store(Kind::rows);
    put(*store, "Message-ID: <3@x>\r\nSubject: Re: Tugas\r\nIn-Reply-To: <2@x>\r\n");
    store->ensure_account(budi);
    MailStore::Target const target{.name = "INBOX", .account = budi};
    auto const from = must_find(*store, ali).id;
    CHECK((is_move ? store->move(from, {1}, target) : store->copy(from, {1}, target)).refusal == Refusal::none);
    auto const copy = store->messages(must_find(*store, budi).id).at(0).body;
    auto const before = store->threads(budi, std::vector{copy});
    put(*store, "Message-ID: <2@x>\r\nSubject: Re: Tugas\r\nReferences: <1@x>\r\n", budi);
    CHECK(store->threads(budi, std::vector{copy}) == before);
}

} // namespace maild::mailbox::contract
