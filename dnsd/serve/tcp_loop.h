#pragma once
// One thread's TCP connections: accepts them, gives each its events, and closes those that are of no use any more.

#include "dnsd/serve/tcp_connection.h"

#include <atomic>
#include <list>
#include <thread>
#include <unordered_map>

namespace dnsd
{

struct TcpListener {
    int socket = -1;                      ///< bound and listening; borrowed
    std::shared_ptr<net::TlsContext> tls; ///< none: plain TCP
};

class TcpLoop
{
public:
    TcpLoop(Backends const& backends, TcpAdmission& admission, std::vector<TcpListener> listeners);
    ~TcpLoop();
    TcpLoop(TcpLoop const&) = delete;
    TcpLoop& operator=(TcpLoop const&) = delete;

    void start();

private:
    void loop();
    int milliseconds_to_wait() const;
    void handle(std::uint64_t id, std::uint32_t events);
    void accept_some(TcpListener const& listener);
    void admit(TcpListener const& listener, base::Fd socket, Client const& client);
    bool make_room();
    void refused(Client const& client);
    void deliver_mail();
    /// After anything was done with it.
    void settle(TcpConnection& connection);
    void close(TcpConnection& connection);
    void expire();
    void watch_listeners(bool on);

    TcpAdmission& admission_;
    std::vector<TcpListener> const listeners_;
    TcpDesk desk_;
    std::unordered_map<std::uint64_t, std::unique_ptr<TcpConnection>> connections_;
    std::list<TcpConnection*> by_use_; ///< least recently useful first
    std::uint64_t next_id_;
    TcpConnection::Time paused_until_{}; ///< no descriptors left: nobody is let in until then
    TcpConnection::Time last_refusal_{};
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

} // namespace dnsd
