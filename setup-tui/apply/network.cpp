#include "setup-tui/apply/network.h"

#include "appliance/base/file.h"

#include <Poco/Process.h>
#include <unistd.h>

namespace setup
{

namespace
{
constexpr char const* file = "/etc/systemd/network/10-kotakpos.network";

/// Whether `networkctl reload` took it; a box whose networkd does not run takes it at its next start.
bool reload_networkd()
{
    std::string const program = "/usr/bin/networkctl";
    if (::access(program.c_str(), X_OK) != 0 || ::access("/run/systemd/netif", F_OK) != 0) return true;
    return Poco::Process::launch(program, {"reload"}).wait() == 0;
}
} // namespace

bool owns_network() { return ::geteuid() == 0 && ::access(network_is_ours, F_OK) == 0; }

std::string network_file(Draft const& draft)
{
    auto const method = draft.value("network.method");
    if (method != "static" && method != "dhcp") return {};
    auto text =
        "# Written by the setup of Kotakpos.\n[Match]\nName=" + draft.value("network.interface") + "\n\n[Network]\n";
    if (method == "dhcp") return text + "DHCP=yes\n";
    text += "Address=" + draft.value("address") + "\n";
    if (auto const gateway = draft.value("gateway"); !gateway.empty()) text += "Gateway=" + gateway + "\n";
    // The box asks itself: it knows the school's names, and passes the others on.
    return text + "DNS=127.0.0.1\n";
}

base::Result<void> apply_network(Draft const& draft)
{
    auto const text = network_file(draft);
    if (text.empty() || !owns_network()) return {};
    auto const before = base::read_file(file);
    if (before && *before == text) return {};
    if (auto made = base::make_folders("/etc/systemd/network", 0755); !made) return made;
    if (auto written = base::write_file_atomically(file, text, 0644); !written) return written;
    if (reload_networkd()) return {};
    if (before)
        static_cast<void>(base::write_file_atomically(file, *before, 0644));
    else
        ::unlink(file);
    reload_networkd();
    return base::failed("network", "the system did not take the new address", "see 'journalctl -u systemd-networkd'");
}

} // namespace setup
