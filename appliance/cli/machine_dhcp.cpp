#include "appliance/cli/machine_dhcp.h"

#include "appliance/base/file.h"
#include "appliance/base/text.h"
#include "appliance/box/programs.h"
#include "dnsd/keep/partners.h"
#include "dnsd/keep/tsig_keys.h"

#include <algorithm>
#include <grp.h>
#include <ifaddrs.h>
#include <memory>
#include <unistd.h>

namespace cli
{

namespace
{
constexpr char const* key_name = "dhcp";
constexpr char const* dhcp4_file = "/run/kotakpos/kea-dhcp4.conf";
constexpr char const* ddns_file = "/run/kotakpos/kea-dhcp-ddns.conf";

struct FreeAddresses {
    void operator()(ifaddrs* list) const { ::freeifaddrs(list); }
};

/// The interface that has the address; empty: none.
std::string interface_with(net::IpAddress const& address)
{
    ifaddrs* first = nullptr;
    if (::getifaddrs(&first) != 0) return {};
    std::unique_ptr<ifaddrs, FreeAddresses> const list(first);
    for (auto const* one = list.get(); one; one = one->ifa_next)
        if (one->ifa_addr && one->ifa_addr->sa_family == AF_INET &&
            net::IpAddress::from_socket(one->ifa_addr) == address)
            return one->ifa_name;
    return {};
}

box::DhcpPlan make_plan(Session& session, std::string const& range)
{
    auto& people = session.directory();
    auto plan = box::plan_dhcp(people.setting("address").value_or(""), range).value();
    plan.interface = interface_with(plan.network.address);
    if (plan.interface.empty())
        throw base::Failure(base::refused(plan.network.address.show(), "no network card has this address now",
                                          "give the box a fixed address: 'setup-tui', Network"));
    plan.gateway = people.setting("gateway").value_or("");
    plan.domain = people.domain();
    return plan;
}

/// The octets of the key's secret.
std::string key_secret(Session& session)
{
    session.enter_state_folder();
    dnsd::TsigKeys const keys("dns-keys");
    auto const all = keys.all();
    auto const known = std::find_if(all.begin(), all.end(),
                                    [](auto const& key) { return dnsd::show_key_name(key.name) == key_name; });
    if (known != all.end()) return known->secret;
    return keys.add(key_name, *dnsd::tsig_algorithm("hmac-sha256"), std::nullopt).value().secret;
}

void allow_updates(Session& session, std::string const& domain)
{
    dnsd::Partners partners(session.dns());
    auto const known = partners.update_keys();
    bool const is_allowed = std::any_of(known.begin(), known.end(), [&](auto const& right) {
        return right.key == key_name && (right.zone == domain || right.zone == domain + ".");
    });
    if (is_allowed) return;
    dnsd::UpdateKey right;
    right.zone = domain;
    right.key = key_name;
    partners.allow_update(right).value();
}
} // namespace

void check_machine_setting(Session& session, std::string_view key, std::string const& value)
{
    if (!key.starts_with("machine.dhcp") || !box::is_the_box()) return;
    bool const is_range = key == "machine.dhcp.range";
    auto const plan =
        make_plan(session, is_range ? value : session.directory().setting("machine.dhcp.range").value_or(""));
    if (is_range || value != "yes") return;
    if (auto const other = box::other_dhcp_server(plan.interface))
        throw base::Failure(base::refused("machine.dhcp",
                                          "another DHCP server answers in this network (" + other->show() + ")",
                                          "two of them harm the LAN: switch that one off first"));
}

void prepare_dhcp(Session& session)
{
    auto plan = make_plan(session, session.directory().setting("machine.dhcp.range").value_or(""));
    plan.secret = base::base64(key_secret(session));
    allow_updates(session, plan.domain);
    base::write_file_atomically(dhcp4_file, box::kea_dhcp4(plan), 0644).value();
    base::write_file_atomically(ddns_file, box::kea_ddns(plan), 0640).value();
    auto const* const kea = ::getgrnam("_kea");
    if (kea && ::chown(ddns_file, 0, kea->gr_gid) != 0)
        throw base::Failure(base::failed(ddns_file, "its owner cannot be set", "restart the box"));
}

} // namespace cli
