#pragma once
// The terminal: the only owner of ncurses. Puts texts at places and reads keys; knows nothing of Kotakpos.

#include <stdexcept>
#include <string>
#include <string_view>

namespace setup
{

enum class KeyKind {
    character, ///< `text` is what was typed (UTF-8)
    enter,
    escape,
    up,
    down,
    left,
    right,
    home,
    end,
    page_up,
    page_down,
    backspace,
    remove, ///< Delete
    tab,
    back_tab,
    function, ///< `number`: F1 is 1
    resize,   ///< draw everything again
    other,
};

struct Key {
    KeyKind kind = KeyKind::other;
    std::string text;
    int number = 0;
};

enum class Style { normal, title, keys, selected, field, error, dim };

/// Somebody asked the program to end (SIGTERM, SIGINT, SIGHUP) or the terminal is gone.
class Stopped : public std::runtime_error
{
public:
    Stopped() : std::runtime_error("stopped") {}
};

/// One at a time. The terminal is as before when it goes, also after an exception; a signal becomes `Stopped` out of
/// read_key. Throws base::Failure when there is no usable terminal.
class Screen
{
public:
    Screen();
    ~Screen();
    Screen(Screen const&) = delete;
    Screen& operator=(Screen const&) = delete;

    int rows() const;
    int columns() const;
    /// At least 80x24, what every screen is drawn for.
    bool is_large_enough() const { return rows() >= 24 && columns() >= 80; }

    void clear();
    /// Cuts the text at `width` columns and fills up to them; without a width, at the right edge and without filling.
    void put(int row, int column, std::string_view text, Style style = Style::normal, int width = -1);
    void put_cursor(int row, int column);
    void hide_cursor();

    /// Shows what was put, then waits for a key.
    Key read_key();
};

/// How many columns the text takes on the screen.
int columns_of(std::string_view text);

} // namespace setup
