#include "httpd/html/css.h"

#include "appliance/base/cursor.h"
#include "appliance/base/text.h"

#include <algorithm>
#include <array>

namespace httpd::html
{

namespace
{
constexpr std::size_t longest_value = 200;
constexpr std::size_t most_declarations = 60;

// Sorted. No position, z-index, transform, filter, content, cursor, animation, opacity, overflow.
constexpr std::array<std::string_view, 71> properties = {"background",
                                                         "background-color",
                                                         "border",
                                                         "border-bottom",
                                                         "border-bottom-color",
                                                         "border-bottom-left-radius",
                                                         "border-bottom-right-radius",
                                                         "border-bottom-style",
                                                         "border-bottom-width",
                                                         "border-collapse",
                                                         "border-color",
                                                         "border-left",
                                                         "border-left-color",
                                                         "border-left-style",
                                                         "border-left-width",
                                                         "border-radius",
                                                         "border-right",
                                                         "border-right-color",
                                                         "border-right-style",
                                                         "border-right-width",
                                                         "border-spacing",
                                                         "border-style",
                                                         "border-top",
                                                         "border-top-color",
                                                         "border-top-left-radius",
                                                         "border-top-right-radius",
                                                         "border-top-style",
                                                         "border-top-width",
                                                         "border-width",
                                                         "caption-side",
                                                         "clear",
                                                         "color",
                                                         "direction",
                                                         "display",
                                                         "empty-cells",
                                                         "float",
                                                         "font",
                                                         "font-family",
                                                         "font-size",
                                                         "font-style",
                                                         "font-variant",
                                                         "font-weight",
                                                         "height",
                                                         "letter-spacing",
                                                         "line-height",
                                                         "list-style",
                                                         "list-style-type",
                                                         "margin",
                                                         "margin-bottom",
                                                         "margin-left",
                                                         "margin-right",
                                                         "margin-top",
                                                         "max-height",
                                                         "max-width",
                                                         "min-height",
                                                         "min-width",
                                                         "padding",
                                                         "padding-bottom",
                                                         "padding-left",
                                                         "padding-right",
                                                         "padding-top",
                                                         "table-layout",
                                                         "text-align",
                                                         "text-decoration",
                                                         "text-indent",
                                                         "text-transform",
                                                         "vertical-align",
                                                         "white-space",
                                                         "width",
                                                         "word-break",
                                                         "word-spacing"};

constexpr std::array<std::string_view, 4> functions = {"hsl", "hsla", "rgb", "rgba"};

bool is_property(std::string_view name) { return std::binary_search(properties.begin(), properties.end(), name); }

/// Words, numbers, colours, strings of letters, and the colour functions. A backslash could spell anything.
bool is_harmless_value(std::string_view value)
{
    constexpr auto word = base::letters | base::digits | base::ByteSet("#%.-+_");
    constexpr auto between = base::ByteSet(" ,/!\t\r\n");
    constexpr auto in_string = base::letters | base::digits | base::ByteSet(" -_.,");
    if (value.empty() || value.size() > longest_value) return false;
    base::Cursor cursor(value);
    int depth = 0;
    while (!cursor.at_end()) {
        auto const text = cursor.take_while(word);
        if (cursor.take('(')) {
            auto const name = base::lower(text);
            if (depth++ > 0 || std::find(functions.begin(), functions.end(), name) == functions.end()) return false;
        } else if (cursor.take(')')) {
            if (--depth < 0) return false;
        } else if (char const quote = cursor.peek(); !cursor.at_end() && (quote == '"' || quote == '\'')) {
            cursor.take(quote);
            cursor.take_while(in_string);
            if (!cursor.take(quote)) return false;
        } else if (text.empty() && cursor.take_while(between).empty()) {
            return false;
        }
    }
    return depth == 0 && value.find("/*") == std::string_view::npos && value.find("--") == std::string_view::npos;
}

/// Values that would lay a text over another one, or take it out of the flow.
bool is_displacing(std::string_view property, std::string_view value)
{
    if (property.starts_with("margin") || property == "text-indent" || property == "letter-spacing" ||
        property == "word-spacing")
        return value.find('-') != std::string_view::npos;
    return property == "display" && (value == "contents" || value.find("run") != std::string_view::npos);
}
} // namespace

bool is_color(std::string_view value)
{
    constexpr std::size_t longest_name = 30;
    if (value.empty() || value.size() > longest_name) return false;
    base::Cursor cursor(value);
    if (cursor.take('#')) return cursor.take_while(base::hex_digits, 8).size() >= 3 && cursor.at_end();
    cursor.take_while(base::letters | base::digits);
    return cursor.at_end();
}

std::string safe_style(std::string_view style)
{
    std::string result;
    std::size_t count = 0;
    for (auto declaration : base::split(style, ';')) {
        auto const colon = declaration.find(':');
        if (colon == std::string_view::npos) continue;
        auto const property = base::lower(base::trim(declaration.substr(0, colon)));
        auto const value = base::lower(base::trim(declaration.substr(colon + 1)));
        if (!is_property(property) || !is_harmless_value(value) || is_displacing(property, value)) continue;
        if (++count > most_declarations) break;
        result += (result.empty() ? "" : "; ") + property + ": " + base::replace_all(value, "\"", "'");
    }
    return result;
}

} // namespace httpd::html
