#pragma once
// Text by characters and columns, the signs of the screens, and both for terminals that know only ASCII. No terminal
// in it.

#include <string>
#include <string_view>
#include <vector>

namespace setup
{

/// Signs of one column. All are in the Linux console's fonts, and each has one ASCII character in its place.
namespace sign
{
constexpr std::string_view done = "√";
constexpr std::string_view failed = "×";
constexpr std::string_view now = "►";
constexpr std::string_view full = "█";
constexpr std::string_view empty = "░";
constexpr std::string_view line = "─";
constexpr std::string_view side = "│";
constexpr std::string_view top_left = "┌";
constexpr std::string_view top_right = "┐";
constexpr std::string_view bottom_left = "└";
constexpr std::string_view bottom_right = "┘";
constexpr std::string_view up = "↑";
constexpr std::string_view down = "↓";
} // namespace sign

/// One character (a broken byte counts as one) and its columns.
struct Glyph {
    std::string_view bytes;
    int columns = 0;
};
/// The first of a text that is not empty. Needs a UTF-8 locale.
Glyph next_glyph(std::string_view text);

/// How many columns the text takes on the screen.
int columns_of(std::string_view text);
/// As much of the text's beginning as fits.
std::string cut_to(std::string_view text, int columns);

/// The character as a terminal may get it: control characters and broken bytes become '?'.
std::string printable(std::string_view glyph);
/// The same for a terminal without UTF-8: a letter without its accent, or '?'. As many columns as before.
std::string ascii(Glyph const& glyph);

/// Lines of at most `columns`, broken at blanks; a newline in the text starts a new one.
std::vector<std::string> wrap(std::string_view text, int columns);

} // namespace setup
