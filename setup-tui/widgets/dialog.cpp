#include "setup-tui/widgets/dialog.h"

#include "setup-tui/widgets/frame.h"

#include <algorithm>

namespace setup
{

namespace
{
constexpr int widest = 72;
constexpr int border = 1, padding = 1;

/// The box with its text; gives the row that is left for buttons.
int draw_box(Screen& screen, DialogTexts const& texts, Style style)
{
    int const columns = std::min(widest, screen.columns() - 4);
    auto const lines = wrap(texts.text, columns - 2 * (border + padding));
    int const rows = std::min(static_cast<int>(lines.size()), content_rows(screen) - 5);
    int const top = content_row + std::max(0, (content_rows(screen) - rows - 5) / 2);
    int const left = (screen.columns() - columns) / 2;
    screen.put_box(top, left, rows + 5, columns);
    screen.put(top, left + 2, " " + texts.title + " ", style);
    for (int row = 0; row < rows; ++row)
        screen.put(top + 1 + row, left + border + padding, lines[static_cast<std::size_t>(row)]);
    screen.put(screen.rows() - 1, 0, " " + texts.keys, Style::keys, screen.columns());
    screen.hide_cursor();
    return top + rows + 2;
}
} // namespace

void tell(Screen& screen, DialogTexts const& texts)
{
    for (;;) {
        draw_box(screen, texts, Style::strong);
        auto const key = screen.read_key();
        if (key.kind == KeyKind::enter || key.kind == KeyKind::escape) return;
        if (key.kind == KeyKind::resize) screen.clear();
    }
}

bool ask(Screen& screen, DialogTexts const& texts, Choice const& choice, Danger danger)
{
    bool yes = danger == Danger::no;
    for (;;) {
        int const row = draw_box(screen, texts, danger == Danger::yes ? Style::error : Style::strong);
        auto const no_text = "[ " + choice.no + " ]", yes_text = "[ " + choice.yes + " ]";
        int const left = (screen.columns() - columns_of(no_text) - columns_of(yes_text) - 4) / 2;
        screen.put(row, left, no_text, yes ? Style::normal : Style::selected);
        screen.put(row, left + columns_of(no_text) + 4, yes_text, yes ? Style::selected : Style::normal);
        screen.put(row, left - 2 + (yes ? columns_of(no_text) + 4 : 0), ">"); // seen without colours too
        screen.put(row, left - 2 + (yes ? 0 : columns_of(no_text) + 4), " ");
        auto const key = screen.read_key();
        switch (key.kind) {
        case KeyKind::enter: return yes;
        case KeyKind::escape: return false;
        case KeyKind::left: yes = false; break;
        case KeyKind::right: yes = true; break;
        case KeyKind::tab:
        case KeyKind::back_tab: yes = !yes; break;
        case KeyKind::resize: screen.clear(); break;
        default: break;
        }
    }
}

} // namespace setup
