#include "setup-tui/admin/list_screen.h"
#include "setup-tui/admin/screens.h"

namespace setup
{

namespace
{
constexpr std::string_view lesson =
    "From here everything in the box is reached. The arrows choose, Enter opens, Esc goes back everywhere, and F1 "
    "explains the screen that one is on. Type a few letters to find an entry.\n\nNothing is changed before it is "
    "asked "
    "for, and what cannot be undone is asked twice.\n\nThe command 'kotakpos' does the same from a shell: 'kotakpos "
    "--help'.\n\nWhere a keyboard has no function keys, Alt with a digit does the same: Alt-1 is F1.";

struct Entry {
    std::string_view name;
    std::string_view what;
    std::string (*open)(Desk& desk);
};

template <void (*screen)(Desk&)>
std::string quietly(Desk& desk)
{
    screen(desk);
    return {};
}

std::string change_language(Desk& desk)
{
    desk.change_language();
    return {};
}

constexpr Entry entries[] = {
    {"Users", "add, change, password, switch off, delete, import a table", quietly<manage_users>},
    {"Classes", "members, addresses, who may write", quietly<manage_classes>},
    {"Aliases", "more mail addresses for people", quietly<manage_aliases>},
    {"DNS", "zones and records", quietly<manage_zones>},
    {"Mail queue", "mail on its way: look, try now, hold, delete", quietly<manage_queue>},
    {"Trace", "what became of a mail", quietly<search_trace>},
    {"Settings", "rules for mail and people", quietly<change_settings>},
    {"Services", "state, restart, log", quietly<manage_services>},
    {"Status", "is everything well? disk, mail today", quietly<show_status>},
    {"Network", "addresses of this box", quietly<show_network>},
    {"Backup", "save the whole school in one file", make_backup},
    {"Restore", "bring a saved school back", restore_backup},
    {"Update", "a new version of the box, from a file", update_box},
    {"Language", "Bahasa Indonesia / English", change_language},
    {"Shell", "type commands, then come back", open_shell},
    {"Restart", "restart the whole box", restart_box},
    {"Shut down", "switch the box off", shut_down_box},
};
} // namespace

void run_menu(Desk& desk)
{
    ListScreen list{.title = "Menu", .lesson = lesson};
    list.columns = {{"", 16}, {"", 50, true}};
    list.load = [&] {
        std::vector<TableRow> rows;
        for (auto const& entry : entries)
            rows.push_back({std::string(entry.name), {desk.text(entry.name), desk.text(entry.what)}});
        return rows;
    };
    list.heading = [&] {
        return desk.session.config().lab ? desk.text("PRACTICE MODE: easy passwords are accepted") : "";
    };
    list.keys = {{0, "open", [&](std::size_t row) { return entries[row].open(desk); }}};
    list.leave = "Esc log out";
    run_list(desk, list);
}

} // namespace setup
