#include "dnsd/resolve/answer.h"
#include "dnsd/resolve/client_reply.h"
#include "tests/dnsd/foreign_messages.h"
#include "tests/support/fuzz.h"

#include <cstdlib>

/// What an upstream sends either is no reply, or what clients get of it is one too, TTLs changed or not.
FUZZ_TARGET(dns_reply)
{
    using namespace dnsd;
    auto const reply = resolve::read_reply(bytes);
    if (!reply || reply->question_end == header_size) return;
    auto const answer = resolve::make_answer(bytes, *reply, {});
    auto const message = support::header(7, 0x0110, {1, 0, 0, 0}) +
                         std::string(bytes.substr(header_size, reply->question_end - header_size));
    Query query;
    if (read_query(message, Transport::tcp, query) != Rcode::no_error) return; // compressed, class, ...
    for (auto const& age : {resolve::Age{}, resolve::Age{100, {}}, resolve::Age{90000, 30}}) {
        std::string room(largest_message, '\0');
        auto const size = resolve::write_reply(query, {}, answer.view(), age, room);
        auto const again = resolve::read_reply({room.data(), size});
        if (!again || again->answers != reply->answers || again->ttls != reply->ttls) std::abort();
    }
    std::string room(largest_udp_reply, '\0');
    query.reply_limit = smallest_udp_limit;
    auto const size = resolve::write_reply(query, {}, answer.view(), {}, room);
    if (size > smallest_udp_limit || !resolve::read_reply({room.data(), size})) std::abort();
}
