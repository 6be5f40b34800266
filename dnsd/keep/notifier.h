#pragma once
// Tells secondaries that a zone has changed (RFC 1996): each of them until it answers, with growing pauses.

#include "appliance/base/clock.h"
#include "appliance/base/file.h"
#include "dnsd/keep/partners.h"
#include "dnsd/keep/tsig_keys.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace dnsd
{

/// One thread uses it.
class Notifier
{
public:
    using Moment = std::chrono::steady_clock::time_point;

    Notifier(db::Database& dns, TsigKeys const& keys, std::vector<net::Endpoint> const& own,
             base::Clock const& clock);

    /// Looks which zones have another serial than before; the first look tells everybody about all zones, because
    /// nobody knows what they missed.
    void look();
    /// Sends what is due, takes replies.
    void work(Moment now);
    /// When work() has something to do without a reply.
    std::chrono::milliseconds pause(Moment now) const;
    /// To wait on for replies.
    std::vector<int> sockets() const;

private:
    struct News {
        std::string soa; ///< data of the SOA record
        std::uint32_t ttl = 0;
        std::string key;
        unsigned attempts = 0;
        Moment next{};
        Moment since{};   ///< waiting to be served
        std::string sent; ///< the last message
    };
    using Place = std::pair<std::string, net::Endpoint>; ///< zone (wire form), secondary

    /// Our own answering process knows the change: a secondary that asks it for the SOA must not hear the old one.
    bool is_served(std::string const& zone, News& news, Moment now);
    void send(Place const& place, News& news, Moment now);
    std::string message(std::string const& zone, News const& news) const;
    void take_replies();
    void settle(std::string const& reply, net::Endpoint const& from);

    db::Database& dns_;
    TsigKeys const& keys_;
    base::Clock const& clock_;
    std::vector<net::Endpoint> own_;
    base::Fd v4_, v6_;
    std::map<std::string, std::uint32_t> serials_; ///< by zone (wire form), as last looked
    std::map<Place, News> open_;
    std::map<Place, std::string> known_; ///< every secondary that has been told once, with its key
};

} // namespace dnsd
