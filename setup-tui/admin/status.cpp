#include "appliance/base/text.h"
#include "setup-tui/admin/findings.h"
#include "setup-tui/admin/screens.h"
#include "setup-tui/widgets/frame.h"
#include "setup-tui/widgets/progress.h"

#include <algorithm>

namespace setup
{

namespace
{
constexpr auto look_again = std::chrono::seconds(5);
constexpr int bar_rows = 6;
constexpr std::string_view lesson =
    "How the box is. A service is well when it really answers: a DNS question, the greeting of a mail server, a web "
    "page. Below a certain free room on the disk new mail is refused, so that nothing that is there gets lost: then "
    "delete what is not needed, or make the disk larger.\n\nThe bars are the mails that came today, hour by hour.";

int draw_services(Desk& desk, int row, cli::Health const& health)
{
    auto& screen = desk.screen;
    if (!health.is_running())
        screen.put(row++, content_column, desk.text("The appliance does not run; start it with 'kotakpos run'."),
                   Style::error);
    for (auto const& process : health.processes) {
        bool const well = process.is_healthy();
        screen.put(row, content_column, well ? sign::done : sign::failed, well ? Style::good : Style::error);
        screen.put(row, content_column + 2, process.process.name, Style::strong);
        auto text = desk.text(cli::state_text(process));
        for (auto const& listener : process.listeners)
            if (!listener.answer.good)
                text += "; " + listener.service + ": " + desk.translate(listener.answer.problem);
        screen.put(row++, content_column + 15, text, well ? Style::normal : Style::error);
    }
    return row + 1;
}

int draw_disk(Desk& desk, int row, cli::Disk const& disk)
{
    constexpr int width = 30;
    auto const used = disk.total - disk.free;
    desk.screen.put(row, content_column, desk.text("Disk"), Style::strong);
    desk.screen.put(row, content_column + 15, bar(used >> 20, disk.total >> 20, width),
                    disk.is_low() ? Style::error : Style::normal);
    desk.screen.put(row, content_column + 15 + width + 2,
                    desk.text("{1} of {2} free", {base::show_size(disk.free), base::show_size(disk.total)}));
    if (disk.is_low())
        desk.screen.put(++row, content_column + 15, desk.text("(too little: mail will be refused; make room)"),
                        Style::error);
    return row + 1;
}

int draw_queue(Desk& desk, int row, std::optional<cli::QueueLength> const& queue)
{
    desk.screen.put(row, content_column, desk.text("Queue"), Style::strong);
    auto const text = !queue || queue->messages == 0
                          ? desk.text("empty")
                          : desk.text("{1} messages, {2} held, the oldest since {3}",
                                      {std::to_string(queue->messages), std::to_string(queue->held),
                                       desk.show_time(queue->oldest)});
    desk.screen.put(row, content_column + 15, text);
    return row + 2;
}

/// A column of blocks for each hour, and the hours below.
void draw_today(Desk& desk, int row, Today const& today)
{
    auto& screen = desk.screen;
    screen.put(row, content_column, desk.text("Mail today"), Style::strong);
    screen.put(row++, content_column + 15,
               desk.plural("{1} message", "{1} messages", today.messages) + ", " +
                   desk.plural("{1} refused", "{1} refused", today.refused));
    auto const most = std::max<std::size_t>(1, *std::max_element(today.by_hour.begin(), today.by_hour.end()));
    int const room = std::min(bar_rows, screen.rows() - 3 - row);
    for (std::size_t hour = 0; hour < hours; ++hour) {
        int const column = content_column + static_cast<int>(hour) * 3;
        auto const height = (today.by_hour[hour] * static_cast<std::size_t>(std::max(0, room)) + most - 1) / most;
        for (std::size_t i = 0; i < height; ++i)
            screen.put(row + room - 1 - static_cast<int>(i), column,
                       std::string(sign::full) + std::string(sign::full), Style::good);
        auto const label = std::to_string(hour);
        screen.put(row + room, column, label.size() == 1 ? "0" + label : label, Style::dim);
    }
}

void draw(Desk& desk, Findings const& findings)
{
    draw_frame(desk.screen,
               Frame{.title = desk.text("Status"),
                     .place = desk.school_name,
                     .keys = desk.text("F5 look again") + "  " + desk.common_keys() + "  " + desk.text("Esc back"),
                     .message = findings.problem});
    int row = draw_services(desk, content_row, findings.health);
    row = draw_disk(desk, row, findings.disk);
    row = draw_queue(desk, row, findings.queue);
    draw_today(desk, row, findings.today);
}
} // namespace

void show_status(Desk& desk)
{
    auto findings = look_at_box(desk);
    for (;;) {
        draw(desk, findings);
        auto const key = desk.screen.read_key_within(look_again);
        bool const is_function = key && key->kind == KeyKind::function;
        if (!key || (is_function && key->number == 5))
            findings = look_at_box(desk);
        else if (key->kind == KeyKind::escape || (is_function && key->number == 10))
            return;
        else if (is_function && key->number == 1)
            show_help(desk.screen, desk.text("Status"), desk.text(lesson), desk.text("Esc back"),
                      [&] { draw(desk, findings); });
        else if (is_function && key->number == 2)
            desk.change_language();
    }
}

} // namespace setup
