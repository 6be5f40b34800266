#pragma once
// A pack: one thing (the envelope, the key to sort by) of neighbouring messages of a mailbox, as one run of bytes. It
// is never changed, only replaced. Pure, no file.

#include "maild/mailbox/cache_file.h"
#include "maild/mailbox/columns.h"

#include <optional>
#include <string>
#include <string_view>

namespace maild::mailbox::packs
{

/// What a pack has of each message. The numbers are stored; texts + TextKind are those of the columns.
enum class Kind : int {
    rows = 0,
    sent = 1,
    threads = 2,
    texts = 3,
    envelope = 20,
    structure,
    plain_body,
    preview,
    header
};

inline constexpr Kind kind_of(TextKind kind)
{
    return static_cast<Kind>(static_cast<int>(Kind::texts) + static_cast<int>(kind));
}

class PackWriter
{
public:
    /// In ascending order of the UIDs. Nothing: the store has no such text, or only a too long one.
    void add(Uid uid, std::optional<std::string_view> text);
    std::uint32_t messages() const { return messages_; }
    std::string take() { return std::move(bytes_); }

private:
    std::string bytes_;
    Uid last_ = 0;
    std::uint32_t messages_ = 0;
};

/// Reads what PackWriter wrote; other bytes throw DamagedCache, sooner or later.
class PackReader
{
public:
    /// The bytes are borrowed.
    explicit PackReader(std::string_view bytes) : rest_(bytes) {}
    /// The next message; false: there is none.
    bool next();
    Uid uid() const { return uid_; }
    std::optional<std::string_view> text() const { return text_; }

private:
    std::string_view rest_;
    Uid uid_ = 0;
    std::optional<std::string_view> text_;
};

/// A pack as it lies in the file: a third of the bytes is a third of the time with a cold disk, and costs nothing
/// with a warm one.
std::string compress(std::string_view bytes);
/// Throws DamagedCache.
std::string must_uncompress(std::string_view bytes);

/// Numbers that are small most of the time: seven bits a byte, the lowest first; the highest bit: more follows.
void append_varint(std::string& out, std::uint64_t value);
/// Takes one off the front; throws DamagedCache.
std::uint64_t must_take_varint(std::string_view& bytes);

/// Numbers of fixed width within a text of a pack, the highest byte first.
void append_number(std::string& out, std::int64_t value, std::size_t bytes = 8);
/// Takes one off the front; throws DamagedCache.
inline std::int64_t must_take_number(std::string_view& text, std::size_t bytes = 8)
{
    if (text.size() < bytes) throw DamagedCache{};
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i) value = value << 8 | static_cast<unsigned char>(text[i]);
    text.remove_prefix(bytes);
    return static_cast<std::int64_t>(value);
}

} // namespace maild::mailbox::packs
