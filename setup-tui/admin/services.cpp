#include "appliance/cli/health.h"
#include "appliance/supervisor/control.h"
#include "setup-tui/admin/list_screen.h"
#include "setup-tui/admin/log_source.h"
#include "setup-tui/admin/screens.h"
#include "setup-tui/admin/text_screen.h"

namespace setup
{

namespace
{
constexpr std::string_view lesson =
    "The box is made of a few programs, each with rights of its own, so that a hole in one of them does not open the "
    "others. dnsd answers questions about names; dns-keeper keeps the zones and their keys; maild-in takes mail from "
    "strangers; maild-box delivers it and shows it to its owners (IMAP, POP3); httpd is the web.\n\nA program that "
    "crashes is started again by itself, and no mail is lost. Restarting one (F5) interrupts its connections for a "
    "moment; mail programs connect again by themselves.\n\nEnter shows what it writes into its log, line by line as "
    "it "
    "comes.";

void show_log(Desk& desk, supervisor::ProcessStatus const& process)
{
    auto const only = process.pid == 0 ? process.program + "[" : "[" + std::to_string(process.pid) + "]";
    follow_text(desk, "Log", open_log(supervisor::running_supervisor("."), only).value());
}

std::string show_whole_log(Desk& desk)
{
    follow_text(desk, "Log", open_log(supervisor::running_supervisor("."), "").value());
    return {};
}

std::string restart(Desk& desk, std::string const& name)
{
    if (!desk.ask(desk.text("Restart {1}?", {name}), desk.text("Its connections end; the others go on."))) return {};
    desk.screen.put(desk.screen.rows() - 2, 2, desk.text("A moment, please ..."), Style::warning);
    desk.screen.show();
    supervisor::restart_service(".", name).value();
    return desk.text("{1} was restarted.", {name});
}

std::string_view state_word(supervisor::ProcessStatus const& process)
{
    if (process.state == "ready") return "runs";
    return cli::state_text({process, {}});
}
} // namespace

void manage_services(Desk& desk)
{
    std::vector<supervisor::ProcessStatus> processes;
    ListScreen list{.title = "Services", .lesson = lesson};
    list.columns = {{"Service", 12}, {"State", 24, true}, {"Process", 8}, {"Since", 22}, {"Restarts", 8}};
    list.load = [&] {
        auto const status = supervisor::read_status(".");
        processes = status ? status->processes : std::vector<supervisor::ProcessStatus>();
        std::vector<TableRow> rows;
        for (auto const& process : processes)
            rows.push_back(
                {process.name,
                 {process.name, desk.text(state_word(process)), process.pid == 0 ? "" : std::to_string(process.pid),
                  desk.show_time(process.since), std::to_string(process.restarts)}});
        return rows;
    };
    list.keys = {{0, "log",
                  [&](std::size_t row) {
                      show_log(desk, processes[row]);
                      return std::string();
                  }},
                 {4, "whole log", [&](std::size_t) { return show_whole_log(desk); }, ListKey::Needs::nothing},
                 {5, "restart", [&](std::size_t row) {
                      auto const name = processes[row].name;
                      return restart(desk, name);
                  }}};
    list.empty = "The appliance does not run; start it with 'kotakpos run'.";
    list.is_live = true;
    run_list(desk, list);
}

} // namespace setup
