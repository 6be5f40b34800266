#include "setup-tui/steps/suggestions.h"

#include "appliance/base/file.h"
#include "appliance/base/text.h"
#include "appliance/net/address.h"

#include <algorithm>
#include <bit>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace setup
{

namespace
{
constexpr std::size_t longest_label = 63;

/// Words of a school's name that its domain abbreviates.
struct Short {
    std::string_view word;
    std::string_view letters;
};
constexpr Short shorts[] = {{"negeri", "n"}, {"swasta", "s"}, {"sekolah", ""}, {"menengah", ""}, {"kejuruan", ""}};

std::vector<std::string> words_of(std::string_view name)
{
    std::vector<std::string> words;
    std::string word;
    for (char const c : base::lower(name) + " ") {
        bool const is_good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (is_good) word += c;
        if (c == ' ' && !word.empty()) words.push_back(std::exchange(word, {}));
    }
    return words;
}

unsigned prefix_of(sockaddr const* mask)
{
    auto const bytes = net::IpAddress::from_socket(mask).bytes();
    unsigned bits = 0;
    for (auto const byte : bytes) bits += static_cast<unsigned>(std::popcount(byte));
    return mask->sa_family == AF_INET ? bits - 16 : bits; // the 16 ones of ::ffff:
}
} // namespace

std::string suggest_domain(std::string_view school_name)
{
    std::string label;
    for (auto const& word : words_of(school_name)) {
        auto const found = std::find_if(std::begin(shorts), std::end(shorts),
                                        [&](auto const& candidate) { return candidate.word == word; });
        label += found == std::end(shorts) ? std::string_view(word) : found->letters;
    }
    if (label.empty()) label = "sekolah";
    return label.substr(0, longest_label) + ".sch.id";
}

std::string default_gateway(std::string_view route_table)
{
    constexpr std::size_t destination = 1, gateway = 2, mask = 7;
    for (auto const line : base::split(route_table, '\n')) {
        auto const columns = base::split(line, '\t');
        if (columns.size() <= mask || columns[destination] != "00000000" || columns[mask] != "00000000") continue;
        auto const bytes = base::from_hex(base::lower(columns[gateway]));
        if (!bytes || bytes->size() != 4 || *bytes == std::string(4, '\0')) continue;
        std::uint32_t address = 0; // in the machine's order: the last byte comes first
        for (std::size_t i = 4; i > 0; --i) address = address << 8U | static_cast<unsigned char>((*bytes)[i - 1]);
        return net::IpAddress::from_v4(address).show();
    }
    return {};
}

std::vector<std::string> resolvers_of(std::string_view resolv_conf)
{
    std::vector<std::string> result;
    for (auto const line : base::split(resolv_conf, '\n')) {
        auto const text = base::trim(line);
        constexpr std::string_view keyword = "nameserver";
        if (!text.starts_with(keyword)) continue;
        auto const address = net::IpAddress::parse(base::trim(text.substr(keyword.size())));
        if (address && !address->is_loopback()) result.push_back(address->show());
    }
    return result;
}

RunningNetwork read_running_network()
{
    RunningNetwork network;
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) == 0) {
        for (auto const* entry = list; entry; entry = entry->ifa_next) {
            if ((entry->ifa_flags & IFF_LOOPBACK) != 0) continue;
            auto found = std::find_if(network.interfaces.begin(), network.interfaces.end(),
                                      [&](auto const& other) { return other.name == entry->ifa_name; });
            if (found == network.interfaces.end())
                found = network.interfaces.insert(found, {entry->ifa_name, "", (entry->ifa_flags & IFF_UP) != 0});
            // IPv4 first: that is what the school's network and its reverse zone are made of.
            if (found->address.empty() && entry->ifa_addr && entry->ifa_addr->sa_family == AF_INET)
                found->address = net::IpAddress::from_socket(entry->ifa_addr).show() + "/" +
                                 std::to_string(prefix_of(entry->ifa_netmask));
        }
        ::freeifaddrs(list);
    }
    std::stable_sort(network.interfaces.begin(), network.interfaces.end(),
                     [](auto const& a, auto const& b) { return !a.address.empty() && b.address.empty(); });
    constexpr std::size_t largest = 1 << 20;
    if (auto const routes = base::read_file("/proc/net/route", largest)) network.gateway = default_gateway(*routes);
    if (auto const file = base::read_file("/etc/resolv.conf", largest)) network.resolvers = resolvers_of(*file);
    return network;
}

void add_suggestions(Draft& draft, RunningNetwork const& network)
{
    std::vector<std::string> names;
    for (auto const& interface : network.interfaces) {
        names.push_back(interface.name);
        draft.set("now.address." + interface.name, interface.address);
    }
    draft.set("now.interfaces", base::join(names, ","));
    draft.set("now.gateway", network.gateway);
    draft.set("now.resolvers", base::join(network.resolvers, ", "));
}

} // namespace setup
