#include "appliance/cli/dns_control.h"
#include "dnsd/serve/control.h"
#include "tests/support/fuzz.h"

#include <cstdlib>

// The bytes as a request to run/dnsd.sock, and as a reply from elsewhere on its way to somebody who watches.
FUZZ_TARGET(dns_watch)
{
    static_cast<void>(dnsd::read_control_request(bytes));

    dnsd::Oversight oversight(1, {});
    dnsd::Watch::Watcher watcher(oversight.watch(), {});
    std::string reply(bytes);
    oversight.shared().note({*net::IpAddress::parse("10.0.0.1"), 53, dnsd::Transport::udp}, reply, 40);
    std::uint64_t missed = 0;
    for (auto const& seen : watcher.take(missed)) {
        auto line = dnsd::show_seen(seen);
        line.pop_back();
        auto const shown = cli::parse_seen_question(line);
        if (!shown || shown->size != bytes.size()) std::abort();
    }
}
