#include "appliance/message/preview.h"

#include "appliance/base/text.h"
#include "appliance/message/html_text.h"

namespace message
{

namespace
{
constexpr std::size_t bytes_looked_at = 16384; // of the encoded body

bool is_space(char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; }

/// White space and controls become single blanks; `most` characters.
std::string one_line(std::string_view utf8, std::size_t most)
{
    constexpr std::string_view no_break_space = "\xC2\xA0";
    std::string out;
    bool blank = false;
    for (std::size_t count = 0; !utf8.empty() && count < most;) {
        std::size_t const length = std::max<std::size_t>(base::utf8_sequence(utf8), 1);
        std::string_view const character = utf8.substr(0, length);
        utf8.remove_prefix(length);
        if (is_space(character.front()) || character == no_break_space) {
            blank = true;
            continue;
        }
        if (blank && !out.empty()) {
            out += ' ';
            ++count;
        }
        blank = false;
        if (count++ < most) out += character;
    }
    return std::string(base::trim(out));
}
} // namespace

std::string preview(std::string_view message, Part const& root, std::size_t most)
{
    Part const* part = readable_part(root);
    if (part == nullptr) return {};
    std::string const text = text_of(message, *part, bytes_looked_at);
    return one_line(part->subtype == "html" ? visible_text(text) : text, most);
}

} // namespace message
