// Whole POP3 sessions: the first byte chooses the state to which the session is brought, the rest is what the client
// sends. The store is the real one, with the same small mailbox for every input.

#include "tests/maild/pop3_fixture.h"
#include "tests/support/fuzz.h"

#include "appliance/base/log.h"

namespace
{
enum class Start { authorization, user_given, logged_in, marked, count };

void prepare(support::Pop3Client& client, Start start)
{
    client.run();
    if (start == Start::authorization) return;
    client.say("USER ali");
    if (start == Start::user_given) return;
    client.say("PASS 123");
    if (start == Start::marked) client.raw("DELE 1\r\nRETR 2\r\n");
}

/// The mailbox survives from input to input; it is filled again when an input has emptied it.
support::Pop3School& filled_school()
{
    static auto& school = *new support::Pop3School; // never removed: the store's threads live as long
    school.store->ensure_account(1);
    if (school.store->find(1, "INBOX")->messages < 2) {
        school.put("Subject: satu\r\n\r\n.\r\n..\r\nbaris\r\n");
        school.put("no header\n.\n");
    }
    return school;
}
} // namespace

FUZZ_TARGET(pop3)
{
    base::set_log_level(base::Level::error);
    if (bytes.empty() || bytes.size() > 20000) return;
    auto const start = static_cast<Start>(static_cast<unsigned char>(bytes[0]) % static_cast<unsigned>(Start::count));
    support::Pop3Client client(filled_school());
    prepare(client, start);
    try {
        client.send(bytes.substr(1));
        client.stop_sending();
        client.run();
    } catch (net::Disconnected const&) { // the input ended in the middle of a line
    }
}
