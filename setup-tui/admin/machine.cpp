// The box as a machine: its addresses, backup, a shell, restart and shut down.

#include "appliance/net/address.h"
#include "setup-tui/admin/list_screen.h"
#include "setup-tui/admin/run_program.h"
#include "setup-tui/admin/screens.h"
#include "setup-tui/admin/simple_form.h"
#include "setup-tui/wizard/wizard.h"

#include <bit>
#include <cstdlib>
#include <ifaddrs.h>
#include <memory>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

namespace setup
{

namespace
{
constexpr std::string_view network_lesson =
    "The addresses of this box. The PCs of the school need the box as their DNS server, so its address must stay the "
    "same: give it a fixed one, outside the part that the DHCP server hands out.\n\nBelow the interfaces stand the "
    "addresses and ports on which each service listens.";
constexpr std::string_view backup_lesson = "A backup is one file with everything: people, mail, zones, keys and "
                                           "settings. Copy it to another computer or a USB "
                                           "stick: a backup on the same disk is lost together with the disk.";

struct FreeInterfaces {
    void operator()(ifaddrs* list) const { ::freeifaddrs(list); }
};

unsigned prefix_length(sockaddr const* mask)
{
    unsigned bits = 0;
    auto const bytes = net::IpAddress::from_socket(mask).bytes();
    auto const first = mask->sa_family == AF_INET ? std::size_t{12} : std::size_t{0};
    for (auto i = first; i < bytes.size(); ++i) bits += static_cast<unsigned>(std::popcount(bytes[i]));
    return bits;
}

std::vector<TableRow> interface_rows(Desk const& desk)
{
    ifaddrs* first = nullptr;
    if (::getifaddrs(&first) != 0) return {};
    std::unique_ptr<ifaddrs, FreeInterfaces> const list(first);
    std::vector<TableRow> rows;
    for (auto const* one = list.get(); one; one = one->ifa_next) {
        bool const is_ip = one->ifa_addr && one->ifa_netmask &&
                           (one->ifa_addr->sa_family == AF_INET || one->ifa_addr->sa_family == AF_INET6);
        if (!is_ip) continue;
        auto const address = net::IpAddress::from_socket(one->ifa_addr).show();
        rows.push_back({std::string(one->ifa_name) + address,
                        {one->ifa_name, address + "/" + std::to_string(prefix_length(one->ifa_netmask)),
                         desk.text((one->ifa_flags & IFF_RUNNING) != 0 ? "connected" : "no cable")}});
    }
    return rows;
}

/// Asks for the file, runs `kotakpos WORDS FILE` and shows what it says. True: it worked.
bool run_with_file(Desk& desk, std::string_view title, std::vector<std::string> words, std::string const& value,
                   std::function<bool(std::string const&)> const& sure)
{
    std::string file;
    bool const done =
        ask_form(desk, title, backup_lesson, {{"File", "The whole path, like /media/usb/sekolah.kotak.", value}},
                 [&](auto const& answers) {
                     file = answers[0];
                     if (file.empty() || file.front() != '/')
                         throw base::Failure(base::refused(file, "this is not a whole path", "begin it with /"));
                 });
    if (!done || !sure(file)) return false;
    words.insert(words.begin(), kotakpos_program());
    words.insert(words.end(), {file, "--config", desk.session.config_file()});
    auto const ended = run_program(words);
    desk.tell(desk.text(ended.code == 0 ? "Done" : "This did not work"), ended.output);
    return ended.code == 0;
}

/// What this program has open is the school that was put aside: it begins anew.
void begin_anew(Desk& desk)
{
    desk.screen.lend(
        [&] { ::execl("/proc/self/exe", "setup-tui", "--config", desk.session.config_file().c_str(), nullptr); });
}

std::string change_network(Desk& desk)
{
    bool const done = run_wizard(desk.screen, desk.session.config_file(), Scope::network) == 0;
    desk.session.enter_state_folder();
    desk.session.reread_config();
    return done ? desk.text("The network was changed.") : "";
}

std::string systemctl(Desk& desk, std::string_view title, std::string_view verb, std::string_view sentence)
{
    must_be_a_box();
    if (!desk.ask_danger(desk.text(title), desk.text(sentence))) return {};
    auto const ended = run_program({"systemctl", std::string(verb)});
    if (ended.code != 0) throw base::Failure(base::failed("systemctl", ended.output, "look into the log"));
    return desk.text("A moment, please ...");
}
} // namespace

void must_be_a_box()
{
    bool const installed = kotakpos_program().starts_with("/usr/");
    if (::geteuid() != 0 || !installed || ::access("/run/systemd/system", F_OK) != 0)
        throw base::Failure(base::refused("kotakpos", "this machine is not a box of its own, or you are not root",
                                          "use the machine's own menu for it"));
}

void show_network(Desk& desk)
{
    ListScreen list{.title = "Network", .lesson = network_lesson};
    list.columns = {{"Interface", 14}, {"Address", 44, true}, {"State", 12}};
    list.load = [&] {
        auto rows = interface_rows(desk);
        for (auto const& [service, endpoints] : desk.session.config().listen)
            for (auto const& endpoint : endpoints)
                rows.push_back({service + endpoint.show(), {service, endpoint.show(), desk.text("listens")}});
        return rows;
    };
    list.keys = {{4, "change", [&](std::size_t) { return change_network(desk); }, ListKey::Needs::nothing}};
    list.is_live = true;
    run_list(desk, list);
}

std::string make_backup(Desk& desk)
{
    run_with_file(desk, "Backup", {"backup"}, "/root/sekolah.kotak", [](std::string const&) { return true; });
    return {};
}

std::string restore_backup(Desk& desk)
{
    auto const sure = [&](std::string const& file) {
        return desk.ask_danger(
            desk.text("Restore {1}?", {file}),
            desk.text("Everything that is in the box now is replaced by what is in the backup. All "
                      "services stop for that long. What is there now stays in a folder beside it."));
    };
    if (run_with_file(desk, "Restore", {"restore", "--force", "--stop"}, "/root/sekolah.kotak", sure))
        begin_anew(desk);
    return {};
}

std::string open_shell(Desk& desk)
{
    auto const* const wanted = std::getenv("SHELL");
    std::string const shell = wanted && *wanted ? wanted : "/bin/bash";
    desk.screen.lend([&] {
        std::fputs((desk.text("A shell. Type 'exit' to come back.") + "\n").c_str(), stdout);
        std::fflush(stdout);
        run_in_terminal({shell});
    });
    return {};
}

std::string restart_box(Desk& desk)
{
    return systemctl(desk, "Restart the box?", "reboot", "For a minute or two nobody can read mail or open names.");
}

std::string shut_down_box(Desk& desk)
{
    return systemctl(desk, "Shut the box down?", "poweroff",
                     "Nobody can read mail or open names until somebody switches it on again.");
}

} // namespace setup
