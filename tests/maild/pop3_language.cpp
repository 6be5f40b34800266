#include "tests/maild/pop3_fixture.h"
#include "tests/support/catch.h"

using support::Pop3Client;
using support::Pop3School;

TEST_CASE("LANG lists the languages and answers in the chosen one", "[pop3][rfc6856]")
{
    Pop3School school;
    Pop3Client client(school);
    CHECK(client.run() == "+OK Kotakpos POP3 ready\r\n");
    CHECK(client.say("LANG") ==
          "+OK The languages\r\nen English\r\nid Bahasa Indonesia\r\ni-default English\r\n.\r\n");
    CHECK(client.say("LANG id-ID") == "+OK id Baik\r\n");
    CHECK(client.say("STAT") == "-ERR Masuklah dulu\r\n");
    client.say("USER ali");
    CHECK(client.say("PASS salah") == "-ERR [AUTH] Nama atau kata sandi salah\r\n");
    CHECK(client.say("LANG de") ==
          "-ERR Bahasa ini tidak tersedia; LANG menampilkan yang tersedia\r\n"); // the old one stays
    CHECK(client.say("LANG i-default") == "+OK i-default So be it\r\n");
    CHECK(client.say("LANG EN") == "+OK en So be it\r\n");
    CHECK(client.say("LANG *") == "+OK id Baik\r\n"); // the school's
    CHECK(client.say("LANG en x") == "-ERR Terlalu banyak teks di belakang perintah\r\n");
    CHECK(client.say("LANG " + std::string(500, 'x')).starts_with("-ERR "));
    client.say("USER ali");
    CHECK(client.say("PASS 123") == "+OK 0 surat (0 oktet)\r\n");
    CHECK(client.say("LANG en") == "+OK en So be it\r\n");
    CHECK(client.say("RETR 1") == "-ERR There is no such message\r\n");
}

TEST_CASE("UTF8 comes before the login; messages are the same bytes with and without it", "[pop3][rfc6856]")
{
    Pop3School school;
    std::string const message = "Subject: s\xc3\xbcrat\r\nX: \xff\r\n\r\nisi\r\n";
    school.put(message);
    Pop3Client plain(school);
    plain.log_in();
    auto const without = plain.say("RETR 1");
    CHECK(plain.say("UTF8") == "-ERR You are logged in already\r\n");
    Pop3Client client(school);
    client.run();
    CHECK(client.say("UTF8 x") == "-ERR There is too much behind the command\r\n");
    CHECK(client.say("UTF8") == "+OK UTF-8 is welcome\r\n");
    client.say("USER ali");
    client.say("PASS 123");
    CHECK(client.say("RETR 1") == without);
    CHECK(without.find(message) != std::string::npos);
}

TEST_CASE("QUIT removes all or nothing, and notes who has read", "[pop3][rfc1939]")
{
    Pop3School school;
    for (int i = 0; i < 5; ++i) school.put("Subject: " + std::to_string(i) + "\r\n\r\n");
    auto const inbox = school.store->find(1, "INBOX")->id;
    Pop3Client client(school);
    client.log_in();
    client.say("RETR 1");
    client.say("RETR 2");
    client.say("DELE 2");
    client.say("DELE 4");
    school.store->expunge(inbox, std::vector<maild::mailbox::Uid>{4});
    CHECK(client.say("QUIT") == "+OK Goodbye (2 deleted)\r\n");
    std::vector<maild::mailbox::Uid> left;
    for (auto const& message : school.store->messages(inbox)) left.push_back(message.uid);
    CHECK(left == std::vector<maild::mailbox::Uid>{1, 3, 5});
    CHECK(school.store->messages(inbox).front().flags.system == maild::mailbox::flag_seen);
    CHECK(school.store->find(1, "INBOX")->unseen == 2);
}
