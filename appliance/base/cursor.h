#pragma once
// Reads hostile bytes from the front to the back: every grammar of the project is written on this cursor.

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace base
{

/// A set of bytes, made at compile time: `constexpr ByteSet digit = ByteSet::range('0', '9');`.
class ByteSet
{
public:
    constexpr ByteSet() = default;
    constexpr explicit ByteSet(std::string_view bytes)
    {
        for (char const c : bytes) has_[static_cast<unsigned char>(c)] = true;
    }
    static constexpr ByteSet range(unsigned char first, unsigned char last)
    {
        ByteSet set;
        for (unsigned c = first; c <= last; ++c) set.has_[c] = true;
        return set;
    }
    constexpr bool contains(char c) const { return has_[static_cast<unsigned char>(c)]; }
    constexpr ByteSet operator|(ByteSet const& other) const
    {
        ByteSet both = *this;
        for (std::size_t i = 0; i < 256; ++i) both.has_[i] = both.has_[i] || other.has_[i];
        return both;
    }
    constexpr ByteSet without(ByteSet const& other) const
    {
        ByteSet rest = *this;
        for (std::size_t i = 0; i < 256; ++i) rest.has_[i] = rest.has_[i] && !other.has_[i];
        return rest;
    }

private:
    std::array<bool, 256> has_{};
};

inline constexpr ByteSet digits = ByteSet::range('0', '9');
inline constexpr ByteSet letters = ByteSet::range('A', 'Z') | ByteSet::range('a', 'z');
inline constexpr ByteSet hex_digits = digits | ByteSet::range('A', 'F') | ByteSet::range('a', 'f');

/// A forward-only position in a text it does not own. No read leaves the bounds; a `take` that fails does not move.
class Cursor
{
public:
    explicit Cursor(std::string_view text) : text_(text) {}

    bool at_end() const { return offset_ == text_.size(); }
    std::size_t offset() const { return offset_; }
    std::string_view rest() const { return text_.substr(offset_); }
    /// The next byte, or NUL at the end (ask at_end() where NUL is a legal byte).
    char peek() const { return at_end() ? '\0' : text_[offset_]; }

    /// Takes one given byte.
    bool take(char c)
    {
        if (at_end() || text_[offset_] != c) return false;
        ++offset_;
        return true;
    }

    /// Takes one given text, ASCII letters in either case.
    bool take(std::string_view word)
    {
        if (text_.size() - offset_ < word.size()) return false;
        for (std::size_t i = 0; i < word.size(); ++i)
            if (lower(text_[offset_ + i]) != lower(word[i])) return false;
        offset_ += word.size();
        return true;
    }

    /// Takes one byte of the set.
    std::optional<char> take_one(ByteSet const& set)
    {
        if (at_end() || !set.contains(text_[offset_])) return std::nullopt;
        return text_[offset_++];
    }

    /// Takes as many bytes of the set as there are (up to `most`); may be empty.
    std::string_view take_while(ByteSet const& set, std::size_t most = std::numeric_limits<std::size_t>::max())
    {
        std::size_t const start = offset_;
        while (offset_ < text_.size() && offset_ - start < most && set.contains(text_[offset_])) ++offset_;
        return text_.substr(start, offset_ - start);
    }

    /// Takes everything before the first byte of the set, or all that is left.
    std::string_view take_until(ByteSet const& set)
    {
        std::size_t const start = offset_;
        while (offset_ < text_.size() && !set.contains(text_[offset_])) ++offset_;
        return text_.substr(start, offset_ - start);
    }

    /// Takes exactly `count` bytes.
    std::optional<std::string_view> take_bytes(std::size_t count)
    {
        if (text_.size() - offset_ < count) return std::nullopt;
        auto const bytes = text_.substr(offset_, count);
        offset_ += count;
        return bytes;
    }

    /// Takes a decimal number not above `most`; leaves the cursor alone when there is none or it is too large.
    std::optional<std::uint64_t> take_number(std::uint64_t most)
    {
        std::size_t const start = offset_;
        std::uint64_t value = 0;
        while (offset_ < text_.size() && digits.contains(text_[offset_])) {
            auto const digit = static_cast<std::uint64_t>(text_[offset_] - '0');
            if (value > (most - digit) / 10 || digit > most) {
                offset_ = start;
                return std::nullopt;
            }
            value = value * 10 + digit;
            ++offset_;
        }
        if (offset_ == start) return std::nullopt;
        return value;
    }

private:
    static constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

    std::string_view text_;
    std::size_t offset_ = 0;
};

} // namespace base
