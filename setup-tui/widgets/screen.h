#pragma once
// The terminal: the only owner of ncurses. Puts texts at places and reads keys; knows nothing of Kotakpos.

#include "setup-tui/widgets/glyphs.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
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
    insert,
    remove, ///< Delete
    tab,
    back_tab,
    function, ///< `number`: F1 is 1; Alt with a digit does the same
    control,  ///< `text`: the letter that was typed with Ctrl
    resize,   ///< draw everything again
    other,
};

struct Key {
    KeyKind kind = KeyKind::other;
    std::string text;
    int number = 0;
};

/// On a terminal without colours each of them still looks different where it must.
enum class Style {
    normal,
    title,
    keys,
    selected,
    field,
    error,
    warning,
    good,
    dim,
    strong,
    light, ///< a white square of a QR code, drawn as blanks
    dark,  ///< a black one
};

/// Somebody asked the program to end (SIGTERM, SIGINT, SIGHUP) or the terminal is gone.
class Stopped : public std::runtime_error
{
public:
    Stopped() : std::runtime_error("stopped") {}
};

class TerminalGuard;

/// One at a time. The terminal is as before when it goes, also after an exception or a crash; a signal becomes
/// `Stopped` out of read_key. Only what changed is sent, so it serves a serial line too. Texts are UTF-8 always;
/// where the locale or the kind of terminal has no UTF-8, ASCII is shown. No colours with NO_COLOR. Throws
/// base::Failure when there is no usable terminal. Ctrl-L draws everything again.
class Screen
{
public:
    Screen();
    ~Screen();
    Screen(Screen const&) = delete;
    Screen& operator=(Screen const&) = delete;

    int rows() const;
    int columns() const;
    bool is_utf8() const { return is_utf8_; }
    bool has_colours() const { return has_colours_; }

    void clear();
    /// Cuts the text at `width` columns and fills up to them; without a width, at the right edge and without filling.
    void put(int row, int column, std::string_view text, Style style = Style::normal, int width = -1);
    /// An empty rectangle with lines around it, over what is there.
    void put_box(int row, int column, int height, int width);
    void put_cursor(int row, int column);
    void hide_cursor();

    /// Gives the terminal to `work` (a shell) in the modes that it had before, and takes it back afterwards.
    void lend(std::function<void()> const& work);

    /// Shows what was put, without waiting: for progress. Throws Stopped as below.
    void show();
    /// Shows what was put, then waits for a key. A terminal smaller than 80x24 is asked to be larger first.
    Key read_key();
    /// The same, but waits at most this long.
    std::optional<Key> read_key_within(std::chrono::milliseconds time);

private:
    bool is_large_enough() const;
    void ask_for_more_room();
    void set_style(Style style);

    bool is_utf8_ = true;
    bool has_colours_ = false;
    std::unique_ptr<TerminalGuard> guard_;
};

} // namespace setup
