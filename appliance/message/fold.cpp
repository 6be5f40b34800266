#include "appliance/message/fold.h"

#include <cstdint>

namespace message
{

namespace
{
/// Letters with two bytes of UTF-8 (U+0080 to U+07FF) whose lower case has two bytes as well.
std::uint32_t lower_two_bytes(std::uint32_t c)
{
    if (c >= 0xC0 && c <= 0xDE && c != 0xD7) return c + 0x20;                                 // Latin-1
    if ((c >= 0x100 && c <= 0x137 && c != 0x130) || (c >= 0x14A && c <= 0x177)) return c | 1; // pairs: even, odd
    if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E)) return c + (c & 1);         // pairs: odd, even
    if (c == 0x178) return 0xFF;
    if (c == 0x386) return 0x3AC; // Greek with accents
    if (c >= 0x388 && c <= 0x38A) return c + 0x25;
    if (c == 0x38C) return 0x3CC;
    if (c == 0x38E || c == 0x38F) return c + 0x3F;
    if (c == 0x3C2) return 0x3C3;                                // the sigma at the end of a word
    if (c >= 0x391 && c <= 0x3A9 && c != 0x3A2) return c + 0x20; // Greek
    if (c >= 0x410 && c <= 0x42F) return c + 0x20;               // Cyrillic
    if (c >= 0x400 && c <= 0x40F) return c + 0x50;
    if ((c >= 0x460 && c <= 0x481) || (c >= 0x48A && c <= 0x4BF) || (c >= 0x4D0 && c <= 0x52F)) return c | 1;
    if (c >= 0x531 && c <= 0x556) return c + 0x30; // Armenian
    return c;
}

/// The same with three bytes (U+0800 to U+FFFF): Vietnamese and other accents, and wide Latin.
std::uint32_t lower_three_bytes(std::uint32_t c)
{
    if ((c >= 0x1E00 && c <= 0x1E95) || (c >= 0x1EA0 && c <= 0x1EFF)) return c | 1;
    if (c >= 0xFF21 && c <= 0xFF3A) return c + 0x20;
    return c;
}

char byte_of(std::uint32_t value) { return static_cast<char>(static_cast<unsigned char>(value)); }

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }
} // namespace

std::string fold(std::string_view utf8)
{
    std::string out(utf8);
    auto const bits = [&](std::size_t at) { return static_cast<unsigned char>(out[at]) & 0x3FU; };
    for (std::size_t i = 0; i < out.size(); ++i) {
        auto const first = static_cast<unsigned char>(out[i]);
        if (first < 0x80) {
            if (first >= 'A' && first <= 'Z') out[i] = static_cast<char>(first + 32);
        } else if (first >= 0xC2 && first <= 0xDF && i + 1 < out.size() && is_continuation(out[i + 1])) {
            auto const c = lower_two_bytes((first & 0x1FU) << 6 | bits(i + 1));
            out[i] = byte_of(0xC0 | c >> 6);
            out[++i] = byte_of(0x80 | (c & 0x3F));
        } else if ((first == 0xE1 || first == 0xEF) && i + 2 < out.size() && is_continuation(out[i + 1]) &&
                   is_continuation(out[i + 2])) {
            auto const c = lower_three_bytes((first & 0x0FU) << 12 | bits(i + 1) << 6 | bits(i + 2));
            out[++i] = byte_of(0x80 | (c >> 6 & 0x3F));
            out[++i] = byte_of(0x80 | (c & 0x3F));
        }
    }
    return out;
}

} // namespace message
