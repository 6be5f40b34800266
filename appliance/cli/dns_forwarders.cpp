// kotakpos dns forwarders: whom the name server asks for names of others, for the clients in trusted.networks.

#include "appliance/cli/nouns.h"
#include "appliance/cli/output.h"
#include "appliance/db/database.h"
#include "dnsd/zone/forwarder_setting.h"

#include <algorithm>

namespace cli
{

namespace
{
constexpr char const* database_file = "dns/dns.db";

/// Our own name server would ask itself.
void refuse_ourselves(Session& session, net::Endpoint const& forwarder)
{
    auto const own = session.config().listen.find("dns");
    if (own == session.config().listen.end()) return;
    bool const is_ours = std::any_of(own->second.begin(), own->second.end(), [&](net::Endpoint const& endpoint) {
        auto const everywhere =
            endpoint.address == net::IpAddress() || endpoint.address == net::IpAddress::from_v4(0);
        return endpoint.port == forwarder.port &&
               (endpoint.address == forwarder.address || (everywhere && forwarder.address.is_loopback()));
    });
    if (is_ours)
        throw base::Failure(base::refused(forwarder.show(), "this is our own name server",
                                          "give the address of a DNS server outside"));
}

std::vector<net::Endpoint> must_forwarders(Session& session, std::vector<std::string> const& words)
{
    std::vector<net::Endpoint> list;
    if (words.size() == 1 && words.front() == "none") return list;
    for (auto const& word : words) {
        auto const forwarder = dnsd::parse_forwarder(word);
        if (!forwarder)
            throw base::Failure(
                base::refused(word, "this is no address", "write it as 9.9.9.9 or 10.0.0.1:5353 or 2620:fe::fe"));
        refuse_ourselves(session, *forwarder);
        list.push_back(*forwarder);
    }
    return list;
}

void show(Session& session, std::vector<net::Endpoint> const& list, Arguments const& arguments)
{
    if (arguments.has("--json")) {
        std::vector<Json> entries;
        for (auto const& forwarder : list) entries.push_back(Json::text(forwarder.show()));
        print(Json::array(entries));
        return;
    }
    if (list.empty()) print(session.text("No forwarders: names of others are refused.") + "\n");
    for (auto const& forwarder : list) print(forwarder.show() + "\n");
    if (!list.empty() && session.config().trusted_networks.empty())
        print(session.text("Nobody is served yet: trusted.networks is not set in {1}.", {session.config_file()}) +
              "\n");
}

int forwarders(Session& session, Arguments const& arguments)
{
    session.enter_state_folder();
    if (!arguments.operands.empty()) {
        auto const list = must_forwarders(session, arguments.operands);
        db::Database dns(db::Options{database_file, "dns", db::Mode::read_write});
        dnsd::set_forwarders(dns, list).value();
    }
    db::Database dns(db::Options{database_file, "dns", db::Mode::read_write});
    show(session, dnsd::forwarders(dns), arguments);
    return 0;
}
} // namespace

std::vector<Command> dns_forwarder_commands()
{
    return {{"forwarders",
             "[ADDRESS[:PORT]...|none]",
             0,
             dnsd::most_forwarders,
             {{"--json", ""}},
             "Shows or sets whom to ask for names of others.",
             forwarders}};
}

} // namespace cli
