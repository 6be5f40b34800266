#include "dnsd/serve/responder.h"
#include "tests/dnsd/fixed_zones.h"
#include "tests/support/fuzz.h"

#include <cstdlib>
#include <vector>

namespace
{
dnsd::ResponderOptions options()
{
    dnsd::ResponderOptions options;
    options.version = "version";
    options.server_id = "server";
    options.recursion = true;
    options.networks = {*net::Network::parse("10.0.0.0/8")};
    options.keeper = true;
    return options;
}

unsigned octet(std::string_view bytes, std::size_t at) { return static_cast<unsigned char>(bytes[at]); }

/// A reply to this question, and to no other; never an answer to an answer.
bool is_sound(std::string_view question, std::string_view reply, std::size_t most)
{
    bool const is_reply = reply.size() >= 12 && reply.size() <= most && reply.substr(0, 2) == question.substr(0, 2);
    return is_reply && (octet(reply, 2) & 0x80U) != 0 && (octet(question, 2) & 0x80U) == 0;
}
} // namespace

FUZZ_TARGET(dns_query)
{
    static dnsd::ZoneSet const zones = support::make_zone_set(support::fixed_zone_texts());
    static dnsd::Responder const responder(options());
    for (auto const transport : {dnsd::Transport::udp, dnsd::Transport::tcp, dnsd::Transport::tls}) {
        std::vector<char> room(transport == dnsd::Transport::udp ? dnsd::largest_udp_reply : dnsd::largest_message);
        for (auto const* address : {"10.0.0.1", "2001:db8::1"}) {
            dnsd::Exchange exchange;
            exchange.client = {*net::IpAddress::parse(address), 53, transport};
            responder.handle(zones, bytes, room, exchange, 100);
            if (exchange.action == dnsd::Action::silence) continue;
            auto size = exchange.size;
            if (exchange.action != dnsd::Action::send) size = dnsd::put_failure(bytes, room);
            auto const most = exchange.query.has_edns ? exchange.query.reply_limit : room.size();
            if (!is_sound(bytes, {room.data(), size}, most)) std::abort();
            if (exchange.outcome.question_end + exchange.outcome.opt_size > room.size()) std::abort();
        }
    }
}
