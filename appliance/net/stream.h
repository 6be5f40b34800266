#pragma once
// A connected socket, with or without TLS, read by lines and by bytes with deadlines. One thread at a time.

#include "appliance/base/file.h"
#include "appliance/net/address.h"
#include "appliance/net/compression.h"
#include "appliance/net/tls.h"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

struct ssl_st;

namespace net
{

using Deadline = std::chrono::steady_clock::time_point;
inline Deadline after(std::chrono::milliseconds delay) { return std::chrono::steady_clock::now() + delay; }

/// The peer is gone, or did not keep the deadline. Ends the session; never the end of a message.
class Disconnected : public std::runtime_error
{
public:
    using std::runtime_error::runtime_error;
};

struct Line {
    enum class State {
        complete, ///< `text` is the line without its CRLF (or bare LF: see `bare_lf`)
        idle,     ///< no whole line within the linger time; what came of it stays for the next call
        closed,   ///< the peer closed the connection between lines
        too_long, ///< over the limit; the rest of the line was read and thrown away
    };
    State state = State::closed;
    std::string text;
    bool bare_lf = false; ///< ended by LF without CR
};

class Stream;

/// Hears when the thread that serves a stream begins and ends a long wait in the middle of a command, so that another
/// one can work meanwhile. Called by that thread.
class WaitObserver
{
public:
    virtual ~WaitObserver() = default;
    virtual void wait_begins(Stream const& stream) = 0;
    virtual void wait_ends(Stream const& stream) = 0;
};

class Stream
{
public:
    /// Takes over a connected, non-blocking socket.
    Stream(base::Fd socket, IpAddress peer, bool local);
    ~Stream();
    Stream(Stream&&) noexcept;
    Stream& operator=(Stream&&) noexcept;
    /// Opens a TCP connection. Throws Disconnected.
    static Stream connect(Endpoint const& to, Deadline deadline);
    static Stream connect_unix(std::string const& path, Deadline deadline);

    /// Reads a line of at most `limit` bytes (without its end), waiting up to `linger` for it. A line that has begun
    /// must be whole at the deadline of the call that saw its first byte: else, or when the peer goes in the middle
    /// of a line, Disconnected is thrown.
    Line read_line(std::size_t limit, std::chrono::milliseconds linger, Deadline deadline);
    /// Exactly `count` bytes appended to `to`.
    void read_exactly(std::string& to, std::size_t count, Deadline deadline);
    /// What is there, at least one byte, at most `most`; a view that is good until the next read.
    std::string_view read_some(std::size_t most, Deadline deadline);
    /// Everything buffered or at least one read; not consumed. For readers that look for an end mark (DATA).
    std::string_view peek(Deadline deadline);
    /// The same for a session that is parked when nothing comes: then, after `linger`, empty.
    std::string_view try_peek(std::chrono::milliseconds linger);
    void consume(std::size_t count);
    /// Reads into the buffer more than there is now; the buffer may grow to `limit`. False at `limit`.
    bool fill(std::size_t limit, Deadline deadline);
    std::string_view buffered() const;

    /// Appends to the output; it is sent when much is waiting, and before every wait for input.
    void write(std::string_view bytes);
    void flush();
    /// How long the peer may keep us waiting when it does not read. What it reads earns it more time, up to this
    /// much, so that only one that stays below 2 KiB a second is cut off (Disconnected).
    void set_write_timeout(std::chrono::milliseconds timeout) { patience_ = write_timeout_ = timeout; }
    /// `observer`, which may be null, outlives the stream.
    void set_wait_observer(WaitObserver* observer) { wait_observer_ = observer; }
    WaitObserver* wait_observer() const { return wait_observer_; }

    /// Sends the ACK of what arrived at once: for a wait in the middle of a command, where a client that writes in
    /// small pieces is held up by Nagle's algorithm until our delayed ACK (40 ms).
    void acknowledge_now();

    /// Bytes that arrived already: in our buffer or inside TLS.
    bool has_input() const;
    /// A whole line among them. While true, a session of lines must run; with less it can be parked.
    bool has_line() const;
    /// Gives the buffers' memory back; only while has_input() is false.
    void release_buffers();

    /// From here on everything is TLS: the next read runs the server's handshake, as far as what has arrived allows,
    /// so that half a handshake holds no thread. Bytes received before stay unread: callers must check has_input()
    /// first (command injection, RFC 3207 section 6). Not finished `until` then: Disconnected, like every failure of
    /// it.
    void begin_tls_server(TlsContext& context, Deadline until);
    /// Until when the handshake that has begun must be finished; nothing: there is none under way.
    std::optional<Deadline> handshake_until() const { return handshake_until_; }
    /// Goes on with it. False: more must arrive first. Throws Disconnected.
    bool continue_handshake();
    /// Runs the whole handshake. `name`: what the certificate must be for; empty checks nothing.
    void start_tls_client(TlsContext& context, std::string const& name, Deadline deadline);
    /// The same with all that TlsPeer can ask.
    void start_tls_client(TlsContext& context, TlsPeer const& peer, Deadline deadline);
    bool is_tls() const { return tls_ != nullptr; }

    /// From here on both directions are compressed (RFC 4978). Bytes received before stay unread: callers must check
    /// has_input() first.
    void begin_compression();
    bool is_compressed() const { return compression_ != nullptr; }
    /// "TLSv1.3 TLS_AES_256_GCM_SHA384", for Received lines and logs; empty without TLS.
    std::string tls_description() const;

    /// Bytes that both ends of this TLS connection share and nobody else has, so that a login cannot be passed on
    /// (RFC 5056): "tls-exporter" (RFC 9266; empty below TLS 1.3) and "tls-server-end-point" (RFC 5929). Server side.
    std::string tls_exporter() const;
    std::string tls_server_end_point() const;

    IpAddress const& peer() const { return peer_; }
    /// Came over a local Unix socket.
    bool is_local() const { return local_; }
    int fd() const { return socket_.get(); }
    /// Says goodbye in TLS and closes the sending side. Never throws.
    void close() noexcept;

private:
    /// Reads once into the buffer. False: nothing before the deadline. Sets `closed_` at the end.
    bool receive(Deadline deadline);
    /// The same, as it comes from the socket or from TLS.
    bool receive_into(std::string& buffer, Deadline deadline);
    int poll(short events, Deadline deadline);
    void wait(short events, Deadline deadline, char const* doing);
    void wait_for_reader(short events);
    void send_all(std::string_view bytes);

    base::Fd socket_;
    IpAddress peer_;
    bool local_ = false;
    bool closed_ = false;
    ssl_st* tls_ = nullptr;
    std::optional<Deadline> handshake_until_;
    std::unique_ptr<Compression> compression_;
    std::string input_;
    std::size_t consumed_ = 0;              ///< bytes of input_ already taken
    bool discarding_ = false;               ///< within a line that is too long
    std::optional<Deadline> line_deadline_; ///< of the line that has begun
    std::string output_;
    std::chrono::milliseconds write_timeout_{60000};
    std::chrono::nanoseconds patience_ = write_timeout_; ///< what is left of it
    WaitObserver* wait_observer_ = nullptr;
};

/// A long wait of the thread that serves `stream`, for as long as this object lives.
class Waiting
{
public:
    explicit Waiting(Stream const& stream) : stream_(stream)
    {
        if (auto* const observer = stream_.wait_observer()) observer->wait_begins(stream_);
    }
    ~Waiting()
    {
        if (auto* const observer = stream_.wait_observer()) observer->wait_ends(stream_);
    }
    Waiting(Waiting const&) = delete;
    Waiting& operator=(Waiting const&) = delete;

private:
    Stream const& stream_;
};

} // namespace net
