#include "dnsd/serve/responder.h"
#include "tests/dnsd/fixed_zones.h"
#include "tests/support/fuzz.h"

#include <cstdlib>
#include <vector>

FUZZ_TARGET(dns_query)
{
    static dnsd::ZoneSet const zones = support::make_zone_set(support::fixed_zone_texts());
    static dnsd::Responder const responder("version", "server");
    for (auto const transport : {dnsd::Transport::udp, dnsd::Transport::tcp}) {
        std::vector<char> reply(transport == dnsd::Transport::udp ? dnsd::largest_udp_reply : dnsd::largest_message);
        auto const size = responder.answer(zones, bytes, transport, reply);
        if (size == 0) continue;
        bool const answered = size >= 12 && size <= reply.size() && reply[0] == bytes[0] && reply[1] == bytes[1];
        bool const is_response = (static_cast<unsigned char>(reply[2]) & 0x80U) != 0;
        if (!answered || !is_response || responder.answer(zones, {reply.data(), size}, transport, reply) != 0)
            std::abort();
    }
}
