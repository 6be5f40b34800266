#include "dnsd/zone/forwarder_setting.h"

#include "appliance/base/text.h"
#include "appliance/db/database.h"

#include <algorithm>

namespace dnsd
{

namespace
{
constexpr std::uint16_t dns_port = 53;

base::Result<void> check(std::vector<net::Endpoint> const& forwarders)
{
    if (forwarders.size() > most_forwarders)
        return base::refused("forwarders", "there are too many", "give at most eight");
    for (auto const& forwarder : forwarders) {
        auto const shown = forwarder.show();
        bool const is_nobody =
            forwarder.address == net::IpAddress() || forwarder.address == net::IpAddress::from_v4(0);
        if (forwarder.port == 0 || is_nobody)
            return base::refused(shown, "nobody can have this address", "give the address of a DNS server");
        if (std::count(forwarders.begin(), forwarders.end(), forwarder) > 1)
            return base::refused(shown, "it is there twice", "give each address once");
    }
    return {};
}
} // namespace

std::optional<net::Endpoint> parse_forwarder(std::string_view text)
{
    if (auto const address = net::IpAddress::parse(text)) return net::Endpoint{*address, dns_port};
    return net::Endpoint::parse(text);
}

std::vector<net::Endpoint> parse_forwarders(std::string_view list)
{
    std::vector<net::Endpoint> forwarders;
    for (auto const& text : base::split_list(list)) {
        auto const forwarder = parse_forwarder(text);
        if (forwarder && forwarders.size() < most_forwarders) forwarders.push_back(*forwarder);
    }
    return forwarders;
}

std::vector<net::Endpoint> forwarders(db::Database& dns)
{
    auto const list = dns.read(
        [](db::Reader& reader) { return reader.text("SELECT value FROM setting WHERE key = 'forwarders'"); });
    return parse_forwarders(list.value_or(""));
}

base::Result<void> set_forwarders(db::Database& dns, std::vector<net::Endpoint> const& forwarders)
{
    if (auto const good = check(forwarders); !good) return good.error();
    std::vector<std::string> shown;
    for (auto const& forwarder : forwarders) shown.push_back(forwarder.show());
    auto const list = base::join(shown, ", ");
    dns.run([&](db::Transaction& transaction) {
        if (transaction.exec("UPDATE setting SET value = ? WHERE key = 'forwarders'", list) == 0)
            transaction.exec("INSERT INTO setting (key, value) VALUES ('forwarders', ?)", list);
    });
    return {};
}

} // namespace dnsd
