#pragma once
// What the running name server says about itself over run/dnsd.sock (dnsd/serve/control.h): numbers, and questions
// while they are answered.

#include "appliance/net/stream.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cli
{

class DnsControl
{
public:
    /// Connects in the state folder. Throws base::Failure: nobody there, or not for this user.
    DnsControl();

    /// Sends one line; one a connection.
    void ask(std::string const& request);
    /// The next line; nothing when the server has gone or says nothing for so long.
    std::optional<std::string> line(std::chrono::milliseconds wait = std::chrono::hours(24 * 365));

private:
    net::Stream stream_;
};

/// The numbers since midnight.
struct DnsNumbers {
    std::uint64_t since = 0; ///< when the server started, UTC microseconds
    std::uint64_t questions = 0;
    std::uint64_t questions_since_start = 0;
    std::map<std::string, std::uint64_t, std::less<>> counters; ///< "udp", "tls", "limited", ...
    using Ranking = std::vector<std::pair<std::string, std::uint64_t>>;
    Ranking types;   ///< "A"; most frequent first, as in all of these
    Ranking rcodes;  ///< "NXDOMAIN"
    Ranking opcodes; ///< "QUERY"
    Ranking names;   ///< "www.sch.id."
    Ranking clients; ///< "192.168.10.7"

    /// Whom the name server asks for names of others.
    struct Forwarder {
        std::string address;
        bool up = false;
        std::uint64_t microseconds = 0; ///< to an answer; 0: not known yet
    };
    std::vector<Forwarder> forwarders;

    std::uint64_t counter(std::string_view name) const;
};
DnsNumbers parse_dns_numbers(std::vector<std::string> const& lines);
/// Nothing when the server is not there, or not for this user.
std::optional<DnsNumbers> look_at_dns();

/// "NXDOMAIN", or "RCODE24".
std::string show_rcode(unsigned rcode);

/// One line "seen ..." of the server.
struct SeenQuestion {
    std::int64_t when = 0; ///< UTC microseconds
    std::string transport;
    std::string client;
    std::string name; ///< absolute; empty: it could not be read
    std::string type;
    unsigned rcode = 0;
    std::size_t size = 0;
    std::string sent; ///< "sent", "slipped" or "limited"
    /// The first record of the answer section ("192.168.10.2", or "CNAME www.sch.id." when it has another type than
    /// the one asked for), and how many there are.
    std::string data;
    std::size_t answers = 0;
    bool truncated = false;
    bool referral = false;
};
std::optional<SeenQuestion> parse_seen_question(std::string_view line);

} // namespace cli
