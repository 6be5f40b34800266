#pragma once
// What is always around a screen's content, and the help that F1 lays over it.

#include "setup-tui/widgets/screen.h"

#include <functional>
#include <string>

namespace setup
{

/// First row: title at the left, `place` (the step, the school) at the right. Last row: what each key does. Above it:
/// the message, in its style.
struct Frame {
    std::string title;
    std::string place{};
    std::string keys{};
    std::string message{};
    Style message_style = Style::error;
};

constexpr int content_row = 2;    ///< the first row of the content
constexpr int content_column = 2; ///< and its first column
/// How many rows the content has on this screen.
int content_rows(Screen const& screen);
/// And how many columns.
int content_columns(Screen const& screen);

/// Empties the screen and draws the frame.
void draw_frame(Screen& screen, Frame const& frame);
/// The same with what most screens need.
void draw_frame(Screen& screen, std::string_view title, std::string_view keys, std::string_view message = {});

/// Above the row of the keys: as many rows as it needs, at most three, growing upwards over the content.
void put_message(Screen& screen, std::string_view message, Style style);

/// Puts the text in lines of the content's width from `row` on, at most `most` lines; gives the row after it.
int put_text(Screen& screen, int row, std::string_view text, Style style = Style::normal, int most = 99);

/// Lays a box with the text over the screen until Esc, F1 or Enter; arrows and page keys scroll. `draw_behind` draws
/// what is below (needed again after a resize). `keys`: what to do, in the last row.
void show_help(Screen& screen, std::string const& title, std::string const& text, std::string const& keys,
               std::function<void()> const& draw_behind);

} // namespace setup
