#include "maild/mailbox/packs/pack.h"

namespace maild::mailbox::packs
{

namespace
{
/// Seven bits a byte, the lowest first; the highest bit: more follows.
void append_length(std::string& out, std::uint64_t value)
{
    for (; value >= 0x80; value >>= 7) out += static_cast<char>(0x80 | (value & 0x7F));
    out += static_cast<char>(value);
}

std::uint64_t must_take_length(std::string_view& bytes)
{
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
        if (bytes.empty()) throw DamagedCache{};
        auto const byte = static_cast<unsigned char>(bytes.front());
        bytes.remove_prefix(1);
        value |= std::uint64_t{byte & 0x7FU} << shift;
        if (byte < 0x80) return value;
    }
    throw DamagedCache{};
}
} // namespace

void PackWriter::add(Uid uid, std::optional<std::string_view> text)
{
    append_length(bytes_, uid - last_);
    append_length(bytes_, text ? text->size() + 1 : 0);
    if (text) bytes_ += *text;
    last_ = uid;
    ++messages_;
}

bool PackReader::next()
{
    if (rest_.empty()) return false;
    auto const uid = uid_ + must_take_length(rest_);
    auto const length = must_take_length(rest_);
    if (uid == uid_ || uid > UINT32_MAX || length > rest_.size() + 1) throw DamagedCache{};
    uid_ = static_cast<Uid>(uid);
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

std::int64_t must_take_number(std::string_view& text, std::size_t bytes)
{
    if (text.size() < bytes) throw DamagedCache{};
    std::uint64_t value = 0;
    for (char const byte : text.substr(0, bytes)) value = value << 8 | static_cast<unsigned char>(byte);
    text.remove_prefix(bytes);
    return static_cast<std::int64_t>(value);
}

} // namespace maild::mailbox::packs
