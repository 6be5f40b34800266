#include "maild/remote/smtp_client.h"
#include "tests/support/fuzz.h"

#include <sys/socket.h>

// A server that says these bytes, whatever it hears: the client ends, by a reply for each recipient or an exception.
FUZZ_TARGET(smtp_client)
{
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) != 0) return;
    base::Fd const server(ends[1]);
    [[maybe_unused]] auto const sent = ::send(server.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    ::shutdown(server.get(), SHUT_WR);
    maild::remote::SmtpClient client(net::Stream(base::Fd(ends[0]), {}, true), "mail.sekolah.sch.id");
    maild::queue::Message message;
    message.body.bytes = "Subject: x\r\n\r\n\xC3\xA1\r\n";
    message.size = message.body.bytes.size();
    message.recipients.resize(3);
    auto const tls = net::TlsContext::client_of_strangers();
    try {
        client.open(*tls, {});
        if (client.send(message, message.recipients).size() != 3) std::abort();
    } catch (maild::remote::ServerRefusal const&) { // as good an end as any
    } catch (net::Disconnected const&) {
    }
}
