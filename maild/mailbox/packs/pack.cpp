#include "maild/mailbox/packs/pack.h"

#include <lz4.h>

namespace maild::mailbox::packs
{

namespace
{
constexpr std::uint64_t pack_bytes_max = std::uint64_t{64} << 20; ///< far more than any run has
}

/// The size and a block of LZ4.
std::string compress(std::string_view bytes)
{
    std::string packed;
    append_varint(packed, bytes.size());
    auto const head = packed.size();
    auto const size = static_cast<int>(bytes.size());
    packed.resize(head + static_cast<std::size_t>(LZ4_compressBound(size)));
    auto const used =
        LZ4_compress_default(bytes.data(), packed.data() + head, size, static_cast<int>(packed.size() - head));
    packed.resize(head + static_cast<std::size_t>(used));
    return packed;
}

std::string must_uncompress(std::string_view bytes)
{
    auto const size = must_take_varint(bytes);
    if (size > pack_bytes_max || bytes.size() > pack_bytes_max) throw DamagedCache{};
    std::string unpacked(static_cast<std::size_t>(size), '\0');
    auto const got =
        LZ4_decompress_safe(bytes.data(), unpacked.data(), static_cast<int>(bytes.size()), static_cast<int>(size));
    if (got < 0 || static_cast<std::uint64_t>(got) != size) throw DamagedCache{};
    return unpacked;
}

void append_varint(std::string& out, std::uint64_t value)
{
    for (; value >= 0x80; value >>= 7) out += static_cast<char>(0x80 | (value & 0x7F));
    out += static_cast<char>(value);
}

std::uint64_t must_take_varint(std::string_view& bytes)
{
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (bytes.empty()) throw DamagedCache{};
        auto const byte = static_cast<unsigned char>(bytes.front());
        bytes.remove_prefix(1);
        value |= std::uint64_t{byte & 0x7FU} << shift;
        if (byte < 0x80) return value;
    }
    throw DamagedCache{};
}

void PackWriter::add(Uid uid, std::optional<std::string_view> text)
{
    append_varint(bytes_, uid - last_);
    append_varint(bytes_, text ? text->size() + 1 : 0);
    if (text) bytes_ += *text;
    last_ = uid;
    ++messages_;
}

bool PackReader::next()
{
    if (rest_.empty()) return false;
    auto const step = must_take_varint(rest_);
    auto const length = must_take_varint(rest_);
    if (step == 0 || step > UINT32_MAX - uid_ || length > rest_.size() + 1) throw DamagedCache{};
    uid_ += static_cast<Uid>(step);
    text_.reset();
    if (length == 0) return true;
    text_ = rest_.substr(0, static_cast<std::size_t>(length) - 1);
    rest_.remove_prefix(text_->size());
    return true;
}

void append_number(std::string& out, std::int64_t value, std::size_t bytes)
{
    for (auto i = bytes; i-- > 0;) out += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i) & 0xFFU);
}

} // namespace maild::mailbox::packs
