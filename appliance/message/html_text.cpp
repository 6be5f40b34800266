#include "appliance/message/html_text.h"

#include "appliance/base/cursor.h"
#include "appliance/base/text.h"
#include "appliance/message/charset.h"

#include <algorithm>

namespace message
{

namespace
{
struct Entity {
    std::string_view name;
    std::string_view text;
};
constexpr Entity entities[] = {{"&nbsp;", " "},
                               {"&amp;", "&"},
                               {"&lt;", "<"},
                               {"&gt;", ">"},
                               {"&quot;", "\""},
                               {"&apos;", "'"},
                               {"&zwnj;", ""},
                               {"&shy;", ""},
                               {"&rsquo;", "\xE2\x80\x99"},
                               {"&lsquo;", "\xE2\x80\x98"},
                               {"&rdquo;", "\xE2\x80\x9D"},
                               {"&ldquo;", "\xE2\x80\x9C"},
                               {"&hellip;", "\xE2\x80\xA6"},
                               {"&bull;", "\xE2\x80\xA2"},
                               {"&eacute;", "\xC3\xA9"},
                               {"&copy;", "\xC2\xA9"},
                               {"&ndash;", "\xE2\x80\x93"},
                               {"&mdash;", "\xE2\x80\x94"}};

// Elements that do not part words.
constexpr std::string_view inline_elements[] = {
    "a", "abbr", "b",    "big",   "cite", "code",   "del",    "em",  "font", "i",  "ins", "kbd", "mark", "o:p",
    "q", "s",    "samp", "small", "span", "strike", "strong", "sub", "sup",  "tt", "u",   "var", "wbr"};
constexpr std::string_view unseen_elements[] = {"style", "script", "title", "head"};

constexpr base::ByteSet name_bytes = base::letters | base::digits | base::ByteSet(":-");

bool begins_with(std::string_view text, std::string_view word)
{
    return base::equal_ignoring_case(text.substr(0, word.size()), word);
}

/// The name of the element whose tag begins the text, in lower case, "/" of an end tag left out.
std::string element_name(std::string_view tag)
{
    base::Cursor cursor(tag.substr(1));
    cursor.take('/');
    return base::lower(cursor.take_while(name_bytes, 20));
}

/// How much to pass over at a "<": the tag, or the whole element where its content is not seen.
std::size_t tag_length(std::string_view html, std::string_view name)
{
    bool const opens = html.substr(1, 1) != "/";
    if (opens &&
        std::find(std::begin(unseen_elements), std::end(unseen_elements), name) != std::end(unseen_elements)) {
        std::string const end = "</" + std::string(name);
        for (std::size_t at = html.find('<', 1); at != std::string_view::npos; at = html.find('<', at + 1))
            if (begins_with(html.substr(at), end)) return at;
        return html.size();
    }
    bool const is_comment = begins_with(html, "<!--");
    std::size_t const end = is_comment ? html.find("-->") : html.find('>');
    if (end == std::string_view::npos) return html.size();
    return end + (is_comment ? 3 : 1);
}

/// "&#233;" or "&#xE9;": its length, 0 when it is none.
std::size_t append_numeric(std::string_view html, std::string& text)
{
    base::Cursor cursor(html);
    if (!cursor.take("&#")) return 0;
    bool const hexadecimal = cursor.take('x') || cursor.take('X');
    auto const number = cursor.take_while(hexadecimal ? base::hex_digits : base::digits, 8);
    if (number.empty() || !cursor.take(';')) return 0;
    auto const code = std::stoul(std::string(number), nullptr, hexadecimal ? 16 : 10);
    if (code >= 0x20) append_utf8(text, static_cast<char32_t>(std::min<unsigned long>(code, 0x110000)));
    return cursor.offset();
}

/// A "<" before anything else is one that was written ("a < b").
bool is_tag(std::string_view html)
{
    constexpr base::ByteSet begins_tag = base::letters | base::ByteSet("/!?");
    return html.size() > 1 && begins_tag.contains(html[1]);
}

/// What stands at a "<": gives its length.
std::size_t append_tag(std::string_view html, std::string& text)
{
    if (!is_tag(html)) {
        text += '<';
        return 1;
    }
    auto const name = element_name(html);
    bool const parts_words =
        std::find(std::begin(inline_elements), std::end(inline_elements), name) == std::end(inline_elements);
    if (parts_words) text += ' ';
    return tag_length(html, name);
}

/// What stands at a "&": gives its length.
std::size_t append_entity(std::string_view html, std::string& text)
{
    if (auto const length = append_numeric(html, text)) return length;
    for (auto const& entity : entities)
        if (begins_with(html, entity.name)) {
            text += entity.text;
            return entity.name.size();
        }
    text += '&';
    return 1;
}
} // namespace

std::string visible_text(std::string_view html)
{
    std::string text;
    while (!html.empty()) {
        std::size_t length = std::min(html.find_first_of("<&"), html.size());
        text += html.substr(0, length);
        if (length == 0) length = html.front() == '<' ? append_tag(html, text) : append_entity(html, text);
        html.remove_prefix(length);
    }
    return text;
}

} // namespace message
