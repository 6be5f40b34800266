#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "tests/maild/pop3_fixture.h"
#include "tests/support/catch.h"
#include "tests/support/failing_store.h"

using maild::mailbox::FailingStore;
using support::Pop3Client;
using support::Pop3School;
using Peer = Pop3Client::Peer;

namespace
{
std::string const satu = "Subject: satu\r\n\r\n.titik\r\nbaris\r\n";
std::string const dua = "Subject: dua\r\n\r\nisi\r\n";

/// Ali has two messages; the log stays silent about the errors that the tests provoke.
struct TwoMails : Pop3School {
    TwoMails()
    {
        base::set_log_level(base::Level::error);
        put(satu);
        put(dua);
    }
    std::size_t left() { return store->messages(store->find(1, "INBOX")->id).size(); }
};

bool is_ok(std::string const& text) { return text.starts_with("+OK"); }
bool has(std::string const& text, std::string_view part) { return text.find(part) != std::string::npos; }

constexpr char const* wrong = "-ERR [AUTH] The name or the password is wrong\r\n";
} // namespace

TEST_CASE("A whole POP3 session reads and deletes mail", "[pop3][rfc1939]")
{
    TwoMails school;
    Pop3Client client(school);
    CHECK(client.run() == "+OK Kotakpos POP3 ready\r\n");
    CHECK(is_ok(client.say("user ali")));
    CHECK(client.say("pass 123") == "+OK 2 messages (" + std::to_string(satu.size() + dua.size()) + " octets)\r\n");
    CHECK(client.say("STAT") == "+OK 2 " + std::to_string(satu.size() + dua.size()) + "\r\n");
    CHECK(client.say("LIST 2") == "+OK 2 " + std::to_string(dua.size()) + "\r\n");
    CHECK(client.say("RETR 1") ==
          "+OK " + std::to_string(satu.size()) + " octets\r\nSubject: satu\r\n\r\n..titik\r\nbaris\r\n.\r\n");
    CHECK(client.say("TOP 1 1") == "+OK The top of message 1\r\nSubject: satu\r\n\r\n..titik\r\n.\r\n");
    CHECK(client.say("TOP 2 0") == "+OK The top of message 2\r\nSubject: dua\r\n\r\n.\r\n");
    CHECK(is_ok(client.say("DELE 1")));
    CHECK(client.say("STAT") == "+OK 1 " + std::to_string(dua.size()) + "\r\n");
    CHECK(client.say("LIST") == "+OK 1 messages (" + std::to_string(dua.size()) + " octets)\r\n2 " +
                                    std::to_string(dua.size()) + "\r\n.\r\n");
    for (auto const* line : {"RETR 1", "DELE 1", "LIST 1", "TOP 1 0", "UIDL 1"})
        CHECK(client.say(line) == "-ERR That message is marked as deleted\r\n");
    CHECK(client.say("QUIT") == "+OK Goodbye (1 deleted)\r\n");
    CHECK(client.is_closed());
    CHECK(school.left() == 1);
}

TEST_CASE("Without QUIT nothing is deleted, and RSET forgets the marks", "[pop3][rfc1939]")
{
    TwoMails school;
    {
        Pop3Client client(school);
        client.log_in();
        CHECK(is_ok(client.say("DELE 1")));
        client.stop_sending();
        client.run();
        CHECK(client.is_closed());
    }
    CHECK(school.left() == 2);
    Pop3Client client(school);
    client.log_in();
    client.say("DELE 1");
    client.say("DELE 2");
    CHECK(client.say("RSET") == "+OK 2 messages\r\n");
    CHECK(client.say("QUIT") == "+OK Goodbye (0 deleted)\r\n");
    CHECK(school.left() == 2);
}

TEST_CASE("What was retrieved is seen after QUIT", "[pop3]")
{
    TwoMails school;
    Pop3Client client(school);
    client.log_in();
    client.say("RETR 2");
    client.say("QUIT");
    auto const messages = school.store->messages(school.store->find(1, "INBOX")->id);
    CHECK(messages.at(0).flags.system == 0);
    CHECK(messages.at(1).flags.system == maild::mailbox::flag_seen);
}

TEST_CASE("Unique ids stay the same from session to session", "[pop3][rfc1939]")
{
    TwoMails school;
    Pop3Client first(school);
    first.log_in();
    auto const id = first.say("UIDL 2").substr(6);
    first.say("DELE 1");
    first.say("QUIT");
    school.put(satu);
    Pop3Client second(school);
    second.log_in();
    CHECK(second.say("UIDL 1").substr(6) == id);
    auto const list = second.say("UIDL");
    CHECK(has(list, "\r\n1 " + id));
    auto const lines = base::split(list, '\n');
    REQUIRE(lines.size() == 5);
    CHECK(lines[1] != lines[2]);
}

TEST_CASE("Two sessions of one user work at the same time", "[pop3]")
{
    TwoMails school;
    Pop3Client first(school);
    Pop3Client second(school);
    first.log_in();
    second.log_in();
    first.say("DELE 1");
    CHECK(first.say("QUIT") == "+OK Goodbye (1 deleted)\r\n");
    CHECK(second.say("STAT").starts_with("+OK 2 "));
    CHECK(is_ok(second.say("RETR 1"))); // still readable for a while
    second.say("DELE 1");
    second.say("DELE 2");
    CHECK(is_ok(second.say("QUIT")));
    CHECK(school.left() == 0);
}

TEST_CASE("Commands out of their state or with bad arguments are refused", "[pop3][rfc1939]")
{
    TwoMails school;
    {
        Pop3Client client(school);
        client.run();
        for (auto const* line : {"STAT", "LIST", "RETR 1", "DELE 1", "NOOP", "RSET", "TOP 1 1", "UIDL"})
            CHECK(client.say(line) == "-ERR Log in first\r\n");
        CHECK(client.say("PASS 123") == "-ERR USER comes before PASS\r\n");
        CHECK(client.is_closed() == false);
        CHECK(client.say("APOP ali c4c9334bac560ecc979e58001b3e22fb") == "-ERR Unknown command\r\n");
        CHECK(client.is_closed()); // ten errors in a row
    }
    Pop3Client client(school);
    client.log_in();
    for (auto const* line : {"USER ali", "PASS 123", "AUTH PLAIN", "STLS"})
        CHECK(client.say(line) == "-ERR You are logged in already\r\n");
    CHECK(is_ok(client.say("NOOP")));
    for (auto const* line : {"RETR", "RETR x", "RETR -1", "RETR 99999999999999999999"})
        CHECK(client.say(line) == "-ERR A message number is missing\r\n");
    CHECK(client.say("RETR 0") == "-ERR There is no such message\r\n");
    CHECK(client.say("RETR 3") == "-ERR There is no such message\r\n");
    CHECK(client.say("RETR 1 2") == "-ERR There is too much behind the command\r\n");
    CHECK(is_ok(client.say("NOOP")));
    CHECK(client.say("TOP 1") == "-ERR TOP needs a message number and a number of lines\r\n");
    CHECK(client.say("TOP 1 x") == "-ERR TOP needs a number of lines\r\n");
    CHECK(client.say("STAT now") == "-ERR There is too much behind the command\r\n");
    CHECK(client.say("") == "-ERR Unknown command\r\n");
    CHECK(client.say("STAT1") == "-ERR Unknown command\r\n");
    CHECK(client.raw(std::string("NO\0OP\r\n", 7)) == "-ERR Unknown command\r\n");
}

TEST_CASE("A line over the limit is refused and the session goes on", "[pop3]")
{
    TwoMails school;
    Pop3Client client(school);
    client.run();
    CHECK(client.raw("USER " + std::string(100'000, 'x') + "\r\n") == "-ERR The line is too long\r\n");
    CHECK(is_ok(client.say("USER ali")));
    CHECK(is_ok(client.say("PASS 123")));
}

TEST_CASE("Commands sent together are answered in order (RFC 2449 PIPELINING)", "[pop3]")
{
    TwoMails school;
    Pop3Client client(school);
    client.run();
    auto const answers = client.raw("USER ali\r\nPASS 123\r\nSTAT\r\nDELE 1\r\nLIST\r\nQUIT\r\n");
    auto const lines = base::split(answers, '\n');
    REQUIRE(lines.size() == 9);
    CHECK(lines[3] == "+OK Message 1 will be deleted\r");
    CHECK(lines[6] == ".\r");
    CHECK(lines[7] == "+OK Goodbye (1 deleted)\r");
}

TEST_CASE("Unknown users and wrong passwords get the same answer, the third closes", "[pop3]")
{
    TwoMails school;
    Pop3Client client(school);
    client.run();
    CHECK(is_ok(client.say("USER ali")));
    CHECK(client.say("PASS salah") == wrong);
    CHECK(is_ok(client.say("USER hantu")));
    CHECK(client.say("PASS 123") == wrong);
    CHECK_FALSE(client.is_closed());
    client.say("USER ali");
    CHECK(client.say("PASS  123") == wrong); // the second blank belongs to the password
    CHECK(client.is_closed());
}

TEST_CASE("AUTH PLAIN and LOGIN log in, with and without an initial response", "[pop3][rfc5034]")
{
    TwoMails school;
    auto const plain = base::base64(std::string("\0ali\0"
                                                "123",
                                                8));
    {
        Pop3Client client(school);
        client.run();
        CHECK(is_ok(client.say("AUTH PLAIN " + plain)));
        CHECK(is_ok(client.say("STAT")));
    }
    {
        Pop3Client client(school);
        client.run();
        CHECK(is_ok(client.raw("AUTH PLAIN\r\n" + plain + "\r\n").substr(4)));
    }
    {
        Pop3Client client(school);
        client.run();
        auto const answers =
            client.raw("AUTH login\r\n" + base::base64("ali") + "\r\n" + base::base64("123") + "\r\n");
        CHECK(answers.starts_with("+ VXNlcm5hbWU6\r\n+ UGFzc3dvcmQ6\r\n+OK 2 messages"));
    }
    Pop3Client client(school);
    client.run();
    CHECK(client.say("AUTH CRAM-MD5") == "-ERR Mechanisms here: SCRAM-SHA-256 PLAIN LOGIN\r\n");
    CHECK(client.say("AUTH") == "+OK Mechanisms here\r\nSCRAM-SHA-256\r\nPLAIN\r\nLOGIN\r\n.\r\n");
    CHECK(client.say("AUTH PLAIN !!!") == "-ERR That is not base64\r\n");
    CHECK(client.say("AUTH PLAIN =") == "-ERR [AUTH] This is not what PLAIN sends\r\n");
    CHECK(client.raw("AUTH PLAIN\r\n*\r\n") == "+ \r\n-ERR AUTH was cancelled\r\n");
    CHECK(client.say("AUTH PLAIN " + base::base64(std::string("budi\0ali\0"
                                                              "123",
                                                              12))) == "-ERR [AUTH] Log in as yourself\r\n");
    CHECK(client.say("AUTH PLAIN " + base::base64(std::string("\0ali\0x", 6))) == wrong);
}

TEST_CASE("A password in clear text is taken only where the configuration says so", "[pop3]")
{
    TwoMails school;
    auto const refused = "-ERR [AUTH] No password in clear text: use TLS (STLS) before you log in\r\n";
    auto const answer = [&](Peer peer) {
        Pop3Client client(school, peer);
        client.run();
        CHECK(has(client.say("CAPA"), "\r\nUSER\r\n") == (client.say("USER ali") != refused));
        if (client.say("AUTH PLAIN") == refused) return false;
        return true;
    };
    CHECK_FALSE(answer(Peer::elsewhere));
    CHECK_FALSE(answer(Peer::loopback));
    school.config.login_cleartext = config::Cleartext::loopback;
    Pop3Client near(school, Peer::loopback);
    near.run();
    CHECK(is_ok(near.say("USER ali")));
    CHECK_FALSE(answer(Peer::elsewhere));
    school.config.login_cleartext = config::Cleartext::trusted;
    school.config.trusted_networks = {*net::Network::parse("192.168.10.0/24")};
    Pop3Client trusted(school, Peer::elsewhere);
    trusted.run();
    CHECK(is_ok(trusted.say("USER ali")));
}

TEST_CASE("CAPA tells what is offered now", "[pop3][rfc2449]")
{
    TwoMails school;
    Pop3Client client(school);
    client.run();
    CHECK(client.say("CAPA") ==
          "+OK Here is what can be done\r\nTOP\r\nUIDL\r\nUSER\r\nSASL SCRAM-SHA-256 PLAIN LOGIN\r\nRESP-CODES\r\n"
          "AUTH-RESP-CODE\r\nPIPELINING\r\nUTF8 USER\r\nLANG\r\nEXPIRE NEVER\r\nLOGIN-DELAY 0\r\nIMPLEMENTATION "
          "Kotakpos\r\n.\r\n");
    client.say("USER ali");
    client.say("PASS 123");
    CHECK_FALSE(has(client.say("CAPA"), "SASL"));
    CHECK(client.say("CAPA x") == "-ERR There is too much behind the command\r\n");
}

TEST_CASE("STLS is refused without TLS", "[pop3][rfc2595]")
{
    TwoMails school;
    Pop3Client client(school);
    client.run();
    CHECK(client.say("STLS") == "-ERR TLS is not offered here\r\n");
}

TEST_CASE("A store that fails is a temporary error and loses nothing", "[pop3][rfc3206]")
{
    TwoMails school;
    base::set_log_level(static_cast<base::Level>(static_cast<int>(base::Level::error) + 1));
    FailingStore failing(*school.store);
    school.use(failing);
    auto const temporary = "-ERR [SYS/TEMP] The mail store does not answer now; try again later\r\n";
    {
        Pop3Client client(school);
        failing.door = FailingStore::Door::shut;
        CHECK(client.log_in() == temporary);
        failing.door = FailingStore::Door::open;
        client.say("USER ali");
        CHECK(is_ok(client.say("PASS 123")));
        failing.door = FailingStore::Door::shut;
        CHECK(client.say("RETR 1") == temporary);
        CHECK(is_ok(client.say("DELE 1")));
        CHECK(client.say("QUIT") == temporary);
        CHECK(client.is_closed());
    }
    failing.door = FailingStore::Door::open;
    CHECK(school.left() == 2);
}

TEST_CASE("A large message is sent whole", "[pop3]")
{
    TwoMails school;
    std::string message = "Subject: besar\r\n\r\n";
    while (message.size() < 150'000) message += ".baris dengan titik di depan\r\n";
    school.put(message);
    Pop3Client client(school);
    client.log_in();
    auto const answer = client.say("RETR 3");
    auto text = answer.substr(answer.find("\r\n") + 2);
    REQUIRE(text.ends_with("\r\n.\r\n"));
    text.resize(text.size() - 3);
    CHECK((base::replace_all(text, "\r\n..", "\r\n.") == message));
}

TEST_CASE("Guessing is slowed down and then refused for an address that is not exempt", "[pop3]")
{
    TwoMails school;
    school.config.login_cleartext = config::Cleartext::trusted;
    school.config.trusted_networks = {*net::Network::parse("192.168.10.0/24")};
    auto const peer = net::IpAddress::from_v4(0xC0A80A07);
    auto const start = std::chrono::steady_clock::now();
    {
        Pop3Client client(school, Peer::elsewhere);
        client.run();
        client.say("USER ali");
        CHECK(client.say("PASS x") == wrong);
    }
    CHECK(std::chrono::steady_clock::now() - start >= std::chrono::milliseconds(300));
    for (int i = 0; i < 30; ++i) school.guard->failed(peer, "ali");
    Pop3Client client(school, Peer::elsewhere);
    client.run();
    client.say("USER ali");
    CHECK(client.say("PASS 123") ==
          "-ERR [SYS/TEMP] Too many failed logins from your address; try again in some minutes\r\n");
    CHECK(client.is_closed());
}
