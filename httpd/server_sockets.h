#pragma once
// Poco server sockets over file descriptors that somebody else has bound; Poco 1.11 cannot make them itself.
// For server.cpp only.

#include "appliance/net/address.h"
#include "httpd/limits.h"

#include <Poco/Net/Context.h>
#include <Poco/Net/ServerSocket.h>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace httpd
{

/// How many connections each address has; exempt ones count as none. Safe from all threads.
class ConnectionCounts
{
public:
    explicit ConnectionCounts(std::vector<net::Network> exempt) : exempt_(std::move(exempt)) {}
    std::size_t enter(std::string const& address);
    void leave(std::string const& address);

private:
    std::vector<net::Network> exempt_;
    std::mutex mutex_;
    std::map<std::string, std::size_t> counts_;
};

/// Every accepted connection is one of these, too: it counts itself, and its header must come within
/// limits::head_time of the first byte, however slowly the bytes drip. (Poco's timeout begins again with every byte.)
class GuardedConnection
{
public:
    GuardedConnection(std::shared_ptr<ConnectionCounts> counts, std::string address);
    virtual ~GuardedConnection();
    GuardedConnection(GuardedConnection const&) = delete;
    GuardedConnection& operator=(GuardedConnection const&) = delete;

    /// This address had too many already.
    bool is_surplus() const { return mine_ > limits::connections_per_address; }
    /// The whole header is there: from now on the body's own limits hold.
    void head_arrived() { is_in_head_ = false; }
    void head_expected();

protected:
    /// Before each receive. Throws Poco::TimeoutException.
    void check();

private:
    std::shared_ptr<ConnectionCounts> counts_;
    std::string address_;
    std::size_t mine_;
    bool is_in_head_ = true;
    std::optional<std::chrono::steady_clock::time_point> first_byte_;
};

/// A listening socket for Poco's servers. `context`: null for plain TCP; with it the TLS handshake happens in the
/// connection's own thread, at its first read.
Poco::Net::ServerSocket inherited_socket(int fd, Poco::Net::Context::Ptr context,
                                         std::shared_ptr<ConnectionCounts> counts);

/// A server's TLS settings: TLS 1.2 and newer, session tickets. Throws base::Failure.
Poco::Net::Context::Ptr server_context(std::string const& certificate, std::string const& key);

} // namespace httpd
