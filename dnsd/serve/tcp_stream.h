#pragma once
// One accepted connection, read and written without ever waiting, with or without TLS. Not for what is said on it
// (tcp_connection.h), nor for sessions that block (net::Stream).

#include "appliance/base/file.h"
#include "appliance/net/tls.h"

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

struct ssl_st;

namespace dnsd
{

class TcpStream
{
public:
    /// `tls`: none for plain TCP.
    TcpStream(base::Fd socket, std::shared_ptr<net::TlsContext> const& tls);
    ~TcpStream();
    TcpStream(TcpStream const&) = delete;
    TcpStream& operator=(TcpStream const&) = delete;

    enum class State { open, ended, broken };
    struct Done {
        std::size_t size = 0; ///< octets; 0 with `open`: not now
        State state = State::open;
    };
    Done read(std::span<char> to);
    Done write(std::string_view bytes);

    int fd() const { return socket_.get(); }
    /// TLS has something of its own to send before it goes on.
    bool waits_for_output() const { return waits_for_output_; }
    /// Says goodbye in TLS.
    void say_goodbye();

private:
    Done tls_result(int result);

    base::Fd socket_;
    ssl_st* tls_ = nullptr;
    bool waits_for_output_ = false;
};

} // namespace dnsd
