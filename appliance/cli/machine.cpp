// kotakpos machine and update: the image's own commands. Refused on any other computer.

#include "appliance/base/file.h"
#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/box/firewall.h"
#include "appliance/box/programs.h"
#include "appliance/box/slots.h"
#include "appliance/box/units.h"
#include "appliance/box/update.h"
#include "appliance/cli/machine_dhcp.h"
#include "appliance/cli/machine_update.h"
#include "appliance/cli/nouns.h"
#include "appliance/cli/output.h"
#include "appliance/cli/self_test.h"
#include "appliance/directory/settings.h"
#include "dnsd/zone/forwarder_setting.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <unistd.h>

namespace cli
{

namespace
{
using namespace std::chrono_literals;
constexpr char const* firewall_file = "/run/kotakpos/firewall.nft";
constexpr char const* time_zone_link = "/etc/kotakpos/localtime";
constexpr auto trial_time = 240s;
constexpr auto trial_pause = 3s;

void must_be_the_box()
{
    if (!box::is_the_box())
        throw base::Failure(base::refused("this computer",
                                          "it was not started from the image of Kotakpos, or you are not root",
                                          "run this in the appliance"));
}

std::string setting(Session& session, std::string_view key)
{
    auto const chosen = session.directory().setting(key);
    return chosen.value_or(std::string(directory::find_setting(key)->usual));
}

bool is_on(Session& session, std::string_view key) { return setting(session, key) == "yes"; }

void switch_unit(std::string const& unit, bool on)
{
    box::run({"systemctl", "--no-block", on ? "start" : "stop", unit});
}

/// Loads a ruleset only when it differs from the one before: connections that exist stay in either case.
void load_firewall(std::string const& text)
{
    if (auto const before = base::read_file(firewall_file); before && *before == text) return;
    base::write_file_atomically(firewall_file, text, 0644).value();
    if (box::run({"nft", "-f", firewall_file}) == 0) return;
    ::unlink(firewall_file);
    throw base::Failure(
        base::failed("nft", "the firewall did not take its rules", "see 'journalctl -u kotakpos-machine'"));
}

void set_time_zone(std::string const& zone)
{
    auto const target = "/usr/share/zoneinfo/" + zone;
    char before[256] = {};
    if (::access(target.c_str(), R_OK) != 0) return;
    if (::readlink(time_zone_link, before, sizeof before - 1) > 0 && target == before) return;
    auto const made = std::string(time_zone_link) + ".new";
    ::unlink(made.c_str());
    if (::symlink(target.c_str(), made.c_str()) == 0) ::rename(made.c_str(), time_zone_link);
}

/// The recursive resolver runs only where our name server asks it.
bool asks_unbound(Session& session)
{
    auto const list = dnsd::forwarders(session.dns());
    return std::any_of(list.begin(), list.end(), [](auto const& forwarder) {
        return forwarder.address.is_loopback() && forwarder.port == 5335;
    });
}

int apply(Session& session, Arguments const&)
{
    must_be_the_box();
    session.enter_state_folder();
    bool const ssh = is_on(session, "machine.ssh");
    set_time_zone(setting(session, "machine.time-zone"));
    auto const& name = session.config().hostname;
    if (!name.empty() && ::sethostname(name.data(), name.size()) != 0)
        base::log(base::Level::warning, "", "hostname-not-set", {{"hostname", name}});
    bool const on_trial = ::access("/data/update/pending", F_OK) == 0 && box::this_boot().is_trial;
    bool const dhcp = is_on(session, "machine.dhcp") && !on_trial;
    if (!on_trial) load_firewall(box::firewall(session.config(), {ssh, dhcp}));
    switch_unit("ssh.service", ssh && !on_trial);
    switch_unit("unbound.service", asks_unbound(session));
    if (dhcp) prepare_dhcp(session); // last: without its address everything else still works
    for (auto const* unit : {"kea-dhcp-ddns-server.service", "kea-dhcp4-server.service"}) switch_unit(unit, dhcp);
    return 0;
}

int firewall(Session& session, Arguments const&)
{
    session.enter_state_folder();
    print(box::firewall(session.config(), {is_on(session, "machine.ssh"), is_on(session, "machine.dhcp")}));
    return 0;
}

/// Fresh eyes each time: a store that could not be opened a moment ago may be there now.
std::set<std::string> look_at_steps(std::string const& config_file)
{
    try {
        Session session(config_file);
        return ill_steps(session);
    } catch (std::exception const&) { // no answer at all is the worst of answers
        return {"services"};
    }
}

int units(Session&, Arguments const& arguments)
{
    auto const& folder = arguments.operands.front();
    for (auto const& service : supervisor::services())
        base::write_file_atomically(folder + "/" + box::unit_name(service), box::unit_text(service), 0644).value();
    return 0;
}

bool has_school(Session& session)
{
    return ::access(session.config().in_state("school/school.db").c_str(), F_OK) == 0;
}

int after_boot(Session&, Arguments const&)
{
    must_be_the_box();
    auto const found = box::after_boot({}).value();
    constexpr std::string_view names[] = {"nothing", "trial-begins", "kept", "taken-back"};
    base::log(base::Level::info, "", "update", {{"after-boot", std::string(names[static_cast<int>(found)])}});
    return 0;
}

/// Exit 1 makes the unit restart the box, into the slot of before.
int trial(Session& session, Arguments const&)
{
    must_be_the_box();
    auto const text = base::read_file("/data/update/pending").value();
    auto const pending = box::parse_pending(text).value();
    std::set<std::string> worse;
    for (auto const end = std::chrono::steady_clock::now() + trial_time; std::chrono::steady_clock::now() < end;
         std::this_thread::sleep_for(trial_pause)) {
        worse.clear();
        if (has_school(session))
            for (auto const& step : look_at_steps(session.config_file()))
                if (!pending.ill.contains(step)) worse.insert(step);
        if (!worse.empty()) continue;
        box::finish_trial({}).value();
        box::run({"systemctl", "--no-block", "start", "kotakpos-machine.service"});
        base::log(base::Level::info, "", "update", {{"trial", "passed"}});
        return 0;
    }
    base::log(base::Level::error, "", "update",
              {{"trial", "failed"}, {"steps", base::join({worse.begin(), worse.end()}, ",")}});
    return 1;
}

int show_update(Session& session)
{
    auto const running = box::parse_release(base::read_file(box::UpdatePlaces().release).value()).value();
    print(session.text("Version {1}, slot {2}", {running.version, box::this_boot().slot}) + "\n");
    if (auto const last = box::last_update({}); !last.empty()) print(session.text("Last update: {1}", {last}) + "\n");
    return 0;
}

int update(Session& session, Arguments const& arguments)
{
    must_be_the_box();
    if (arguments.operands.empty()) return show_update(session);
    std::uint64_t shown = 0;
    auto const installed = install_version(session, arguments.operands.front(), [&](auto done, auto all) {
        auto const percent = done * 10 / all * 10;
        if (percent == shown || ::isatty(STDOUT_FILENO) == 0) return;
        shown = percent;
        print(std::to_string(percent) + " %\n");
    });
    print(session.text("Version {1} is in its place. The box restarts to try it; if anything does not work, this "
                       "version comes back by itself.",
                       {installed.version}) +
          "\n");
    if (!arguments.has("--no-restart")) box::run({"systemctl", "--no-block", "reboot"});
    return 0;
}
} // namespace

box::Release install_version(Session& session, std::string const& file,
                             std::function<void(std::uint64_t, std::uint64_t)> const& progress)
{
    must_be_the_box();
    std::set<std::string> ill;
    if (has_school(session)) ill = look_at_steps(session.config_file());
    return box::install_update({}, file, ill, progress).value();
}

std::vector<Command> machine_commands()
{
    return {
        {"apply", "", 0, 0, {}, "Applies the settings that concern the machine: firewall, SSH, time zone.", apply},
        {"firewall", "", 0, 0, {}, "Shows the rules of the firewall as nftables text.", firewall},
        {"units", "FOLDER", 1, 1, {}, "Writes a systemd unit for each daemon. Done when the image is made.", units},
        {"after-boot",
         "",
         0,
         0,
         {},
         "After an update: takes the snapshot, or puts it back. Done by the box itself.",
         after_boot},
        {"trial", "", 0, 0, {}, "Decides whether a new version stays. Done by the box itself.", trial},
    };
}

std::vector<Command> update_commands()
{
    return {{"",
             "[FILE]",
             0,
             1,
             {{"--no-restart", ""}},
             "Installs a new version of the whole box from a signed file; without a file: which version runs.",
             update}};
}

} // namespace cli
