#pragma once
// Which way mail for a domain leaves: the routes that somebody has set (kotakpos route), in mail-secrets/routes. It
// holds passwords, so only root and kp-box read it.

#include "appliance/base/result.h"
#include "maild/remote/route.h"

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <sys/stat.h>

namespace maild::queue
{

inline constexpr char relay_file[] = "mail-secrets/routes";

struct Relay {
    enum class Way {
        servers, ///< those of `route`
        by_mx,   ///< the MX of `mx_of`, or of the domain itself when that is empty
        offline, ///< mail waits, and nothing expires
    };
    Way way = Way::by_mx;
    remote::Route route = {};
    std::string mx_of = {};

    /// What connections are counted by: one smart host is one, however many domains go there.
    std::string hop(std::string_view destination) const;
};

/// "far.example", "*.far.example" (what is below it) or "default" to its relay.
using Relays = std::map<std::string, Relay, std::less<>>;

/// The line of each relay, and back; a line that cannot be read is left out.
std::string print_relays(Relays const& relays);
Relays parse_relays(std::string_view text);
/// The closest: the domain itself, then the longest "*.", then "default", then by MX.
Relay find_relay(Relays const& relays, std::string_view domain);

base::Result<Relays> read_relays(std::string const& path);
/// Mode 0600, with the owner of its folder; whole or not at all.
base::Result<void> write_relays(std::string const& path, Relays const& relays);

/// For the queue: reads the file again when it has changed. One that cannot be read stops everything that would go
/// by it: mail that must not leave in clear text does not take another way. Any thread.
class RelayTable
{
public:
    explicit RelayTable(std::string path) : path_(std::move(path)) {}
    Relay find(std::string_view domain);

private:
    void refresh();

    std::string path_;
    std::mutex mutex_;
    struct timespec changed_ {
    };
    ino_t inode_ = 0;
    bool broken_ = false;
    Relays relays_;
};

} // namespace maild::queue
