#include "appliance/message/casemap.h"

#include "appliance/base/text.h"

#include <unicase.h>
#include <uninorm.h>
#include <unistr.h>

#include <array>

namespace message
{

namespace
{
char upper_ascii(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

void append_character(std::string& out, ucs4_t character)
{
    std::array<std::uint8_t, 6> bytes{};
    int const length = u8_uctomb(bytes.data(), character, bytes.size());
    for (int i = 0; i < length; ++i) out += static_cast<char>(bytes[static_cast<std::size_t>(i)]);
}

/// RFC 5051 section 2 (b): the decomposition property, again and again. `depth`: Unicode needs four at most.
void append_decomposed(std::string& out, ucs4_t character, int depth)
{
    std::array<ucs4_t, UC_DECOMPOSITION_MAX_LENGTH> pieces{};
    int tag = 0;
    int const count = depth < 8 ? uc_decomposition(character, &tag, pieces.data()) : -1;
    if (count < 0) return append_character(out, character);
    for (int i = 0; i < count; ++i) append_decomposed(out, pieces[static_cast<std::size_t>(i)], depth + 1);
}

ucs4_t character_of(std::string_view sequence)
{
    auto const lead = static_cast<unsigned char>(sequence[0]);
    ucs4_t character = sequence.size() == 2 ? lead & 0x1FU : sequence.size() == 3 ? lead & 0x0FU : lead & 0x07U;
    for (char const c : sequence.substr(1)) character = character << 6 | (static_cast<unsigned char>(c) & 0x3FU);
    return character;
}
} // namespace

std::string casemap(std::string_view utf8)
{
    std::string out;
    out.reserve(utf8.size());
    while (!utf8.empty()) {
        auto const length = static_cast<unsigned char>(utf8[0]) < 0x80 ? 1 : base::utf8_sequence(utf8);
        if (length <= 1)
            out += upper_ascii(utf8[0]);
        else
            append_decomposed(out, uc_totitle(character_of(utf8.substr(0, length))), 0);
        utf8.remove_prefix(length > 0 ? length : 1);
    }
    return out;
}

} // namespace message
