#include "setup-tui/widgets/glyphs.h"

#include "appliance/base/text.h"

#include <cwchar>

namespace setup
{

namespace
{
/// Decodes one well-formed sequence.
wchar_t code_point(std::string_view bytes)
{
    wchar_t wide = 0;
    std::mbstate_t state{};
    auto const used = std::mbrtowc(&wide, bytes.data(), bytes.size(), &state);
    return used == bytes.size() ? wide : L'\0';
}

struct Replacement {
    std::string_view from;
    char to;
};
constexpr Replacement replacements[] = {
    {sign::done, '+'},
    {sign::failed, 'x'},
    {sign::now, '>'},
    {sign::full, '#'},
    {sign::empty, '.'},
    {sign::line, '-'},
    {sign::side, '|'},
    {sign::top_left, '+'},
    {sign::top_right, '+'},
    {sign::bottom_left, '+'},
    {sign::bottom_right, '+'},
    {sign::up, '^'},
    {sign::down, 'v'},
    {"·", '-'},
    {"–", '-'},
    {"—", '-'},
    {"‘", '\''},
    {"’", '\''},
    {"“", '"'},
    {"”", '"'},
    {"…", '.'},
    {"→", '>'},
    {"←", '<'},
    {"\u00a0", ' '},
};

/// U+00C0 to U+00FF without their accents.
constexpr std::string_view latin = "AAAAAAACEEEEIIIIDNOOOOOxOUUUUYTsaaaaaaaceeeeiiiidnooooo/ouuuuyty";
constexpr wchar_t latin_first = 0xC0;
} // namespace

Glyph next_glyph(std::string_view text)
{
    auto const size = base::utf8_sequence(text);
    if (size == 0) return {text.substr(0, 1), 1};
    int const columns = ::wcwidth(code_point(text.substr(0, size)));
    return {text.substr(0, size), columns < 0 ? 1 : columns};
}

int columns_of(std::string_view text)
{
    int columns = 0;
    while (!text.empty()) {
        auto const glyph = next_glyph(text);
        columns += glyph.columns;
        text.remove_prefix(glyph.bytes.size());
    }
    return columns;
}

std::string cut_to(std::string_view text, int columns)
{
    std::string result;
    while (!text.empty()) {
        auto const glyph = next_glyph(text);
        columns -= glyph.columns;
        if (columns < 0) break;
        result += glyph.bytes;
        text.remove_prefix(glyph.bytes.size());
    }
    return result;
}

std::string printable(std::string_view glyph)
{
    bool const is_whole = base::utf8_sequence(glyph) == glyph.size();
    bool const is_control =
        glyph.size() == 1 ? (glyph[0] < ' ' || glyph[0] == '\x7f') : is_whole && ::wcwidth(code_point(glyph)) < 0;
    return is_whole && !is_control ? std::string(glyph) : std::string("?");
}

std::string ascii(Glyph const& glyph)
{
    auto const text = printable(glyph.bytes);
    if (text.size() == 1) return text;
    for (auto const& replacement : replacements)
        if (replacement.from == text) return std::string(1, replacement.to);
    auto const code = code_point(text);
    if (code >= latin_first && code < latin_first + static_cast<wchar_t>(latin.size()))
        return std::string(1, latin[static_cast<std::size_t>(code - latin_first)]);
    return std::string(static_cast<std::size_t>(glyph.columns), '?');
}

std::vector<std::string> wrap(std::string_view text, int columns)
{
    std::vector<std::string> lines;
    for (auto const paragraph : base::split(text, '\n')) {
        auto const blanks = std::min(paragraph.find_first_not_of(' '), paragraph.size());
        std::string const indent(std::min(blanks, static_cast<std::size_t>(columns / 2)), ' '); // of all its lines
        auto line = indent;
        bool has_word = false;
        for (auto word : base::split(paragraph.substr(blanks), ' ')) {
            if (has_word && columns_of(line) + 1 + columns_of(word) > columns) {
                lines.push_back(std::exchange(line, indent));
                has_word = false;
            }
            while (columns_of(indent) + columns_of(word) > columns) { // longer than a line: a URL, a key
                auto const piece = cut_to(word, columns - columns_of(indent));
                lines.push_back(indent + std::string(piece));
                word.remove_prefix(piece.size());
            }
            if (has_word) line += ' ';
            line += word;
            has_word = true;
        }
        lines.push_back(line);
    }
    return lines;
}

} // namespace setup
