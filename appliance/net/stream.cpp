#include "appliance/net/stream.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace net
{

namespace
{
constexpr std::size_t read_size = 16384;
constexpr std::size_t flush_at = 32768;
/// Waits up to this are no matter: telling the observer costs more.
constexpr std::chrono::milliseconds brief_wait{5};
/// Bytes that a reader must take in a second (GPRS does four times as many).
constexpr long least_rate = 2048;

int milliseconds_until(Deadline deadline)
{
    auto const left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    return static_cast<int>(std::clamp<long long>(left, 0, 1 << 30));
}

void finish_connect(int fd, int result, Deadline deadline)
{
    if (result == 0) return;
    if (errno != EINPROGRESS && errno != EAGAIN) throw Disconnected(std::strerror(errno));
    pollfd waiting{fd, POLLOUT, 0};
    if (::poll(&waiting, 1, milliseconds_until(deadline)) <= 0) throw Disconnected("connecting took too long");
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) throw Disconnected(std::strerror(error));
}

} // namespace

Stream::Stream(base::Fd socket, IpAddress peer, bool local) : socket_(std::move(socket)), peer_(peer), local_(local)
{
    int const on = 1;
    if (!local_) ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Stream::Stream(Stream&& other) noexcept
    : socket_(std::move(other.socket_)),
      peer_(other.peer_),
      local_(other.local_),
      closed_(other.closed_),
      tls_(std::exchange(other.tls_, nullptr)),
      handshake_until_(other.handshake_until_),
      compression_(std::move(other.compression_)),
      input_(std::move(other.input_)),
      consumed_(std::exchange(other.consumed_, 0)),
      discarding_(other.discarding_),
      line_deadline_(other.line_deadline_),
      output_(std::move(other.output_)),
      write_timeout_(other.write_timeout_),
      patience_(other.patience_),
      wait_observer_(other.wait_observer_)
{
}

Stream& Stream::operator=(Stream&& other) noexcept
{
    if (this == &other) return *this;
    if (tls_) SSL_free(tls_);
    socket_ = std::move(other.socket_);
    peer_ = other.peer_;
    local_ = other.local_;
    closed_ = other.closed_;
    tls_ = std::exchange(other.tls_, nullptr);
    handshake_until_ = other.handshake_until_;
    compression_ = std::move(other.compression_);
    input_ = std::move(other.input_);
    consumed_ = std::exchange(other.consumed_, 0);
    discarding_ = other.discarding_;
    line_deadline_ = other.line_deadline_;
    output_ = std::move(other.output_);
    write_timeout_ = other.write_timeout_;
    patience_ = other.patience_;
    wait_observer_ = other.wait_observer_;
    return *this;
}

Stream::~Stream()
{
    if (tls_) SSL_free(tls_);
}

Stream Stream::connect(Endpoint const& to, Deadline deadline)
{
    bool const v4 = to.address.is_v4();
    base::Fd socket(::socket(v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket) throw Disconnected(std::strerror(errno));
    sockaddr_storage storage{};
    socklen_t size = 0;
    if (v4) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(to.port);
        std::memcpy(&address.sin_addr, to.address.bytes().data() + 12, 4);
        std::memcpy(&storage, &address, size = sizeof address);
    } else {
        sockaddr_in6 address{};
        address.sin6_family = AF_INET6;
        address.sin6_port = htons(to.port);
        std::memcpy(&address.sin6_addr, to.address.bytes().data(), 16);
        std::memcpy(&storage, &address, size = sizeof address);
    }
    finish_connect(socket.get(), ::connect(socket.get(), reinterpret_cast<sockaddr*>(&storage), size), deadline);
    return {std::move(socket), to.address, false};
}

Stream Stream::connect_unix(std::string const& path, Deadline deadline)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) throw Disconnected("the socket's path is too long: " + path);
    std::memcpy(address.sun_path, path.data(), path.size());
    base::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket) throw Disconnected(std::strerror(errno));
    auto const* generic = reinterpret_cast<sockaddr const*>(&address);
    finish_connect(socket.get(), ::connect(socket.get(), generic, sizeof address), deadline);
    return {std::move(socket), IpAddress::from_v4(0x7F000001), true};
}

std::string_view Stream::buffered() const { return std::string_view(input_).substr(consumed_); }

void Stream::consume(std::size_t count)
{
    consumed_ += count;
    if (consumed_ >= input_.size()) {
        input_.clear();
        consumed_ = 0;
    }
}

void Stream::acknowledge_now()
{
    int const on = 1;
    if (!local_) ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
}

// SSL_pending, not SSL_has_pending: a part of a TLS record is nothing that could be read.
bool Stream::has_input() const
{
    return consumed_ < input_.size() || (tls_ && SSL_pending(tls_) > 0) ||
           (compression_ && compression_->has_pending());
}

bool Stream::has_line() const
{
    return buffered().find('\n') != std::string_view::npos || (tls_ && SSL_pending(tls_) > 0) ||
           (compression_ && compression_->has_pending());
}

void Stream::release_buffers()
{
    std::string().swap(input_);
    std::string().swap(output_);
    consumed_ = 0;
    if (compression_) compression_->rest();
}

/// As poll(2), until the deadline.
int Stream::poll(short events, Deadline deadline)
{
    pollfd waiting{socket_.get(), events, 0};
    auto const soon = std::min(deadline, after(brief_wait));
    int const ready = ::poll(&waiting, 1, milliseconds_until(soon));
    if (ready != 0 || soon == deadline) return ready;
    Waiting const told(*this);
    return ::poll(&waiting, 1, milliseconds_until(deadline));
}

void Stream::wait(short events, Deadline deadline, char const* doing)
{
    for (;;) {
        int const ready = poll(events, deadline);
        if (ready > 0) return;
        if (ready == 0) throw Disconnected(std::string(doing) + " took too long");
        if (errno != EINTR) throw Disconnected(std::strerror(errno));
    }
}

bool Stream::receive(Deadline deadline)
{
    if (consumed_ > 0) {
        input_.erase(0, consumed_);
        consumed_ = 0;
    }
    if (!compression_) return receive_into(input_, deadline);
    while (!compression_->unpack(input_, read_size)) {
        std::string packed;
        if (!receive_into(packed, deadline)) return false;
        if (closed_) return true;
        compression_->feed(std::move(packed));
    }
    return true;
}

bool Stream::receive_into(std::string& buffer, Deadline deadline)
{
    auto const old = buffer.size();
    buffer.resize(old + read_size);
    for (;;) {
        long count = 0;
        short events = POLLIN;
        bool again = !continue_handshake();
        if (again) { // nothing can be read before
        } else if (tls_) {
            ERR_clear_error();
            int const got = SSL_read(tls_, buffer.data() + old, static_cast<int>(read_size));
            count = got;
            if (got <= 0) {
                int const error = SSL_get_error(tls_, got);
                again = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
                if (error == SSL_ERROR_WANT_WRITE) events = POLLOUT;
                if (!again) count = 0; // every other end is a disconnect
            }
        } else {
            count = ::recv(socket_.get(), buffer.data() + old, read_size, 0);
            again = count < 0 && (errno == EAGAIN || errno == EINTR);
            if (count < 0 && !again) count = 0;
        }
        if (!again) {
            buffer.resize(old + static_cast<std::size_t>(std::max(count, 0L)));
            closed_ = count <= 0;
            return true;
        }
        flush(); // the peer may be waiting for our answers before it sends more
        if (poll(events, deadline) == 0) {
            buffer.resize(old);
            return false;
        }
    }
}

Line Stream::read_line(std::size_t limit, std::chrono::milliseconds linger, Deadline deadline)
{
    auto const quiet = std::min(after(linger), deadline);
    std::size_t searched = 0;
    for (;;) {
        auto const text = buffered();
        auto const end = text.find('\n', searched);
        if (end != std::string_view::npos) {
            bool const crlf = end > 0 && text[end - 1] == '\r';
            std::string line(text.substr(0, end - (crlf ? 1 : 0)));
            consume(end + 1);
            line_deadline_.reset();
            if (std::exchange(discarding_, false) || line.size() > limit) return {Line::State::too_long, {}, false};
            return {Line::State::complete, std::move(line), !crlf};
        }
        searched = text.size();
        if (text.size() > limit + 1) { // keep reading to its end, but do not keep it
            discarding_ = true;
            consume(text.size() - 1); // the last byte may be the CR of its CRLF
            searched = 0;
        }
        bool const begun = discarding_ || !buffered().empty();
        if (closed_ && !begun) return {Line::State::closed, {}, false};
        if (closed_) throw Disconnected("the peer closed in the middle of a line");
        if (begun && !line_deadline_) line_deadline_ = deadline;
        if (begun && std::chrono::steady_clock::now() >= *line_deadline_)
            throw Disconnected("the line was not finished in time");
        if (!receive(begun ? std::min(quiet, *line_deadline_) : quiet)) return {Line::State::idle, {}, false};
    }
}

void Stream::read_exactly(std::string& to, std::size_t count, Deadline deadline)
{
    while (count > 0) {
        auto const piece = read_some(count, deadline);
        to += piece;
        count -= piece.size();
    }
}

std::string_view Stream::peek(Deadline deadline)
{
    if (consumed_ >= input_.size()) {
        if (closed_) throw Disconnected("the peer closed");
        if (!receive(deadline)) throw Disconnected("the bytes did not come in time");
        if (closed_) throw Disconnected("the peer closed");
    }
    return buffered();
}

std::string_view Stream::try_peek(std::chrono::milliseconds linger)
{
    if (consumed_ >= input_.size() && !closed_ && !receive(after(linger))) return {};
    return peek({}); // throws when the peer has closed
}

std::string_view Stream::read_some(std::size_t most, Deadline deadline)
{
    auto const piece = peek(deadline).substr(0, most);
    // Not consume(): that could clear the buffer under the view.
    consumed_ += piece.size();
    return piece;
}

bool Stream::fill(std::size_t limit, Deadline deadline)
{
    if (buffered().size() >= limit) return false;
    if (closed_ || !receive(deadline) || closed_) throw Disconnected("the peer closed or was too slow");
    return true;
}

void Stream::write(std::string_view bytes)
{
    output_ += bytes;
    if (output_.size() >= flush_at) flush();
}

void Stream::flush()
{
    if (output_.empty()) return;
    auto bytes = std::exchange(output_, {});
    if (compression_) bytes = compression_->pack(bytes);
    send_all(bytes);
}

void Stream::send_all(std::string_view bytes)
{
    while (!bytes.empty()) {
        long count = 0;
        short events = POLLOUT;
        if (tls_) {
            ERR_clear_error();
            auto const piece = std::min(bytes.size(), std::size_t{1} << 20);
            int const sent = SSL_write(tls_, bytes.data(), static_cast<int>(piece));
            count = sent;
            if (sent <= 0) {
                int const error = SSL_get_error(tls_, sent);
                if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
                    throw Disconnected("the peer is gone");
                if (error == SSL_ERROR_WANT_READ) events = POLLIN;
                count = 0;
            }
        } else {
            count = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (count < 0 && errno != EAGAIN && errno != EINTR) throw Disconnected(std::strerror(errno));
            count = std::max(count, 0L);
        }
        bytes.remove_prefix(static_cast<std::size_t>(count));
        if (count == 0)
            wait_for_reader(events);
        else if (patience_ < write_timeout_)
            patience_ = std::min<std::chrono::nanoseconds>(
                write_timeout_, patience_ + std::chrono::nanoseconds(std::chrono::seconds(count)) / least_rate);
    }
}

void Stream::wait_for_reader(short events)
{
    auto const begin = std::chrono::steady_clock::now();
    wait(events, begin + patience_, "sending");
    patience_ -= std::chrono::steady_clock::now() - begin;
}

void Stream::begin_compression()
{
    flush();
    compression_ = std::make_unique<Compression>();
}

void Stream::close() noexcept
{
    try {
        flush();
        if (tls_) SSL_shutdown(tls_);
    } catch (Disconnected const&) { // there is nobody left to say goodbye to
    }
    ERR_clear_error();
    ::shutdown(socket_.get(), SHUT_WR);
}

} // namespace net
