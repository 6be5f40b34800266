#include "setup-tui/admin/text_screen.h"

#include "setup-tui/widgets/frame.h"
#include "setup-tui/widgets/text_view.h"

namespace setup
{

namespace
{
constexpr auto look_again = std::chrono::milliseconds(300);
constexpr int most_lines_at_once = 2000;
constexpr std::string_view lesson = "Arrows and page keys move, Home and End go to the beginning and to the end. At "
                                    "the end, a log moves on by itself.";

void draw(Desk& desk, std::string_view title, TextView& view)
{
    auto& screen = desk.screen;
    draw_frame(screen, Frame{.title = desk.text(title),
                             .place = desk.school_name,
                             .keys = desk.text("Arrows and page keys move") + "  " + desk.common_keys() + "  " +
                                     desk.text("Esc back")});
    view.draw(screen, {content_row, content_column, content_rows(screen), content_columns(screen)});
}

/// False: the screen ends.
bool take(Desk& desk, std::string_view title, TextView& view, Key const& key)
{
    bool const is_function = key.kind == KeyKind::function;
    if (key.kind == KeyKind::escape || (is_function && key.number == 10)) return false;
    if (is_function && key.number == 1)
        show_help(desk.screen, desk.text(title), desk.text(lesson), desk.text("Esc back"),
                  [&] { draw(desk, title, view); });
    else if (is_function && key.number == 2)
        desk.change_language();
    else
        view.take(key);
    return true;
}
} // namespace

void show_text(Desk& desk, std::string_view title, std::string_view text)
{
    TextView view;
    view.set_text(text);
    do draw(desk, title, view);
    while (take(desk, title, view, desk.screen.read_key()));
}

void follow_text(Desk& desk, std::string_view title, std::function<std::optional<std::string>()> const& next)
{
    TextView view(TextView::Start::end);
    for (;;) {
        for (int count = 0; count < most_lines_at_once; ++count) {
            auto line = next();
            if (!line) break;
            view.add_line(std::move(*line));
        }
        draw(desk, title, view);
        auto const key = desk.screen.read_key_within(look_again);
        if (key && !take(desk, title, view, *key)) return;
    }
}

} // namespace setup
