#include "maild/imap/fold.h"

#include <cstdint>

namespace maild::imap
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
    if (c >= 0x391 && c <= 0x3A9 && c != 0x3A2) return c + 0x20; // Greek
    if (c >= 0x410 && c <= 0x42F) return c + 0x20;               // Cyrillic
    if (c >= 0x400 && c <= 0x40F) return c + 0x50;
    return c;
}
} // namespace

std::string fold(std::string_view utf8)
{
    std::string out(utf8);
    for (std::size_t i = 0; i < out.size(); ++i) {
        auto const first = static_cast<unsigned char>(out[i]);
        if (first >= 'A' && first <= 'Z') out[i] = static_cast<char>(first + 32);
        if (first < 0xC2 || first > 0xDF || i + 1 == out.size()) continue;
        auto const second = static_cast<unsigned char>(out[i + 1]);
        if ((second & 0xC0) != 0x80) continue;
        auto const c = lower_two_bytes((first & 0x1FU) << 6 | (second & 0x3FU));
        out[i] = static_cast<char>(static_cast<unsigned char>(0xC0 | c >> 6));
        out[++i] = static_cast<char>(static_cast<unsigned char>(0x80 | (c & 0x3F)));
    }
    return out;
}

} // namespace maild::imap
