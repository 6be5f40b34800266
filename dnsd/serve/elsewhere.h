#pragma once
// Questions that no answering thread answers, because they take time: names of other people (resolve/), and what the
// keeper process decides (transfers, NOTIFY, UPDATE, everything with TSIG).

#include "appliance/net/address.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace dnsd
{

enum class Transport { udp, tcp, tls };

/// Who asks.
struct Client {
    net::IpAddress address;
    std::uint16_t port = 0;
    Transport transport = Transport::udp;
};

/// Takes a whole message and answers later.
class Elsewhere
{
public:
    virtual ~Elsewhere() = default;
    /// Answers at once when that needs no waiting (the resolver's cache, names it knows itself): octets written to
    /// `room`, which holds what the transport allows. 0: submit() it. For answering threads; never blocks.
    virtual std::size_t answer_now(std::string_view /*message*/, Client const& /*client*/, std::span<char> /*room*/)
    {
        return 0;
    }
    /// Hands the reply (without TCP length; empty: say nothing) to `done`, from any thread, exactly once and never
    /// from within submit(). False: too much is waiting, `done` will not be called. Never blocks.
    virtual bool submit(std::string message, Client const& client, std::function<void(std::string reply)> done) = 0;
};

} // namespace dnsd
