#include "appliance/net/compression.h"

#include "appliance/net/stream.h"

#include <new>
#include <zlib.h>

namespace net
{

namespace
{
constexpr int raw = -1;            ///< zlib: a negative window means no header
constexpr int largest_window = 15; ///< what the peer may use
constexpr int our_window = 13;     ///< with `our_memory` 96 KiB per stream that is sending
constexpr int our_memory = 7;
constexpr int level = 3; ///< mail is text: more costs twice the time for a few percent
constexpr std::size_t history_max = 32768;
constexpr std::size_t piece = 16384;

Bytef* bytes_of(char* text)
{
    void* generic = text;
    return static_cast<Bytef*>(generic);
}

/// zlib reads from a pointer that is not const, and does not write there.
Bytef* input_of(std::string_view text) { return bytes_of(const_cast<char*>(text.data())); }
} // namespace

struct Compression::Packer {
    z_stream stream{};

    Packer()
    {
        if (deflateInit2(&stream, level, Z_DEFLATED, raw * our_window, our_memory, Z_DEFAULT_STRATEGY) != Z_OK)
            throw std::bad_alloc();
    }
    Packer(Packer const&) = delete;
    Packer& operator=(Packer const&) = delete;
    ~Packer() { deflateEnd(&stream); }
};

struct Compression::Unpacker {
    z_stream stream{};

    Unpacker()
    {
        if (inflateInit2(&stream, raw * largest_window) != Z_OK) throw std::bad_alloc();
    }
    Unpacker(Unpacker const&) = delete;
    Unpacker& operator=(Unpacker const&) = delete;
    ~Unpacker() { inflateEnd(&stream); }

    /// Between two blocks and at the beginning of a byte: a fresh one with the same history could go on.
    bool is_between_blocks() const { return (stream.data_type & 128) != 0 && (stream.data_type & 127) == 0; }
};

Compression::Compression() = default;
Compression::~Compression() = default;

std::string Compression::pack(std::string_view bytes)
{
    // A fresh one refers to nothing that was sent before, so it can take over at any flush.
    if (!packer_) packer_ = std::make_unique<Packer>();
    auto& stream = packer_->stream;
    stream.next_in = input_of(bytes);
    stream.avail_in = static_cast<uInt>(bytes.size());
    std::string packed;
    do {
        auto const before = packed.size();
        packed.resize(before + piece);
        stream.next_out = bytes_of(packed.data() + before);
        stream.avail_out = piece;
        deflate(&stream, Z_SYNC_FLUSH);
        packed.resize(packed.size() - stream.avail_out);
    } while (stream.avail_out == 0);
    return packed;
}

void Compression::feed(std::string packed)
{
    packed_ = std::move(packed);
    taken_ = 0;
}

bool Compression::has_pending() const { return is_full_ || taken_ < packed_.size(); }

bool Compression::unpack(std::string& to, std::size_t most)
{
    if (!has_pending()) return false;
    if (!unpacker_) {
        unpacker_ = std::make_unique<Unpacker>();
        if (!history_.empty())
            inflateSetDictionary(&unpacker_->stream, input_of(history_), static_cast<uInt>(history_.size()));
        std::string().swap(history_);
    }
    auto& stream = unpacker_->stream;
    auto const before = to.size();
    to.resize(before + most);
    stream.next_in = input_of(std::string_view(packed_).substr(taken_));
    stream.avail_in = static_cast<uInt>(packed_.size() - taken_);
    stream.next_out = bytes_of(to.data() + before);
    stream.avail_out = static_cast<uInt>(most);
    int const result = inflate(&stream, Z_SYNC_FLUSH);
    taken_ = packed_.size() - stream.avail_in;
    is_full_ = stream.avail_out == 0;
    to.resize(to.size() - stream.avail_out);
    bool const is_more = to.size() > before;
    if (result == Z_STREAM_END && !is_more) throw Disconnected("the peer ended its compressed stream");
    if (result == Z_STREAM_END) taken_ = packed_.size();
    bool const is_fine = result == Z_OK || result == Z_BUF_ERROR || result == Z_STREAM_END;
    if (!is_fine) throw Disconnected("the peer sent what is no DEFLATE");
    return is_more;
}

void Compression::rest()
{
    packer_.reset();
    if (has_pending()) return;
    std::string().swap(packed_);
    taken_ = 0;
    if (!unpacker_ || !unpacker_->is_between_blocks()) return;
    history_.resize(history_max);
    uInt size = 0;
    inflateGetDictionary(&unpacker_->stream, bytes_of(history_.data()), &size);
    history_.resize(size);
    history_.shrink_to_fit();
    unpacker_.reset();
}

} // namespace net
