#pragma once
// The octets of a message as DATA and BDAT bring them. DATA (RFC 5321 4.5.2): only CR LF . CR LF ends a message, dots
// at line starts are taken out. BDAT (RFC 3030): counted chunks. In both a bare CR or LF is refused (RFC 5321 2.3.8:
// SMTP smuggling), except in a binary message. Work on pieces of any size; do not read the network themselves.

#include <cstddef>
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

/// What both readers do with the octets of the message: count, look for faults, give out.
class MessageMeter
{
public:
    DataFault fault() const { return fault_; }
    /// Bytes given to the sink.
    std::uint64_t size() const { return size_; }

protected:
    /// `size_max`: bytes of the message as stored; `drain_max`: bytes read and thrown away after a fault.
    MessageMeter(std::uint64_t size_max, std::uint64_t drain_max) : size_max_(size_max), drain_max_(drain_max) {}

    enum class Nul { refused, allowed };
    void emit(std::string_view bytes, DataSink const& sink, Nul nul = Nul::refused);
    void fail(DataFault fault);

private:
    std::uint64_t size_max_;
    std::uint64_t drain_max_;
    DataFault fault_ = DataFault::none;
    std::uint64_t size_ = 0;
    std::uint64_t drained_ = 0;
};

class DataReader : public MessageMeter
{
public:
    DataReader(std::uint64_t size_max, std::uint64_t drain_max) : MessageMeter(size_max, drain_max) {}

    /// Takes the next bytes from the network; gives how many of them belong to the message. All of them unless
    /// is_finished(): then what follows is the next command. After a fault nothing more is given to `sink`.
    std::size_t feed(std::string_view bytes, DataSink const& sink);
    bool is_finished() const { return finished_; }

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

    Place place_ = Place::line_start;
    bool finished_ = false;
};

class ChunkReader : public MessageMeter
{
public:
    enum class Content { text, binary };
    ChunkReader(std::uint64_t size_max, std::uint64_t drain_max, Content content)
        : MessageMeter(size_max, drain_max), content_(content)
    {
    }

    /// BDAT: so many octets follow, and then another chunk or nothing more.
    enum class Chunk { more_follow, last };
    void expect(std::uint64_t octets, Chunk chunk);
    /// As DataReader::feed(); what is behind the chunk is the next command.
    std::size_t feed(std::string_view bytes, DataSink const& sink);
    /// The chunk is here.
    bool is_finished() const { return octets_ == 0; }
    /// All chunks are here.
    bool is_complete() const { return is_finished() && last_; }

private:
    void check_line_ends(std::string_view bytes);

    Content content_;
    std::uint64_t octets_ = 0; ///< of this chunk still to come
    bool last_ = false;
    bool after_cr_ = false;
};

} // namespace maild::smtp
