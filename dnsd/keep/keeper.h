#pragma once
// The process that holds the keys (role `keeper`): transfers in and out, NOTIFY, UPDATE, every message with TSIG,
// catalog zones, and what DNSSEC asks for from time to time. Strangers reach it only through the answering process,
// by run/keeper.sock.

#include "appliance/net/address.h"

#include <memory>
#include <string>
#include <vector>

namespace dnsd
{

struct KeeperOptions {
    std::string database;           ///< "dns/dns.db"
    std::string keys;               ///< "dns-keys"
    std::string certificate{};      ///< of our TLS servers, for TLSA records
    std::vector<net::Endpoint> dns; ///< where our own answering process listens
};

class Keeper
{
public:
    explicit Keeper(KeeperOptions options);
    ~Keeper();
    Keeper(Keeper const&) = delete;
    Keeper& operator=(Keeper const&) = delete;

    /// The listening run/keeper.sock. Before start().
    void listen(int socket);
    void start();

private:
    class Implementation;
    std::unique_ptr<Implementation> implementation_;
};

} // namespace dnsd
