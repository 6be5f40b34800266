// Texts of Maildir and mbox, names of mailboxes elsewhere, addresses of servers.

#include "maild/transfer/imap_source.h"
#include "maild/transfer/importer.h"
#include "maild/transfer/line_ends.h"
#include "maild/transfer/maildir_files.h"
#include "maild/transfer/mbox.h"
#include "tests/support/catch.h"

namespace maild::transfer
{

namespace
{
std::vector<MboxMessage> read(std::string const& file, std::size_t largest = 1 << 20)
{
    MboxReader reader(
        [&](std::uint64_t at, char* to, std::size_t count) {
            return at < file.size() ? file.copy(to, count, static_cast<std::size_t>(at)) : 0;
        },
        largest);
    std::vector<MboxMessage> all;
    while (auto message = reader.next()) all.push_back(std::move(*message));
    return all;
}
} // namespace

TEST_CASE("Line ends that are all CRLF can be written as LF and come back", "[transfer]")
{
    CHECK(is_plain_crlf("a\r\nb\r\n"));
    CHECK(with_crlf(with_lf("a\r\nb\r\n")) == "a\r\nb\r\n");
    for (auto const* odd : {"a\n", "a\r", "a\r\r\n", "\n\r"}) CHECK_FALSE(is_plain_crlf(odd));
}

TEST_CASE("Names of a Maildir's files", "[transfer][maildir]")
{
    CHECK(parse_maildir_name("1.M2.host,S=3:2,FS").base == "1.M2.host,S=3");
    CHECK(parse_maildir_name("1.M2.host,S=3:2,FS").letters == "FS");
    CHECK(parse_maildir_name("1.M2.host").base == "1.M2.host");
    CHECK(parse_maildir_name("1.M2.host;2,R").letters == "R");
    CHECK(parse_maildir_name("1.M2.host,S=3,raw:2,").is_raw);
    auto const flags = flags_of("FPSb", {"satu", "dua"});
    CHECK(flags.system == (mailbox::flag_flagged | mailbox::flag_seen));
    CHECK(flags.keywords == std::vector<std::string>{"$Forwarded", "dua"});
    CHECK(letters_of(flags, {"satu", "dua"}) == "FPSb");
}

TEST_CASE("Dovecot's uidlist, both versions", "[transfer][maildir]")
{
    auto const list = parse_uid_list("3 V77 N30 Gabc\n5 W12 :1.host:2,S\n9 :2.host\n");
    CHECK(list.uid_validity == 77);
    CHECK(list.uid_next == 30);
    CHECK(list.uids.at("1.host") == 5);
    CHECK(list.uids.at("2.host") == 9);
    CHECK(parse_uid_list("1 77 30\n5 1.host\n").uids.at("1.host") == 5);
    CHECK(parse_uid_list(show_uid_list(list)).uids == list.uids);
    CHECK_FALSE(parse_uid_list("x\n5 :1.host\n").is_there());
}

TEST_CASE("Names of mailboxes as folders of a Maildir++", "[transfer][maildir]")
{
    for (auto const* name : {"Arsip", "Arsip/2020", "a.b/c.d", "Kelas \u00e9\u53f0", "&x"})
        CHECK(mailbox_of(folder_of(name)) == name);
    CHECK(folder_of("Arsip/2020") == ".Arsip.2020");
    CHECK(folder_of("INBOX").empty());
    for (auto const* other : {"cur", ".", "..", ".a..b"}) CHECK_FALSE(mailbox_of(other));
    CHECK(parse_subscriptions(show_subscriptions({"Arsip/2020", "INBOX"})) ==
          std::vector<std::string>{"Arsip/2020", "INBOX"});
}

TEST_CASE("mbox: what looks like a From line only with a date is one", "[transfer][mbox][rfc4155]")
{
    CHECK(is_from_line("From a@b Sat Jan  1 10:00:00 2022"));
    CHECK(is_from_line("From a Sat Jan  1 10:00 2022 +0700\r\n"));
    CHECK_FALSE(is_from_line("From here to there"));
    CHECK(date_of_from_line("From a Thu Jan  1 00:00:01 1970") == 1'000'000);
    CHECK(date_of_from_line("From a Thu Jan  1 07:00:01 1970 +0700") == 1'000'000);
    auto const messages =
        read("From a Sat Jan  1 10:00:00 2022\n\nFrom here to there\n\nFrom b Sat Jan  1 10:00:00 2022\n\nx\n");
    REQUIRE(messages.size() == 2);
    CHECK(messages[0].bytes == "\r\nFrom here to there\r\n");
}

TEST_CASE("mbox: the mail programs' own fields are flags, not text", "[transfer][mbox]")
{
    auto const messages =
        read("From a Sat Jan  1 10:00:00 2022\nX-IMAPbase: 77 9\nX-UID: 5\nStatus: RO\nX-Status: AF\n"
             "X-Keywords: tugas\nSubject: x\n\n>From y\n");
    REQUIRE(messages.size() == 1);
    CHECK(messages[0].bytes == "Subject: x\r\n\r\nFrom y\r\n");
    CHECK(messages[0].flags.system == (mailbox::flag_seen | mailbox::flag_answered | mailbox::flag_flagged));
    CHECK(messages[0].flags.keywords == std::vector<std::string>{"tugas"});
    CHECK(messages[0].uid == 5);
    CHECK(messages[0].uid_validity == 77);
}

TEST_CASE("mbox: Content-Length is believed where a From line follows it", "[transfer][mbox]")
{
    std::string const body = "From here Sat Jan  1 10:00:00 2022\n\nFrom there Sat Jan  1 10:00:00 2022\n";
    auto const counted = read("From a Sat Jan  1 10:00:00 2022\nContent-Length: " + std::to_string(body.size()) +
                              "\n\n" + body + "\nFrom b Sat Jan  1 10:00:00 2022\n\nx\n");
    REQUIRE(counted.size() == 2);
    CHECK(counted[0].bytes.ends_with(with_crlf(body)));
    auto const wrong = read(
        "From a Sat Jan  1 10:00:00 2022\nContent-Length: 3\n\nlonger\n\nFrom b Sat Jan  1 10:00:00 2022\n\nx\n");
    REQUIRE(wrong.size() == 2);
    CHECK(wrong[0].bytes.ends_with("longer\r\n"));
}

TEST_CASE("mbox: a message over the limit is passed over, the next one is read", "[transfer][mbox]")
{
    auto const messages = read("From a Sat Jan  1 10:00:00 2022\n\n" + std::string(5000, 'x') +
                                   "\n\nFrom b Sat Jan  1 10:00:00 2022\n\ny\n",
                               1000);
    REQUIRE(messages.size() == 2);
    CHECK(messages[0].is_too_large);
    CHECK(messages[1].bytes == "\r\ny\r\n");
}

TEST_CASE("Names elsewhere have our uses", "[transfer]")
{
    using mailbox::SpecialUse;
    for (auto const* sent : {"Sent Items", "Terkirim", "[Gmail]/Sent Mail", "SENT"})
        CHECK(use_of_name(sent) == SpecialUse::sent);
    CHECK(use_of_name("Sampah") == SpecialUse::trash);
    CHECK(use_of_name("Junk E-mail") == SpecialUse::junk);
    CHECK(use_of_name("Arsip/Sent") == SpecialUse::none);
}

TEST_CASE("Addresses of IMAP servers", "[transfer]")
{
    auto const tls = parse_imap_address("imaps://ali@mail.example.org/");
    REQUIRE(tls);
    CHECK(tls->user == "ali");
    CHECK(tls->host == "mail.example.org");
    CHECK(tls->port == 993);
    auto const other = parse_imap_address("imap://a@b.c@[::1]:1143");
    REQUIRE(other);
    CHECK(other->user == "a@b.c");
    CHECK(other->host == "::1");
    CHECK(other->port == 1143);
    CHECK_FALSE(other->is_tls);
    for (auto const* bad : {"ali@host", "http://host/", "imaps://", "imaps://a:secret@host/", "imaps://host:0/"})
        CHECK_FALSE(parse_imap_address(bad));
}

} // namespace maild::transfer
