#include "dnsd/resolve/numbers.h"

namespace dnsd
{

std::string show_numbers(ResolverNumbers const& numbers)
{
    std::string text;
    auto const add = [&](char const* name, std::uint64_t value) {
        text += std::string("resolver-") + name + " " + std::to_string(value) + "\n";
    };
    add("hits", numbers.hits);
    add("stale", numbers.stale);
    add("misses", numbers.misses);
    add("joined", numbers.joined);
    add("local", numbers.local);
    add("failures", numbers.failures);
    add("refused", numbers.refused);
    add("sent", numbers.sent);
    add("by-tcp", numbers.by_tcp);
    add("unanswered", numbers.unanswered);
    add("wrong-replies", numbers.wrong_replies);
    add("cached-answers", numbers.cached_answers);
    add("cached-bytes", numbers.cached_bytes);
    add("waiting", numbers.waiting);
    for (auto const& forwarder : numbers.forwarders)
        text += "forwarder " + forwarder.endpoint.show() + (forwarder.up ? " up " : " down ") +
                std::to_string(forwarder.response_time.count()) + "\n";
    return text;
}

} // namespace dnsd
