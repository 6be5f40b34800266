#include "setup-tui/widgets/screen.h"

#include "appliance/base/error.h"
#include "appliance/base/text.h"

#include <climits>
#include <clocale>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <cwchar>
#include <langinfo.h>
#include <sys/types.h>
#include <unistd.h>

#define NCURSES_NOMACROS
#define NCURSES_WIDECHAR 1
#include <ncursesw/curses.h>

namespace setup
{

namespace
{
constexpr int look_for_signals_ms = 100;
constexpr int escape_ms = 25; // a lone Esc, not the start of a function key's bytes

volatile std::sig_atomic_t stop_asked = 0;

extern "C" void ask_to_stop(int) { stop_asked = 1; }

void catch_signals()
{
    struct sigaction action {
    };
    action.sa_handler = ask_to_stop;
    for (int const signal : {SIGTERM, SIGINT, SIGHUP}) ::sigaction(signal, &action, nullptr);
}

/// Names and translations are UTF-8, whatever the environment says.
void use_utf8()
{
    std::setlocale(LC_ALL, "");
    if (std::strcmp(::nl_langinfo(CODESET), "UTF-8") != 0) std::setlocale(LC_ALL, "C.UTF-8");
}

enum Pair : short { title_pair = 1, keys_pair, selected_pair, field_pair, error_pair };

void prepare_colours()
{
    if (!::has_colors()) return;
    ::start_color();
    ::use_default_colors();
    ::init_pair(title_pair, COLOR_WHITE, COLOR_BLUE);
    ::init_pair(keys_pair, COLOR_BLACK, COLOR_CYAN);
    ::init_pair(selected_pair, COLOR_BLACK, COLOR_CYAN);
    ::init_pair(field_pair, COLOR_BLACK, COLOR_WHITE);
    ::init_pair(error_pair, COLOR_RED, -1);
}

/// Colours are an addition: every style can be told apart on a monochrome terminal.
attr_t attributes(Style style)
{
    switch (style) {
    case Style::title: return A_BOLD | A_REVERSE;
    case Style::keys: return A_REVERSE;
    case Style::selected: return A_REVERSE;
    case Style::field: return A_UNDERLINE;
    case Style::error: return A_BOLD;
    case Style::dim: return A_DIM;
    case Style::normal: break;
    }
    return A_NORMAL;
}

short pair_of(Style style)
{
    switch (style) {
    case Style::title: return title_pair;
    case Style::keys: return keys_pair;
    case Style::selected: return selected_pair;
    case Style::field: return field_pair;
    case Style::error: return error_pair;
    case Style::dim:
    case Style::normal: break;
    }
    return 0;
}

void set_style(Style style)
{
    auto const pair = ::has_colors() ? pair_of(style) : short{0};
    // Colour replaces reverse video and underline, which would swap or clutter it.
    auto const attribute = pair != 0 ? (attributes(style) & ~(A_REVERSE | A_UNDERLINE)) : attributes(style);
    ::attr_set(attribute, pair, nullptr);
}

/// Each step: one character of the text (a broken byte counts as '?') and its columns.
struct Glyph {
    std::string_view bytes;
    int columns = 0;
};

Glyph next_glyph(std::string_view text)
{
    auto const size = base::utf8_sequence(text);
    if (size == 0) return {text.substr(0, 1), 1};
    wchar_t wide = 0;
    std::mbstate_t state{};
    auto const used = std::mbrtowc(&wide, text.data(), size, &state);
    if (used == 0 || used > size) return {text.substr(0, size), 1};
    int const columns = ::wcwidth(wide);
    return {text.substr(0, size), columns < 0 ? 1 : columns};
}

bool is_printable(std::string_view glyph)
{
    return base::utf8_sequence(glyph) == glyph.size() &&
           (glyph.size() > 1 || (glyph[0] >= ' ' && glyph[0] != '\x7f'));
}

Key key_of_code(wint_t code)
{
    switch (code) {
    case KEY_UP: return {KeyKind::up, "", 0};
    case KEY_DOWN: return {KeyKind::down, "", 0};
    case KEY_LEFT: return {KeyKind::left, "", 0};
    case KEY_RIGHT: return {KeyKind::right, "", 0};
    case KEY_HOME: return {KeyKind::home, "", 0};
    case KEY_END: return {KeyKind::end, "", 0};
    case KEY_PPAGE: return {KeyKind::page_up, "", 0};
    case KEY_NPAGE: return {KeyKind::page_down, "", 0};
    case KEY_BACKSPACE: return {KeyKind::backspace, "", 0};
    case KEY_DC: return {KeyKind::remove, "", 0};
    case KEY_BTAB: return {KeyKind::back_tab, "", 0};
    case KEY_ENTER: return {KeyKind::enter, "", 0};
    case KEY_RESIZE: return {KeyKind::resize, "", 0};
    default: break;
    }
    if (code > KEY_F0 && code <= KEY_F0 + 12) return {KeyKind::function, "", static_cast<int>(code - KEY_F0)};
    return {};
}

Key key_of_character(wint_t character)
{
    switch (character) {
    case L'\r':
    case L'\n': return {KeyKind::enter, "", 0};
    case L'\t': return {KeyKind::tab, "", 0};
    case L'\x1b': return {KeyKind::escape, "", 0};
    case L'\b':
    case 0x7f: return {KeyKind::backspace, "", 0};
    default: break;
    }
    if (character < L' ') return {};
    char bytes[MB_LEN_MAX];
    std::mbstate_t state{};
    auto const size = std::wcrtomb(bytes, static_cast<wchar_t>(character), &state);
    if (size == static_cast<std::size_t>(-1)) return {};
    return {KeyKind::character, std::string(bytes, size), 0};
}
} // namespace

Screen::Screen()
{
    if (!::isatty(STDIN_FILENO) || !::isatty(STDOUT_FILENO))
        throw base::Failure(
            base::failed("setup-tui", "this is not a terminal", "run it in a terminal, or use kotakpos"));
    use_utf8();
    // initscr would end the program on an unknown TERM; newterm says so.
    if (!::newterm(nullptr, stdout, stdin))
        throw base::Failure(
            base::failed("setup-tui", "the terminal's type is not known", "set TERM=linux or TERM=xterm"));
    stop_asked = 0;
    catch_signals();
    ::cbreak();
    ::noecho();
    ::nonl();
    ::keypad(::stdscr, true);
    ::set_escdelay(escape_ms);
    ::wtimeout(::stdscr, look_for_signals_ms);
    prepare_colours();
}

Screen::~Screen() { ::endwin(); }

int Screen::rows() const { return ::getmaxy(::stdscr); }
int Screen::columns() const { return ::getmaxx(::stdscr); }

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
    if (row < 0 || row >= rows() || most <= 0) return;
    set_style(style);
    ::wmove(::stdscr, row, column);
    int used = 0;
    while (!text.empty()) {
        auto const glyph = next_glyph(text);
        if (used + glyph.columns > most) break;
        auto const shown = is_printable(glyph.bytes) ? std::string(glyph.bytes) : std::string("?");
        ::waddstr(::stdscr, shown.c_str());
        used += glyph.columns;
        text.remove_prefix(glyph.bytes.size());
    }
    for (; width >= 0 && used < most; ++used) ::waddch(::stdscr, ' ');
    set_style(Style::normal);
}

void Screen::put_cursor(int row, int column)
{
    ::curs_set(1);
    ::wmove(::stdscr, row, column);
}

void Screen::hide_cursor() { ::curs_set(0); }

Key Screen::read_key()
{
    ::wrefresh(::stdscr);
    for (;;) {
        wint_t code = 0;
        int const result = ::wget_wch(::stdscr, &code);
        if (stop_asked || (result == ERR && !::isatty(STDIN_FILENO))) throw Stopped();
        if (result == KEY_CODE_YES) return key_of_code(code);
        if (result == OK) return key_of_character(code);
    }
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

} // namespace setup
