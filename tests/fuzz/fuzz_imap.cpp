// Whole IMAP sessions: the first byte chooses the state to which the session is brought, the rest is what the client
// sends. The store is the real one, refilled for every input from the same small set of messages.

#include "tests/maild/imap_fixture.h"
#include "tests/support/fuzz.h"

#include "appliance/base/log.h"

namespace
{
enum class Start { not_authenticated, authenticated, selected, examined, count };

void prepare(support::ImapClient& client, Start start)
{
    client.run();
    if (start == Start::not_authenticated) return;
    client.say("L LOGIN ali 123");
    if (start == Start::authenticated) return;
    client.say(start == Start::selected ? "S SELECT INBOX" : "S EXAMINE INBOX");
}

/// The mailbox survives from input to input; it is filled again when an input emptied or overfilled it.
void refill(support::ImapSchool& school)
{
    school.store->ensure_account(1);
    if (!school.store->find(1, "INBOX")) school.store->create(1, "INBOX");
    auto const inbox = school.store->find(1, "INBOX");
    if (inbox && inbox->messages > 0 && inbox->messages < 20) return;
    school.store->remove(1, "INBOX");
    for (auto const* const subject : {"satu", "=?utf-8?Q?d=C3=BCa?="})
        school.store->append(1, "INBOX", {support::mail(subject), {}}, {}, 0, 0);
    school.store->append(1, "INBOX",
                         {"From: a@b\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nsatu\r\n--x\r\n"
                          "Content-Type: message/rfc822\r\n\r\nSubject: dalam\r\n\r\nisi\r\n--x--\r\n",
                          {}},
                         {0, {"Penting"}}, 0, 0);
}

support::ImapSchool& school()
{
    static auto& the_school = *new support::ImapSchool; // never removed: the store's threads live as long
    return the_school;
}
} // namespace

FUZZ_TARGET(imap)
{
    base::set_log_level(base::Level::error);
    if (bytes.empty() || bytes.size() > 20000) return;
    auto const start = static_cast<Start>(static_cast<unsigned char>(bytes[0]) % static_cast<unsigned>(Start::count));
    refill(school());
    support::ImapClient client(school());
    prepare(client, start);
    client.session().stream().set_write_timeout(std::chrono::milliseconds(1)); // nobody reads while it runs
    try {
        client.send(bytes.substr(1));
        client.stop_sending();
        client.run();
    } catch (net::Disconnected const&) { // in the middle of a command, or more answers than a socket holds
    }
}
