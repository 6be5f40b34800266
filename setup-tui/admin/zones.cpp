#include "dnsd/zone/zone_store.h"
#include "setup-tui/admin/list_screen.h"
#include "setup-tui/admin/screens.h"
#include "setup-tui/admin/simple_form.h"

namespace setup
{

namespace
{
constexpr std::string_view lesson =
    "A zone is a part of the world's names that this box answers for: the school's domain, and one for each network "
    "that leads from addresses back to names (PTR). PTRs follow by themselves.\n\nEach change raises the zone's "
    "serial, "
    "so that other name servers notice it, and is served within a second.\n\nA network as name, like "
    "192.168.20.0/24, "
    "makes its reverse zone.";

std::string add_zone(Desk& desk)
{
    std::string name;
    bool const done = ask_form(desk, "Add a zone", lesson,
                               {{"Name", "Like osis.smkn1pendalian.sch.id, or a network like 192.168.20.0/24."},
                                {"Name server", "Empty: this box."},
                                {"Its address", "Only for a name server whose name lies inside the new zone."}},
                               [&](auto const& answers) {
                                   name = answers[0];
                                   desk.session.zones().add_zone(name, answers[1], answers[2]).value();
                               });
    return done ? desk.text("Zone {1} was added.", {name}) : "";
}

std::string delete_zone(Desk& desk, dnsd::ZoneInfo const& zone)
{
    if (!desk.ask_danger(
            desk.text("Delete {1}?", {zone.name}),
            desk.plural("Its {1} record goes with it.", "All its {1} records go with it.", zone.records)))
        return "";
    desk.session.zones().delete_zone(zone.name).value();
    return desk.text("Zone {1} was deleted.", {zone.name});
}

std::string_view kind_text(dnsd::ZoneKind kind)
{
    switch (kind) {
    case dnsd::ZoneKind::secondary: return "secondary";
    case dnsd::ZoneKind::catalog: return "catalog";
    default: return "primary";
    }
}
} // namespace

void manage_zones(Desk& desk)
{
    std::vector<dnsd::ZoneInfo> zones;
    ListScreen list{.title = "DNS: zones", .lesson = lesson};
    list.columns = {{"Zone", 34, true}, {"Serial", 11}, {"Records", 8}, {"Kind", 10}, {"Signed", 7}};
    list.load = [&] {
        zones = desk.session.zones().zones();
        std::vector<TableRow> rows;
        for (auto const& zone : zones)
            rows.push_back(
                {zone.name,
                 {zone.name, std::to_string(zone.serial), std::to_string(zone.records),
                  std::string(kind_text(zone.kind)), desk.text(zone.signing == dnsd::Signing::off ? "no" : "yes")}});
        return rows;
    };
    list.keys = {{0, "records",
                  [&](std::size_t row) {
                      manage_records(desk, zones[row].name);
                      return std::string();
                  }},
                 {3, "add", [&](std::size_t) { return add_zone(desk); }, ListKey::Needs::nothing},
                 {8, "delete", [&](std::size_t row) { return delete_zone(desk, zones[row]); }}};
    run_list(desk, list);
}

} // namespace setup
