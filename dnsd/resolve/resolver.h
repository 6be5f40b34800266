#pragma once
// The LAN's resolver: names of others, for clients in trusted.networks that ask for recursion, from an answer cache
// and the forwarders behind it. Nothing for anybody else. Not for our own zones (serve/).

#include "appliance/net/address.h"
#include "dnsd/resolve/answer.h"
#include "dnsd/resolve/forwarders.h"
#include "dnsd/resolve/lead.h"
#include "dnsd/serve/query.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dnsd
{

struct ResolverOptions {
    std::vector<net::Network> trusted;
    /// Our own zones: never asked outside, but where they lead to names of others. Called by all threads; none: we
    /// have no zones.
    resolve::AskZones zones;
    /// The OPT record of a reply, but for errors: cookie, name of the server. Called by all threads; none: empty.
    std::function<OptReply(Query const& query, Client const& client)> make_opt;
    std::size_t cache_bytes = std::size_t{4} << 20;
    std::size_t most_in_flight = 1000; ///< questions to upstreams at once
    std::size_t most_waiting = 4000;   ///< clients that wait for them (several may wait for the same)
    std::size_t most_per_client = 100;
    std::chrono::milliseconds give_up{1800};      ///< when no upstream says anything
    std::chrono::milliseconds give_up_late{5000}; ///< when they do, but not to this question
    std::uint16_t server_port = 53;               ///< of the servers of delegated parts
    resolve::Lifetimes lifetimes;
};

/// For `kotakpos status`. Counted since the start.
struct ResolverNumbers {
    std::uint64_t hits = 0;
    std::uint64_t stale = 0;    ///< of these, answers behind their time
    std::uint64_t misses = 0;   ///< questions that were forwarded
    std::uint64_t joined = 0;   ///< that waited for the same one of somebody else
    std::uint64_t local = 0;    ///< answered by us: localhost, private addresses backwards, ...
    std::uint64_t failures = 0; ///< SERVFAIL to a client
    std::uint64_t refused = 0;  ///< not trusted, or too many at once
    std::uint64_t sent = 0;     ///< to upstreams, with repetitions and probes
    std::uint64_t by_tcp = 0;
    std::uint64_t unanswered = 0;
    std::uint64_t wrong_replies = 0;         ///< forged, late or broken
    std::uint64_t upstream_microseconds = 0; ///< sum over `replies`
    std::uint64_t replies = 0;
    std::size_t cached_answers = 0;
    std::size_t cached_bytes = 0;
    std::size_t waiting = 0;
    struct Forwarder {
        net::Endpoint endpoint;
        bool up = false;
        std::chrono::microseconds response_time{0};
    };
    std::vector<Forwarder> forwarders;
};

class Resolver final : public Elsewhere
{
public:
    Resolver(ResolverOptions options, std::unique_ptr<ForwarderSource> source);
    /// Whoever still waits is told nothing (an empty reply).
    ~Resolver() override;
    Resolver(Resolver const&) = delete;
    Resolver& operator=(Resolver const&) = delete;
    /// Begins to work, with one thread.
    void start();

    std::size_t answer_now(std::string_view message, Client const& client, std::span<char> room) override;
    bool submit(std::string message, Client const& client, std::function<void(std::string)> done) override;
    ResolverNumbers numbers() const;

private:
    class Implementation;
    std::unique_ptr<Implementation> implementation_;
};

} // namespace dnsd
