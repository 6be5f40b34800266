#include "setup-tui/widgets/screen.h"

#include "appliance/base/error.h"
#include "appliance/base/text.h"
#include "setup-tui/widgets/keys.h"
#include "setup-tui/widgets/terminal_guard.h"

#include <algorithm>
#include <array>
#include <bit>
#include <clocale>
#include <cstdint>
#include <cstdlib>
#include <unistd.h>

#define NCURSES_NOMACROS
#define NCURSES_WIDECHAR 1
#include <ncursesw/curses.h>

namespace setup
{

namespace
{
using namespace std::chrono_literals;

constexpr auto look_for_signals = 100ms;
constexpr int escape_ms = 100; // a lone Esc, not the start of a function key's bytes on a slow line
constexpr int least_rows = 24;
constexpr int least_columns = 80;

std::string environment(char const* name)
{
    char const* value = std::getenv(name);
    return value ? value : "";
}

/// What the person's terminal takes. Asked of the words themselves: a locale that was never generated on this box
/// (id_ID.UTF-8) still says what the terminal can do.
bool takes_utf8()
{
    auto const terminal = environment("TERM");
    for (auto const* old : {"vt1", "vt2", "vt5", "ansi", "dumb"})
        if (terminal.rfind(old, 0) == 0) return false;
    for (auto const* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        auto const value = base::lower(environment(name));
        if (value.empty()) continue;
        return value.find("utf-8") != std::string::npos || value.find("utf8") != std::string::npos;
    }
    return false;
}

struct Look {
    attr_t plain; ///< without colours
    attr_t with_colour;
    short foreground;
    short background; ///< -1: the terminal's own; both -1: no colour
};

/// In the order of Style.
constexpr std::array<Look, 12> looks = {{
    {A_NORMAL, A_NORMAL, -1, -1},
    {A_BOLD | A_REVERSE, A_BOLD, COLOR_WHITE, COLOR_BLUE},
    {A_REVERSE, A_NORMAL, COLOR_BLACK, COLOR_CYAN},
    {A_REVERSE, A_NORMAL, COLOR_BLACK, COLOR_CYAN},
    {A_UNDERLINE, A_NORMAL, COLOR_BLACK, COLOR_WHITE},
    {A_BOLD, A_BOLD, COLOR_RED, -1},
    {A_BOLD, A_NORMAL, COLOR_BLACK, COLOR_YELLOW},
    {A_NORMAL, A_BOLD, COLOR_GREEN, -1},
    {A_NORMAL, A_DIM, -1, -1},
    {A_BOLD, A_BOLD, -1, -1},
    {A_REVERSE, A_NORMAL, COLOR_BLACK, COLOR_WHITE},
    {A_NORMAL, A_NORMAL, COLOR_WHITE, COLOR_BLACK},
}};

Look const& look_of(Style style) { return looks[static_cast<std::size_t>(style)]; }

void prepare_colours()
{
    ::start_color();
    ::use_default_colors();
    for (std::size_t i = 0; i < looks.size(); ++i)
        ::init_pair(static_cast<short>(i + 1), looks[i].foreground, looks[i].background);
}

/// The terminal's own bytes for a capability, empty when it has none.
std::string capability(char const* name)
{
    char const* const bytes = ::tigetstr(name);
    bool const is_string = bytes && std::bit_cast<std::intptr_t>(bytes) != -1; // tigetstr(3): no string capability
    return is_string ? bytes : "";
}

std::string restoring_bytes()
{
    return capability("sgr0") + capability("op") + capability("cnorm") + capability("rmkx") + capability("rmcup") +
           "\r\n";
}
} // namespace

Screen::Screen() : is_utf8_(takes_utf8())
{
    if (!::isatty(STDIN_FILENO) || !::isatty(STDOUT_FILENO))
        throw base::Failure(
            base::failed("setup-tui", "this is not a terminal", "run it in a terminal, or use kotakpos"));
    std::setlocale(LC_ALL, "C.UTF-8"); // names and translations are UTF-8, whatever is shown in the end
    TerminalGuard::remember_modes();
    // initscr would end the program on an unknown TERM; newterm says so.
    if (!::newterm(nullptr, stdout, stdin))
        throw base::Failure(
            base::failed("setup-tui", "the terminal's type is not known", "set TERM=linux or TERM=xterm"));
    guard_ = std::make_unique<TerminalGuard>(restoring_bytes());
    ::cbreak();
    ::noecho();
    ::nonl();
    ::keypad(::stdscr, true);
    ::idlok(::stdscr, true); // a list that scrolls costs a line, not a page
    ::set_escdelay(escape_ms);
    define_usual_keys();
    has_colours_ = ::has_colors() && environment("NO_COLOR").empty();
    if (has_colours_) prepare_colours();
}

Screen::~Screen()
{
    // A terminal with a single picture must not go on showing what was on it: passwords, for one.
    ::werase(::stdscr);
    ::wrefresh(::stdscr);
    ::endwin();
}

int Screen::rows() const { return ::getmaxy(::stdscr); }
int Screen::columns() const { return ::getmaxx(::stdscr); }
bool Screen::is_large_enough() const { return rows() >= least_rows && columns() >= least_columns; }

void Screen::set_style(Style style)
{
    auto const& look = look_of(style);
    bool const is_coloured = has_colours_ && (look.foreground >= 0 || look.background >= 0);
    auto const pair = is_coloured ? static_cast<short>(static_cast<int>(style) + 1) : short{0};
    ::attr_set(has_colours_ ? look.with_colour : look.plain, pair, nullptr);
}

void Screen::clear()
{
    set_style(Style::normal);
    ::werase(::stdscr);
    hide_cursor();
}

void Screen::put(int row, int column, std::string_view text, Style style, int width)
{
    int const room = columns() - column;
    int const most = width < 0 ? room : std::min(width, room);
    if (row < 0 || row >= rows() || column < 0 || most <= 0) return;
    set_style(style);
    ::wmove(::stdscr, row, column);
    int used = 0;
    while (!text.empty()) {
        auto const glyph = next_glyph(text);
        if (used + glyph.columns > most) break;
        ::waddstr(::stdscr, (is_utf8_ ? printable(glyph.bytes) : ascii(glyph)).c_str());
        used += glyph.columns;
        text.remove_prefix(glyph.bytes.size());
    }
    for (; width >= 0 && used < most; ++used) ::waddch(::stdscr, ' ');
    set_style(Style::normal);
}

void Screen::put_box(int row, int column, int height, int width)
{
    std::string line;
    for (int i = 2; i < width; ++i) line += sign::line;
    put(row, column, std::string(sign::top_left) + line + std::string(sign::top_right));
    for (int i = 1; i + 1 < height; ++i) {
        put(row + i, column, sign::side, Style::normal, width - 1);
        put(row + i, column + width - 1, sign::side);
    }
    put(row + height - 1, column, std::string(sign::bottom_left) + line + std::string(sign::bottom_right));
}

void Screen::put_cursor(int row, int column)
{
    ::curs_set(1);
    ::wmove(::stdscr, row, column);
}

void Screen::hide_cursor() { ::curs_set(0); }

void Screen::show()
{
    if (TerminalGuard::stop_asked()) throw Stopped();
    ::wrefresh(::stdscr);
}

void Screen::lend(std::function<void()> const& work)
{
    clear();
    ::curs_set(1);
    show();
    ::def_prog_mode();
    ::endwin();
    work();
    ::reset_prog_mode();
    ::clearok(::curscr, true);
}

void Screen::ask_for_more_room()
{
    clear();
    // The same in every language.
    put(0, 0,
        std::to_string(columns()) + "x" + std::to_string(rows()) + " < " + std::to_string(least_columns) + "x" +
            std::to_string(least_rows));
}

std::optional<Key> Screen::read_key_within(std::chrono::milliseconds time)
{
    if (!is_large_enough()) ask_for_more_room();
    auto const end = std::chrono::steady_clock::now() + time;
    for (;;) {
        show();
        auto const left =
            std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        ::wtimeout(::stdscr, static_cast<int>(std::clamp<long long>(left.count(), 0, look_for_signals.count())));
        wint_t code = 0;
        int const result = ::wget_wch(::stdscr, &code);
        if (TerminalGuard::stop_asked() || (result == ERR && !::isatty(STDIN_FILENO))) throw Stopped();
        if (result == ERR) {
            if (left <= 0ms) return std::nullopt;
            continue;
        }
        auto const key = result == KEY_CODE_YES ? key_of_code(code) : key_of_character(code);
        if (key.kind == KeyKind::control && key.text == "l") ::clearok(::curscr, true);
        if (key.kind == KeyKind::resize && !is_large_enough())
            ask_for_more_room();
        else if (is_large_enough())
            return key;
    }
}

Key Screen::read_key()
{
    for (;;)
        if (auto key = read_key_within(1h)) return *key;
}

} // namespace setup
