// kotakpos dns sign|unsign|keys|roll|ds-seen|tlsa: DNSSEC.

#include "appliance/cli/dns_keys.h"

#include "appliance/base/text.h"
#include "appliance/cli/nouns.h"
#include "appliance/cli/output.h"
#include "appliance/db/database.h"
#include "dnsd/sign/own_certificate.h"
#include "dnsd/zone/record.h"
#include "dnsd/zone/zone_store.h"

namespace cli
{

dnsd::ZoneSigning zone_signing(Session& session)
{
    return {session.dns(),
            [&session](std::string_view zone, std::function<void(dnsd::ZoneEdit&)> const& work) {
                return session.zones().edit(zone, work);
            },
            "dns-keys"};
}

namespace
{
using dnsd::KeyAction;
using dnsd::KeyRole;
using dnsd::KeyState;
using dnsd::Signing;

std::string chosen_zone(Session& session, Arguments const& arguments)
{
    if (!arguments.operands.empty()) return arguments.operands.front();
    if (auto const zone = arguments.value("--zone")) return *zone;
    auto const own = session.zones().default_zone();
    if (!own)
        throw base::Failure(base::refused("zone", "there is no zone yet", "import one, or run 'kotakpos setup'"));
    return *own;
}

std::string kind_name(Signing kind) { return kind == Signing::nsec3 ? "NSEC3" : "NSEC"; }
std::string role_name(KeyRole role) { return role == KeyRole::ksk ? "KSK" : "ZSK"; }

std::string_view state_text(dnsd::ZoneKey const& key)
{
    switch (key.state) {
    case KeyState::published: return "not known everywhere yet";
    case KeyState::ready: return "waits for the zone above";
    case KeyState::active: return "in use";
    case KeyState::retired: return key.role == KeyRole::ksk ? "leaves soon" : "its signatures are being replaced";
    case KeyState::unused: return "leaves soon";
    }
    return {};
}

std::string_view state_name(KeyState state)
{
    switch (state) {
    case KeyState::published: return "published";
    case KeyState::ready: return "ready";
    case KeyState::active: return "active";
    case KeyState::retired: return "retired";
    case KeyState::unused: return "unused";
    }
    return {};
}

std::string_view step_text(KeyAction action)
{
    switch (action) {
    case KeyAction::make_zsk: return "a new ZSK is made";
    case KeyAction::activate_zsk: return "key {1} begins to sign";
    case KeyAction::forget_zsk: return "key {1} has no signature left";
    case KeyAction::make_ready: return "the DS record of key {1} may be entered in the zone above";
    case KeyAction::remove: return "key {1} is removed";
    case KeyAction::leave: return "the signatures are removed";
    }
    return {};
}

// What a person has to do.

std::string zone_above(std::string const& zone) { return zone.substr(zone.find('.') + 1); }

/// The command that enters a DS, where the zone above is on this server too.
std::string command_for(Session& session, std::string const& zone, std::string const& ds)
{
    std::string best;
    for (auto const& other : session.zones().zones())
        if (other.name != zone && other.name.size() > best.size() && dnsd::is_in_zone(zone, other.name))
            best = other.name;
    return best.empty() ? std::string() : "kotakpos dns add " + zone + " DS " + ds + " --zone " + best;
}

void print_task(Session& session, dnsd::SigningStatus const& status)
{
    auto const& zone = status.zone;
    auto const confirm = "    kotakpos dns ds-seen " + zone + "\n";
    if (status.settings.leaves_at) {
        if (!status.parent_must_act) return;
        print(session.text("To do: delete the DS record of {1} in the zone above ({2}). Then run:",
                           {zone, zone_above(zone)}) +
              "\n" + confirm);
        return;
    }
    if (!status.parent_must_act) return;
    print(session.text("To do: enter this DS record in the zone above ({1}), in place of any older one:",
                       {zone_above(zone)}) +
          "\n");
    for (auto const& ds : status.ds) {
        print("    " + zone + " DS " + ds + "\n");
        auto const command = command_for(session, zone, ds);
        if (!command.empty())
            print(session.text("The zone above is on this server, so this enters it:") + "\n    " + command + "\n");
    }
    print(session.text("When it is there, run:") + "\n" + confirm);
}

void print_steps(Session& session, dnsd::SigningStatus const& status)
{
    if (status.steps.empty()) return;
    print(session.text("This comes by itself:") + "\n");
    for (auto const& step : status.steps)
        print("    " + session.show_time(step.when) + "  " +
              session.text(step_text(step.action), {std::to_string(step.tag)}) + "\n");
}

void print_status(Session& session, dnsd::SigningStatus const& status)
{
    print(session.text("{1} is signed ({2}, {3}).", {status.zone, kind_name(status.kind),
                                                     std::string(dnsd::dnssec::name_of(status.settings.algorithm))}) +
          "\n");
    std::vector<std::vector<std::string>> rows = {
        {session.text("KEY"), session.text("ROLE"), session.text("STATE"), session.text("SINCE")}};
    for (auto const& key : status.keys)
        rows.push_back({std::to_string(key.tag), role_name(key.role), session.text(state_text(key)),
                        session.show_time(key.since)});
    print(show_table(rows));
    if (!status.parent_must_act)
        for (auto const& ds : status.ds) print(session.text("In the zone above: {1}", {"DS " + ds}) + "\n");
    print_task(session, status);
    print_steps(session, status);
}

Json to_json(dnsd::SigningStatus const& status)
{
    std::vector<Json> keys;
    for (auto const& key : status.keys)
        keys.push_back(Json::object({{"tag", Json::number(key.tag)},
                                     {"role", Json::text(key.role == KeyRole::ksk ? "ksk" : "zsk")},
                                     {"state", Json::text(state_name(key.state))},
                                     {"since", Json::text(base::iso_date(key.since))},
                                     {"created", Json::text(base::iso_date(key.created))}}));
    std::vector<Json> steps;
    for (auto const& step : status.steps)
        steps.push_back(Json::object({{"when", Json::text(base::iso_date(step.when))},
                                      {"step", Json::text(dnsd::name_of(step.action))},
                                      {"key", Json::number(step.tag)}}));
    return Json::object({{"zone", Json::text(status.zone)},
                         {"signing", Json::text(base::lower(kind_name(status.kind)))},
                         {"algorithm", Json::text(dnsd::dnssec::name_of(status.settings.algorithm))},
                         {"leaves", Json::boolean(status.settings.leaves_at.has_value())},
                         {"ds", Json::texts(status.ds)},
                         {"parent_must_act", Json::boolean(status.parent_must_act)},
                         {"keys", Json::array(keys)},
                         {"steps", Json::array(steps)}});
}

// The commands.

int sign(Session& session, Arguments const& arguments)
{
    auto zones = zone_signing(session);
    auto const zone = chosen_zone(session, arguments);
    auto const before = zones.status(zone).value();
    bool const is_new = before.kind == Signing::off;
    auto algorithm = before.settings.algorithm; // what it has, or the default
    if (auto const name = arguments.value("--algorithm")) {
        auto const wanted = dnsd::dnssec::algorithm_of(base::lower(*name));
        if (!wanted)
            throw base::Failure(
                base::refused(*name, "this algorithm is not offered", "use ecdsap256sha256 or ed25519"));
        algorithm = *wanted;
    }
    auto kind = is_new ? Signing::nsec : before.kind;
    if (arguments.has("--nsec")) kind = Signing::nsec;
    if (arguments.has("--nsec3")) kind = Signing::nsec3;
    zones.sign(zone, kind, algorithm).value();
    print_status(session, zones.status(zone).value());
    return 0;
}

int unsign(Session& session, Arguments const& arguments)
{
    auto zones = zone_signing(session);
    auto const zone = chosen_zone(session, arguments);
    bool const gone =
        zones.unsign(zone, arguments.has("--now") ? dnsd::Farewell::at_once : dnsd::Farewell::after_parent).value();
    auto const status = zones.status(zone).value();
    if (gone) {
        print(session.text("{1} is not signed any more.", {status.zone}) + "\n");
        return 0;
    }
    print(session.text("{1} stays signed until nobody remembers its DS record.", {status.zone}) + "\n");
    print_task(session, status);
    return 0;
}

int keys(Session& session, Arguments const& arguments)
{
    auto zones = zone_signing(session);
    auto list = zones.all();
    if (arguments.has("--zone")) {
        auto one = zones.status(chosen_zone(session, arguments)).value();
        list.clear();
        if (one.kind != Signing::off) list.push_back(std::move(one));
    }
    if (arguments.has("--json")) {
        std::vector<Json> entries;
        for (auto const& status : list) entries.push_back(to_json(status));
        print(Json::array(entries));
        return 0;
    }
    if (list.empty()) print(session.text("No zone is signed. 'kotakpos dns sign ZONE' signs one.") + "\n");
    for (auto const& status : list) {
        if (&status != &list.front()) print("\n");
        print_status(session, status);
    }
    return 0;
}

int roll(Session& session, Arguments const& arguments)
{
    bool const ksk = arguments.has("--ksk");
    if (ksk == arguments.has("--zsk")) throw UsageError{"kotakpos dns roll --ksk|--zsk"};
    auto zones = zone_signing(session);
    auto const zone = chosen_zone(session, arguments);
    zones.roll(zone, ksk ? KeyRole::ksk : KeyRole::zsk).value();
    print_status(session, zones.status(zone).value());
    return 0;
}

int ds_seen(Session& session, Arguments const& arguments)
{
    auto zones = zone_signing(session);
    auto const zone = chosen_zone(session, arguments);
    zones.parent_has_acted(zone).value();
    print_status(session, zones.status(zone).value());
    return 0;
}

int tlsa(Session& session, Arguments const& arguments)
{
    auto const& word = arguments.operands.front();
    if (word != "on" && word != "off") throw UsageError{"kotakpos dns tlsa on|off"};
    session.dns().run([&](db::Transaction& transaction) { dnsd::set_tlsa(transaction, word == "on"); });
    print(session.text(word == "on" ? "Signed zones get TLSA records of our certificate."
                                    : "TLSA records of our certificate are taken out of all zones.") +
          "\n");
    return 0;
}
} // namespace

std::vector<Command> dns_key_commands()
{
    Option const zone{"--zone", "ZONE"};
    Option const json{"--json", ""};
    return {
        {"sign",
         "[ZONE]",
         0,
         1,
         {{"--nsec", ""}, {"--nsec3", ""}, {"--algorithm", "ecdsap256sha256|ed25519"}},
         "Signs a zone with DNSSEC, or changes how it is signed.",
         sign},
        {"unsign", "[ZONE]", 0, 1, {{"--now", ""}}, "Takes a zone out of DNSSEC.", unsign},
        {"keys",
         "",
         0,
         0,
         {zone, json},
         "Shows the keys of signed zones, what comes next, and the DS record for the zone above.",
         keys},
        {"roll", "", 0, 0, {zone, {"--ksk", ""}, {"--zsk", ""}}, "Begins to replace a key.", roll},
        {"ds-seen", "[ZONE]", 0, 1, {}, "Says that the zone above has done what 'dns keys' asks for.", ds_seen},
        {"tlsa", "on|off", 1, 1, {}, "Whether signed zones name our TLS certificate.", tlsa},
    };
}

} // namespace cli
