#include "setup-tui/widgets/frame.h"

#include <algorithm>

namespace setup
{

namespace
{
constexpr int rows_around = 4; ///< title and a blank above, message and keys below
constexpr int help_width = 72;
constexpr std::size_t most_message_rows = 3;
} // namespace

int content_rows(Screen const& screen) { return std::max(1, screen.rows() - rows_around); }
int content_columns(Screen const& screen) { return std::max(1, screen.columns() - 2 * content_column); }

void put_message(Screen& screen, std::string_view message, Style style)
{
    if (message.empty()) return;
    auto lines = wrap(message, content_columns(screen));
    if (lines.size() > most_message_rows) lines.resize(most_message_rows);
    int row = screen.rows() - 1 - static_cast<int>(lines.size());
    for (auto const& line : lines) screen.put(row++, content_column, line, style, content_columns(screen));
}

void draw_frame(Screen& screen, Frame const& frame)
{
    screen.clear();
    screen.put(0, 0, " Kotakpos · " + frame.title, Style::title, screen.columns());
    int const place_at = screen.columns() - columns_of(frame.place) - 1;
    if (!frame.place.empty()) screen.put(0, place_at, frame.place, Style::title);
    put_message(screen, frame.message, frame.message_style);
    screen.put(screen.rows() - 1, 0, " " + frame.keys, Style::keys, screen.columns());
}

void draw_frame(Screen& screen, std::string_view title, std::string_view keys, std::string_view message)
{
    draw_frame(screen,
               Frame{.title = std::string(title), .keys = std::string(keys), .message = std::string(message)});
}

int put_text(Screen& screen, int row, std::string_view text, Style style, int most)
{
    for (auto const& line : wrap(text, content_columns(screen))) {
        if (most-- <= 0) break;
        screen.put(row++, content_column, line, style);
    }
    return row;
}

void show_help(Screen& screen, std::string const& title, std::string const& text, std::string const& keys,
               std::function<void()> const& draw_behind)
{
    int top = 0;
    for (;;) {
        draw_behind();
        screen.hide_cursor();
        int const width = std::min(help_width, screen.columns() - 4);
        auto const lines = wrap(text, width - 4);
        int const all = static_cast<int>(lines.size());
        int const height = std::min(all + 2, content_rows(screen));
        int const shown = height - 2;
        top = std::clamp(top, 0, std::max(0, all - shown));
        int const row = content_row + std::max(0, (content_rows(screen) - height) / 2);
        int const column = (screen.columns() - width) / 2;
        screen.put_box(row, column, height, width);
        screen.put(row, column + 2, " " + title + " ", Style::strong);
        for (int i = 0; i < shown; ++i)
            screen.put(row + 1 + i, column + 2, lines[static_cast<std::size_t>(top + i)], Style::normal, width - 4);
        if (top > 0) screen.put(row, column + width - 3, sign::up, Style::strong);
        if (top + shown < all) screen.put(row + height - 1, column + width - 3, sign::down, Style::strong);
        screen.put(screen.rows() - 1, 0, " " + keys, Style::keys, screen.columns());
        auto const key = screen.read_key();
        switch (key.kind) {
        case KeyKind::escape:
        case KeyKind::enter: return;
        case KeyKind::function:
            if (key.number == 1) return;
            break;
        case KeyKind::up: --top; break;
        case KeyKind::down: ++top; break;
        case KeyKind::page_up: top -= shown; break;
        case KeyKind::page_down: top += shown; break;
        default: break;
        }
    }
}

} // namespace setup
