#pragma once
// DNS messages by hand and a small server on loopback that answers from a table, by UDP and TCP.

#include "appliance/base/file.h"
#include "appliance/net/address.h"

#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace support
{

/// A name in wire form.
std::string wire(std::string const& name);
std::string record(std::string const& owner, unsigned type, unsigned ttl, std::string const& data);
/// A reply with QR, AD and those answers; no name in it is compressed. `authority`: a SOA with a negative TTL of 60.
std::string reply(std::string const& query, unsigned code, std::vector<std::string> const& answers,
                  bool authority = false);

class DnsServer
{
public:
    DnsServer();
    ~DnsServer() { stop(); }
    void stop();
    net::Endpoint endpoint() const { return {net::IpAddress::from_v4(0x7F000001), port_}; }
    unsigned asked(std::string const& question);
    unsigned asked_by_tcp();

    // Set before the first question.
    std::map<std::string, std::vector<std::string>> answers; ///< "name TYPE" -> records; missing: no such name
    unsigned code = 0;                                       ///< other than 0: the answer to everything
    bool truncates = false;
    bool knows_edns = true;
    bool authentic = true;

private:
    void serve();
    std::string answer(std::string const& query, bool tcp);

    base::Fd udp_;
    base::Fd tcp_;
    base::Fd wake_;
    std::uint16_t port_ = 0;
    std::mutex mutex_;
    std::map<std::string, unsigned> asked_;
    unsigned by_tcp_ = 0;
    std::thread thread_;
};

} // namespace support
