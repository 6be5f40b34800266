#pragma once
// The servers that take mail for a domain, in the order in which they are to be tried (RFC 5321 section 5, RFC 7505).

#include "appliance/net/address.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace maild::queue
{

struct MailHost {
    std::string name; ///< for TLS and reports
    net::Endpoint endpoint;
};

struct Destination {
    enum class Kind {
        found,   ///< `hosts`, at least one
        nowhere, ///< no mail is taken there: gives up (status 5...)
        later,   ///< nobody can say now (status 4...)
    };
    Kind kind = Kind::later;
    std::vector<MailHost> hosts;
    std::string status;
    std::string reason;
};

/// Finds the servers of a domain. Safe from all threads; blocks for some seconds at most.
class DestinationLookup
{
public:
    virtual ~DestinationLookup() = default;
    virtual Destination find(std::string const& domain) = 0;
};

/// By DNS with the resolvers of /etc/resolv.conf. `is_ours`: endpoints at which this very program listens: mail for
/// them would come straight back.
std::unique_ptr<DestinationLookup> make_mx_lookup(std::function<bool(net::Endpoint const&)> is_ours);

/// Whether the endpoint belongs to an address of this machine (or a loopback one) on one of the listening endpoints.
bool is_own_endpoint(net::Endpoint const& endpoint, std::vector<net::Endpoint> const& listening);

// --- the order of RFC 5321 5.1, apart from the network for its tests ---
struct MxRecord {
    unsigned preference = 0;
    std::string host; ///< empty: the null MX
};
/// Sorted by preference, equal ones in random order. A null MX alone gives nothing.
std::vector<MxRecord> in_order(std::vector<MxRecord> records);

} // namespace maild::queue
