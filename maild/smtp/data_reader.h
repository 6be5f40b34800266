#pragma once
// The bytes after DATA (RFC 5321 4.5.2): only CR LF . CR LF ends a message, dots at line starts are taken out, a bare
// CR or LF is refused (2.3.8: SMTP smuggling). Works on pieces of any size.

#include "appliance/net/stream.h"

#include <cstdint>
#include <functional>
#include <string_view>

namespace maild::smtp
{

/// What is wrong with a message; the first thing found.
enum class DataFault {
    none,
    bare_line_end, ///< CR or LF alone
    nul,           ///< a NUL byte
    too_large,     ///< over the limit
    endless,       ///< so much over it that we stop listening: the connection is out of step
};

/// Where the unstuffed bytes go, in order, in pieces as big as they come.
using DataSink = std::function<void(std::string_view)>;

class DataReader
{
public:
    /// `size_max`: bytes of the message as stored; `drain_max`: bytes read and thrown away after a fault.
    DataReader(std::uint64_t size_max, std::uint64_t drain_max) : size_max_(size_max), drain_max_(drain_max) {}

    /// Takes the next bytes from the network; gives how many of them belong to the message. All of them unless
    /// is_finished(): then what follows is the next command. After a fault nothing more is given to `sink`.
    std::size_t feed(std::string_view bytes, DataSink const& sink);
    bool is_finished() const { return finished_; }
    DataFault fault() const { return fault_; }
    /// Bytes given to the sink.
    std::uint64_t size() const { return size_; }

    /// Feeds from the stream until the end of the message. Throws Disconnected when the peer goes, or is slower than
    /// `piece` for a piece or `all` for everything.
    void read(net::Stream& stream, DataSink const& sink, std::chrono::milliseconds piece, net::Deadline all);

private:
    /// What came before the next byte.
    enum class Place {
        line_start, ///< CR LF, or the beginning
        in_line,
        after_cr,  ///< CR inside a line
        after_dot, ///< line start and "."
        dot_cr,    ///< line start and ".", CR
    };

    void finish_line(std::string_view bytes, std::size_t& at);
    void emit(std::string_view bytes, DataSink const& sink);
    void fail(DataFault fault);

    std::uint64_t size_max_;
    std::uint64_t drain_max_;
    Place place_ = Place::line_start;
    DataFault fault_ = DataFault::none;
    bool finished_ = false;
    std::uint64_t size_ = 0;
    std::uint64_t drained_ = 0;
};

} // namespace maild::smtp
