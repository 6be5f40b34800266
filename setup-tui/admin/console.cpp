#include "setup-tui/admin/console.h"

#include "appliance/base/text.h"
#include "appliance/net/address.h"
#include "setup-tui/admin/findings.h"
#include "setup-tui/widgets/frame.h"

#include <algorithm>
#include <ifaddrs.h>
#include <memory>
#include <net/if.h>
#include <unistd.h>

namespace setup
{

namespace
{
constexpr auto look_again = std::chrono::seconds(60); ///< real answers of every service cost a weak PC something
constexpr int value_column = content_column + 15;
constexpr std::size_t most_addresses = 5;

struct FreeAddresses {
    void operator()(ifaddrs* list) const { ::freeifaddrs(list); }
};

bool reaches_us(ifaddrs const& one)
{
    if (!one.ifa_addr || (one.ifa_flags & IFF_LOOPBACK) != 0) return false;
    if (one.ifa_addr->sa_family == AF_INET) return true;
    return one.ifa_addr->sa_family == AF_INET6 &&
           !net::IpAddress::from_socket(one.ifa_addr).show().starts_with("fe80");
}

std::string host_name(Desk const& desk)
{
    auto const& name = desk.session.config().hostname;
    return name.empty() ? "mail." + desk.people.domain() : name;
}

int put_line(Desk& desk, int row, std::string_view label, std::string const& value, Style style = Style::normal)
{
    if (!label.empty()) desk.screen.put(row, content_column, desk.text(label), Style::strong);
    desk.screen.put(row, value_column, value, style);
    return row + 1;
}

int draw_addresses(Desk& desk, int row)
{
    auto addresses = own_addresses();
    if (addresses.empty())
        return put_line(desk, row, "Addresses",
                        desk.text("none: is the network card there, and its cable plugged in?"), Style::error);
    addresses.resize(std::min(addresses.size(), most_addresses));
    for (std::size_t i = 0; i < addresses.size(); ++i)
        row = put_line(desk, row, i == 0 ? "Addresses" : "", addresses[i]);
    return row;
}

int draw_health(Desk& desk, int row, Findings const& findings)
{
    if (!findings.problem.empty()) return put_line(desk, row, "Health", findings.problem, Style::error);
    if (!findings.health.is_running())
        return put_line(desk, row, "Health", desk.text("The services are starting ..."), Style::warning);
    std::vector<std::string> ill;
    for (auto const& process : findings.health.processes)
        if (!process.is_healthy()) ill.push_back(process.process.name);
    if (!ill.empty())
        return put_line(desk, row, "Health", desk.text("Not well: {1}.", {base::join(ill, ", ")}), Style::error);
    return put_line(desk, row, "Health", desk.text("All services run and answer."), Style::good);
}

/// On a slow machine an answer may come too late once: what is not well is asked again before it is said.
Findings look_well(Desk& desk)
{
    auto findings = look_at_box(desk);
    if (findings.health.is_running() && !findings.health.is_healthy()) findings = look_at_box(desk);
    return findings;
}

void draw(Desk& desk, Findings const& findings)
{
    draw_frame(desk.screen, Frame{.title = desk.text("Status"),
                                  .place = desk.school_name,
                                  .keys = desk.text("Enter log in as administrator") + "  " + desk.common_keys()});
    int row = content_row;
    row = put_line(desk, row, "Name", host_name(desk));
    row = put_line(desk, row, "Webmail", "https://" + host_name(desk) + "/");
    row = draw_addresses(desk, row) + 1;
    row = draw_health(desk, row, findings);
    row = put_line(
        desk, row, "Disk",
        desk.text("{1} of {2} free", {base::show_size(findings.disk.free), base::show_size(findings.disk.total)}),
        findings.disk.is_low() ? Style::error : Style::normal);
    row = put_line(desk, row, "Mail today",
                   desk.plural("{1} message", "{1} messages", findings.today.messages) + ", " +
                       desk.plural("{1} refused", "{1} refused", findings.today.refused));
    if (desk.session.config().lab)
        put_line(desk, row + 1, "", desk.text("PRACTICE MODE: easy passwords are accepted"), Style::warning);
    desk.screen.hide_cursor();
}
} // namespace

std::vector<std::string> own_addresses()
{
    ifaddrs* first = nullptr;
    std::vector<std::string> found;
    if (::getifaddrs(&first) != 0) return found;
    std::unique_ptr<ifaddrs, FreeAddresses> const list(first);
    for (auto const* one = list.get(); one; one = one->ifa_next)
        if (reaches_us(*one))
            found.push_back(net::IpAddress::from_socket(one->ifa_addr).show() + " (" + one->ifa_name + ")");
    return found;
}

void show_console(Desk& desk)
{
    auto findings = look_well(desk);
    for (;;) {
        draw(desk, findings);
        auto const key = desk.screen.read_key_within(look_again);
        if (!key)
            findings = look_well(desk);
        else if (key->kind == KeyKind::enter)
            return;
        else if (key->kind == KeyKind::function && key->number == 2)
            desk.change_language();
        else if (key->kind == KeyKind::function && key->number == 1)
            show_help(
                desk.screen, "Kotakpos",
                desk.text("The box on its own screen. Enter asks for the administrator's password and opens the "
                          "menu. The PCs of the school open the address beside 'Webmail' in a browser."),
                desk.text("Esc back"), [&] { draw(desk, findings); });
    }
}

} // namespace setup
