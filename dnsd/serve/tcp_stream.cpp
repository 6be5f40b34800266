#include "dnsd/serve/tcp_stream.h"

#include <cerrno>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

namespace dnsd
{

TcpStream::TcpStream(base::Fd socket, std::shared_ptr<net::TlsContext> const& tls) : socket_(std::move(socket))
{
    if (!tls) return;
    tls_ = SSL_new(tls->native());
    SSL_set_fd(tls_, socket_.get());
    SSL_set_accept_state(tls_); // the handshake happens within the first reads
}

TcpStream::~TcpStream()
{
    if (tls_) SSL_free(tls_);
}

TcpStream::Done TcpStream::tls_result(int result)
{
    waits_for_output_ = false;
    if (result > 0) return {static_cast<std::size_t>(result), State::open};
    switch (SSL_get_error(tls_, result)) {
    case SSL_ERROR_WANT_WRITE: waits_for_output_ = true; return {};
    case SSL_ERROR_WANT_READ: return {};
    case SSL_ERROR_ZERO_RETURN: return {0, State::ended};
    default: ERR_clear_error(); return {0, State::broken};
    }
}

TcpStream::Done TcpStream::read(std::span<char> to)
{
    if (tls_) {
        ERR_clear_error();
        return tls_result(SSL_read(tls_, to.data(), static_cast<int>(to.size())));
    }
    auto const got = ::recv(socket_.get(), to.data(), to.size(), 0);
    if (got > 0) return {static_cast<std::size_t>(got), State::open};
    if (got == 0) return {0, State::ended};
    return {0, errno == EAGAIN || errno == EINTR ? State::open : State::broken};
}

TcpStream::Done TcpStream::write(std::string_view bytes)
{
    if (tls_) {
        ERR_clear_error();
        return tls_result(SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size())));
    }
    auto const sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) return {static_cast<std::size_t>(sent), State::open};
    return {0, errno == EAGAIN || errno == EINTR ? State::open : State::broken};
}

void TcpStream::say_goodbye()
{
    if (!tls_ || !SSL_is_init_finished(tls_)) return;
    ERR_clear_error();
    SSL_shutdown(tls_);
    ERR_clear_error();
}

} // namespace dnsd
