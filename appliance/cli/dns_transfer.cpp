// kotakpos dns key|secondary|primary|update|catalog: other servers and programs that have to do with our zones.

#include "appliance/base/text.h"
#include "appliance/cli/nouns.h"
#include "appliance/cli/output.h"
#include "appliance/db/database.h"
#include "dnsd/keep/partners.h"
#include "dnsd/keep/tsig_keys.h"

#include <iostream>
#include <memory>

namespace cli
{

namespace
{
constexpr char const* keys_folder = "dns-keys";

dnsd::TsigKeys keys(Session& session)
{
    session.enter_state_folder();
    return dnsd::TsigKeys(keys_folder);
}

/// The zones' database for the length of one command.
struct Open {
    explicit Open(Session& session) : dns(open(session)), partners(*dns) {}

    static std::unique_ptr<db::Database> open(Session& session)
    {
        session.enter_state_folder();
        return std::make_unique<db::Database>(db::Options{"dns/dns.db", "dns", db::Mode::read_write});
    }

    std::unique_ptr<db::Database> dns;
    dnsd::Partners partners;
};

/// --key, which must exist; empty without.
std::string chosen_key(Session& session, Arguments const& arguments)
{
    auto const name = arguments.value("--key");
    if (!name) return {};
    for (auto const& key : keys(session).all())
        if (dnsd::show_key_name(key.name) == base::lower(*name)) return base::lower(*name);
    throw base::Failure(base::refused(*name, "there is no such key", "see 'kotakpos dns key list'"));
}

std::string must_key(Session& session, Arguments const& arguments)
{
    auto key = chosen_key(session, arguments);
    if (key.empty()) throw UsageError{"--key NAME is missing"};
    return key;
}

net::Endpoint must_server(std::string const& text)
{
    auto const server = dnsd::parse_server(text);
    if (!server)
        throw base::Failure(
            base::refused(text, "this is no address", "write it as 192.168.20.1 or 192.168.20.1:53 or fd00::1"));
    return *server;
}

std::string absolute(std::string zone) { return zone.ends_with('.') ? zone : zone + "."; }

/// Rows for people, or the same as JSON with these names.
void print_rows(Session& session, Arguments const& arguments, std::vector<std::string> const& names,
                std::vector<std::vector<std::string>> const& rows)
{
    if (arguments.has("--json")) {
        std::vector<Json> entries;
        for (auto const& row : rows) {
            std::vector<std::pair<std::string, Json>> fields;
            for (std::size_t i = 0; i < names.size(); ++i) fields.emplace_back(names[i], Json::text(row[i]));
            entries.push_back(Json::object(std::move(fields)));
        }
        print(Json::array(entries));
        return;
    }
    std::vector<std::vector<std::string>> table(1);
    for (auto const& name : names) table[0].push_back(session.text(base::upper(name)));
    table.insert(table.end(), rows.begin(), rows.end());
    print(show_table(table));
}

// --- kotakpos dns key

std::optional<std::string> secret_from_input(Arguments const& arguments)
{
    if (!arguments.has("--secret-stdin")) return std::nullopt;
    std::string line;
    std::getline(std::cin, line);
    auto secret = base::from_base64(base::trim(line));
    if (!secret)
        throw base::Failure(
            base::refused("secret", "this is no base64", "give the secret as the other side shows it"));
    return secret;
}

int key_add(Session& session, Arguments const& arguments)
{
    auto const name = arguments.value("--algorithm").value_or("hmac-sha256");
    auto const algorithm = dnsd::tsig_algorithm(base::lower(name));
    if (!algorithm)
        throw base::Failure(base::refused(name, "this algorithm is not known or not safe",
                                          "use hmac-sha256, hmac-sha512, hmac-sha384, hmac-sha224 or hmac-sha1"));
    auto const secret = secret_from_input(arguments);
    auto const key = keys(session).add(arguments.operands.front(), *algorithm, secret).value();
    if (secret) {
        print(session.text("Key {1} was added.", {dnsd::show_key_name(key.name)}) + "\n");
        return 0;
    }
    print(session.text("Key {1} was added. Give this to the other side; it is shown only now:",
                       {dnsd::show_key_name(key.name)}) +
          "\n" + dnsd::show_key(key));
    return 0;
}

int key_list(Session& session, Arguments const& arguments)
{
    std::vector<std::vector<std::string>> rows;
    for (auto const& key : keys(session).all())
        rows.push_back({dnsd::show_key_name(key.name), std::string(dnsd::algorithm_name(key.algorithm))});
    print_rows(session, arguments, {"name", "algorithm"}, rows);
    return 0;
}

int key_delete(Session& session, Arguments const& arguments)
{
    keys(session).remove(arguments.operands.front()).value();
    print(session.text("Key {1} was deleted.", {arguments.operands.front()}) + "\n");
    return 0;
}

// --- kotakpos dns secondary

int secondary_add(Session& session, Arguments const& arguments)
{
    dnsd::Secondary const secondary{arguments.operands[0], must_server(arguments.operands[1]),
                                    chosen_key(session, arguments)};
    Open(session).partners.add_secondary(secondary).value();
    print(session.text("{1} may copy the zone {2} and is told about changes.",
                       {secondary.address.show(), absolute(secondary.zone)}) +
          "\n");
    return 0;
}

int secondary_list(Session& session, Arguments const& arguments)
{
    std::vector<std::vector<std::string>> rows;
    for (auto const& secondary : Open(session).partners.secondaries())
        rows.push_back({secondary.zone, secondary.address.show(), secondary.key});
    print_rows(session, arguments, {"zone", "address", "key"}, rows);
    return 0;
}

int secondary_delete(Session& session, Arguments const& arguments)
{
    auto const server = must_server(arguments.operands[1]);
    Open(session).partners.delete_secondary(arguments.operands[0], server).value();
    print(session.text("{1} may no longer copy the zone {2}.", {server.show(), absolute(arguments.operands[0])}) +
          "\n");
    return 0;
}

// --- kotakpos dns primary: zones that we copy

int primary_list(Session& session, Arguments const& arguments)
{
    constexpr char const* states[] = {"good", "waiting", "expired"};
    std::vector<std::vector<std::string>> rows;
    for (auto const& primary : Open(session).partners.primaries())
        rows.push_back({primary.zone, primary.address.show(), primary.key,
                        states[static_cast<std::size_t>(primary.state)],
                        primary.refreshed == 0 ? "" : session.show_time(primary.refreshed), primary.trouble});
    print_rows(session, arguments, {"zone", "address", "key", "state", "refreshed", "trouble"}, rows);
    return 0;
}

// --- kotakpos dns update

int update_allow(Session& session, Arguments const& arguments)
{
    dnsd::UpdateKey key;
    key.zone = arguments.operands.front();
    key.key = must_key(session, arguments);
    if (auto const names = arguments.value("--names")) key.names = base::lower(*names);
    if (auto const types = arguments.value("--types")) key.types = base::upper(*types);
    Open(session).partners.allow_update(key).value();
    print(session.text("The key {1} may change {2} records of the zone {3}.",
                       {key.key, key.types, absolute(key.zone)}) +
          "\n");
    return 0;
}

int update_list(Session& session, Arguments const& arguments)
{
    std::vector<std::vector<std::string>> rows;
    for (auto const& key : Open(session).partners.update_keys())
        rows.push_back({key.zone, key.key, key.names, key.types});
    print_rows(session, arguments, {"zone", "key", "names", "types"}, rows);
    return 0;
}

int update_forbid(Session& session, Arguments const& arguments)
{
    auto const key = arguments.value("--key");
    if (!key) throw UsageError{"--key NAME is missing"};
    Open(session).partners.forbid_update(arguments.operands.front(), base::lower(*key)).value();
    print(
        session.text("The key {1} may no longer change the zone {2}.", {*key, absolute(arguments.operands.front())}) +
        "\n");
    return 0;
}

// --- kotakpos dns catalog

int catalog_add(Session& session, Arguments const& arguments)
{
    auto const& zone = arguments.operands.front();
    Open(session).partners.add_catalog(zone).value();
    print(session.text("Zone {1} lists all our zones from now on.", {absolute(zone)}) + "\n");
    return 0;
}
} // namespace

/// Called by `dns zone-add --primary`.
int add_secondary_zone(Session& session, Arguments const& arguments)
{
    dnsd::PrimaryServer primary;
    primary.zone = arguments.operands.front();
    primary.address = must_server(arguments.value("--primary").value_or(""));
    primary.key = chosen_key(session, arguments);
    Open(session).partners.add_secondary_zone(primary).value();
    print(session.text("Zone {1} will be copied from {2}.", {absolute(primary.zone), primary.address.show()}) + "\n");
    return 0;
}

std::vector<Command> dns_transfer_commands()
{
    Option const json{"--json", ""};
    Option const key{"--key", "KEY"};
    return {
        {"key add",
         "NAME",
         1,
         1,
         {{"--algorithm", "NAME"}, {"--secret-stdin", ""}},
         "Adds a TSIG key, which another server or a DHCP server signs with.",
         key_add},
        {"key list", "", 0, 0, {json}, "Lists the TSIG keys.", key_list},
        {"key delete", "NAME", 1, 1, {}, "Deletes a TSIG key.", key_delete},
        {"secondary add",
         "ZONE ADDRESS",
         2,
         2,
         {key},
         "Lets another server copy a zone, and tells it about changes.",
         secondary_add},
        {"secondary list", "", 0, 0, {json}, "Lists the servers that copy our zones.", secondary_list},
        {"secondary delete", "ZONE ADDRESS", 2, 2, {}, "Stops another server from copying a zone.", secondary_delete},
        {"primary list", "", 0, 0, {json}, "Lists the zones that we copy from other servers.", primary_list},
        {"update allow",
         "ZONE",
         1,
         1,
         {key, {"--names", "NAMES"}, {"--types", "TYPES"}},
         "Lets a DHCP server change records of a zone.",
         update_allow},
        {"update list", "", 0, 0, {json}, "Lists who may change zones.", update_list},
        {"update forbid", "ZONE", 1, 1, {key}, "Takes the right to change a zone away from a key.", update_forbid},
        {"catalog add",
         "ZONE",
         1,
         1,
         {},
         "Adds a catalog zone, from which secondaries learn what zones there are.",
         catalog_add},
    };
}

} // namespace cli
