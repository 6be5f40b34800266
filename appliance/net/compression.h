#pragma once
// DEFLATE in both directions of a stream (RFC 4978): raw DEFLATE (RFC 1951) without header, every piece flushed to a
// byte. One thread at a time, like the stream. Not for files.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace net
{

class Compression
{
public:
    Compression();
    ~Compression();

    /// The compressed form of what is sent now.
    std::string pack(std::string_view bytes);

    /// Takes what arrived; only while has_pending() is false.
    void feed(std::string packed);
    /// Appends at most `most` unpacked bytes; false when more must arrive first. So a small piece that would unpack
    /// to gigabytes never holds more memory than is asked for. Throws Disconnected for what is no DEFLATE, and at its
    /// end.
    bool unpack(std::string& to, std::size_t most);
    /// unpack() would give something.
    bool has_pending() const;

    /// Gives memory back while nothing moves: from 140 KiB to the last 32 KiB (or less) of what the peer sent, which
    /// it may refer to.
    void rest();

private:
    struct Packer;
    struct Unpacker;
    std::unique_ptr<Packer> packer_;     ///< null: rests
    std::unique_ptr<Unpacker> unpacker_; ///< null: rests
    std::string history_;                ///< while it rests
    std::string packed_;
    std::size_t taken_ = 0; ///< of packed_
    bool is_full_ = false;  ///< the last unpack() gave all it was asked for: more may be inside
};

} // namespace net
