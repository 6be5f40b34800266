#pragma once
// Clients that wait for the resolver: handed over from the answering threads, bounded in all and for each client, so
// that one who asks for thousands of names keeps nobody else from being answered.

#include "appliance/base/file.h"
#include "dnsd/serve/elsewhere.h"

#include <array>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace dnsd::resolve
{

struct Waiting {
    std::string message;
    Client client;
    std::function<void(std::string)> done;
    bool refresh = false;  ///< has its answer; it shall be asked for again
    bool by_alias = false; ///< waits for what an alias of ours leads to
};

class Intake
{
public:
    Intake(std::size_t most, std::size_t most_per_client);

    /// False: too many. From any thread.
    bool add(Waiting waiting);
    /// Wakes the resolver's thread.
    void wake() const;
    /// Readable after add() and wake().
    int descriptor() const { return event_.get(); }

    /// What came since the last time.
    std::vector<Waiting> take();
    /// Tells the client; empty: nothing can be said. It no longer counts.
    void finish(Waiting& waiting, std::string reply);
    std::size_t size() const;

private:
    /// Of an IPv6 client only its /64: hosts change the rest as they like.
    using Counted = std::array<std::uint8_t, 16>;
    static Counted counted(net::IpAddress const& address);

    std::size_t const most_;
    std::size_t const most_per_client_;
    base::Fd event_;
    mutable std::mutex mutex_;
    std::vector<Waiting> fresh_;
    std::map<Counted, std::size_t> per_client_;
    std::size_t size_ = 0;
};

} // namespace dnsd::resolve
