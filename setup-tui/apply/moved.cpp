#include "setup-tui/apply/moved.h"

#include "appliance/base/text.h"
#include "dnsd/zone/zone_store.h"

#include <algorithm>

namespace setup
{

void move_network(Machine& machine, Draft const& before, Draft const& draft)
{
    auto const old_network = net::Network::parse(before.value("address"));
    auto const new_network = net::Network::parse(draft.value("address"));
    if (!old_network || !new_network) return;
    auto& trusted = machine.config.trusted_networks;
    std::vector<std::string> shown;
    bool moved = false;
    for (auto& network : trusted) {
        if (network.show() == old_network->show() && network.show() != new_network->show()) {
            network = *new_network;
            moved = true;
        }
        shown.push_back(network.show());
    }
    if (!moved) return;
    machine.text = with_setting(machine.text, "trusted.networks", base::join(shown, ", "));
    machine.changed = true;
}

base::Result<void> move_addresses(dnsd::ZoneStore& zones, Draft const& before, Draft const& draft)
{
    struct Name {
        std::string owner;
        char const* key;
    };
    auto const zone = draft.value("domain") + '.';
    Name const names[] = {{"ns." + zone, "ns.address"},
                          {"www." + zone, "www.address"},
                          {"mail." + zone, "mail.address"},
                          {zone, "ns.address"}};
    for (auto const& [owner, key] : names) {
        auto const old_address = before.value(key);
        auto const new_address = draft.value(key);
        if (old_address.empty() || old_address == new_address) continue;
        auto const records = zones.records(zone);
        if (!records) return records.error();
        auto const found = std::find_if(records->begin(), records->end(), [&, &wanted = owner](auto const& record) {
            return record.owner == wanted && record.type == "A" && record.rdata == old_address;
        });
        if (found == records->end()) continue; // somebody has changed it
        if (auto changed = zones.change_record(zone, *found, owner + " A " + new_address); !changed) return changed;
    }
    return {};
}

} // namespace setup
