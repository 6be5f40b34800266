#include "appliance/message/preview.h"

#include "appliance/base/cursor.h"
#include "appliance/base/text.h"

namespace message
{

namespace
{
constexpr std::size_t bytes_looked_at = 16384; // of the encoded body

struct Entity {
    std::string_view name;
    std::string_view text;
};
constexpr Entity entities[] = {{"&nbsp;", " "},
                               {"&amp;", "&"},
                               {"&lt;", "<"},
                               {"&gt;", ">"},
                               {"&quot;", "\""},
                               {"&#39;", "'"},
                               {"&apos;", "'"},
                               {"&zwnj;", ""},
                               {"&shy;", ""},
                               {"&#160;", " "},
                               {"&ndash;", "\xE2\x80\x93"},
                               {"&mdash;", "\xE2\x80\x94"}};

bool begins_with(std::string_view text, std::string_view word)
{
    return base::equal_ignoring_case(text.substr(0, word.size()), word);
}

/// "<name" and not the beginning of a longer name.
bool begins_element(std::string_view html, std::string_view name)
{
    return begins_with(html.substr(1), name) &&
           (html.size() <= name.size() + 1 || !base::letters.contains(html[name.size() + 1]));
}

/// How much to pass over at a "<": the tag, or the whole element where its content is no text.
std::size_t tag_length(std::string_view html)
{
    for (std::string_view const name : {"style", "script", "title", "head"}) {
        if (!begins_element(html, name)) continue;
        std::string const end = "</" + std::string(name);
        for (std::size_t at = html.find('<', 1); at != std::string_view::npos; at = html.find('<', at + 1))
            if (begins_with(html.substr(at), end)) return at;
        return html.size();
    }
    std::size_t const end = begins_with(html, "<!--") ? html.find("-->") : html.find('>');
    if (end == std::string_view::npos) return html.size();
    return end + (begins_with(html, "<!--") ? 3 : 1);
}

std::string without_tags(std::string_view html)
{
    std::string text;
    while (!html.empty()) {
        std::size_t length = 1;
        if (html.front() == '<') {
            length = tag_length(html);
            text += ' ';
        } else {
            std::string_view piece = html.substr(0, 1);
            for (auto const& entity : entities)
                if (html.front() == '&' && begins_with(html, entity.name)) {
                    length = entity.name.size();
                    piece = entity.text;
                }
            text += piece;
        }
        html.remove_prefix(length);
    }
    return text;
}

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
    return one_line(part->subtype == "html" ? without_tags(text) : text, most);
}

} // namespace message
