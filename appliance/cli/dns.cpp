#include "appliance/base/file.h"
#include "appliance/base/text.h"
#include "appliance/cli/nouns.h"
#include "appliance/cli/output.h"
#include "dnsd/zone/zone_store.h"

#include <cstdio>

namespace cli
{

namespace
{
constexpr std::size_t most_words = 100;
constexpr std::size_t largest_zone_file = std::size_t{64} << 20;
constexpr std::size_t most_shown_lines = 20;

/// --zone, else the zone that the absolute name at the front of the record is in, else the school's own.
std::string zone_of(Session& session, Arguments const& arguments, std::string_view owner = {})
{
    if (auto const zone = arguments.value("--zone")) return *zone;
    std::string best;
    if (owner.ends_with('.'))
        for (auto const& zone : session.zones().zones())
            if (zone.name.size() > best.size() && dnsd::is_in_zone(base::lower(owner), zone.name)) best = zone.name;
    if (!best.empty()) return best;
    auto const own = session.zones().default_zone();
    if (!own)
        throw base::Failure(base::refused("zone", "there is no zone yet", "import one, or run 'kotakpos setup'"));
    return *own;
}

/// The words as one line of a zone file; the shell has taken the quotes away from a word with a space in it.
std::string record_line(std::vector<std::string> const& words)
{
    if (words.size() == 1) return words.front();
    std::vector<std::string> parts;
    for (auto const& word : words) {
        bool const needs_quotes = word.find_first_of(" ;") != std::string::npos && word.front() != '"';
        parts.push_back(needs_quotes
                            ? "\"" + base::replace_all(base::replace_all(word, "\\", "\\\\"), "\"", "\\\"") + "\""
                            : word);
    }
    return base::join(parts, " ");
}

std::string owner_of(std::string const& line) { return line.substr(0, line.find_first_of(" \t")); }

std::string_view remark(dnsd::Record const& record)
{
    if (record.signing) return "(made by signing)";
    if (!record.derived) return "";
    return record.type == "PTR" ? "(follows from the address)" : "(made by the box)";
}

void print_records(Session& session, std::vector<dnsd::Record> const& records, Arguments const& arguments)
{
    if (arguments.has("--json")) {
        std::vector<Json> entries;
        for (auto const& record : records)
            entries.push_back(Json::object({{"name", Json::text(record.owner)},
                                            {"type", Json::text(record.type)},
                                            {"ttl", Json::number(record.ttl)},
                                            {"data", Json::text(record.rdata)},
                                            {"derived", Json::boolean(record.derived)},
                                            {"signing", Json::boolean(record.signing)}}));
        print(Json::array(entries));
        return;
    }
    std::vector<std::vector<std::string>> rows = {
        {session.text("NAME"), session.text("TTL"), session.text("TYPE"), session.text("DATA"), ""}};
    for (auto const& record : records)
        rows.push_back(
            {record.owner, std::to_string(record.ttl), record.type, record.rdata, session.text(remark(record))});
    print(show_table(rows));
}

std::string kind_name(dnsd::ZoneKind kind)
{
    switch (kind) {
    case dnsd::ZoneKind::secondary: return "secondary";
    case dnsd::ZoneKind::catalog: return "catalog";
    default: return "primary";
    }
}

std::string signing_name(dnsd::Signing signing)
{
    switch (signing) {
    case dnsd::Signing::nsec: return "nsec";
    case dnsd::Signing::nsec3: return "nsec3";
    default: return "off";
    }
}

int zones(Session& session, Arguments const& arguments)
{
    auto const all = session.zones().zones();
    if (arguments.has("--json")) {
        std::vector<Json> entries;
        for (auto const& zone : all)
            entries.push_back(Json::object({{"name", Json::text(zone.name)},
                                            {"serial", Json::number(zone.serial)},
                                            {"records", Json::number(static_cast<long long>(zone.records))},
                                            {"reverse", Json::boolean(zone.reverse)},
                                            {"kind", Json::text(kind_name(zone.kind))},
                                            {"signing", Json::text(signing_name(zone.signing))},
                                            {"serial_style", Json::text(zone.counts_serial ? "counter" : "date")}}));
        print(Json::array(entries));
        return 0;
    }
    std::vector<std::vector<std::string>> rows = {{session.text("ZONE"), session.text("SERIAL"),
                                                   session.text("RECORDS"), session.text("KIND"),
                                                   session.text("SIGNED")}};
    for (auto const& zone : all)
        rows.push_back({zone.name, std::to_string(zone.serial), std::to_string(zone.records), kind_name(zone.kind),
                        signing_name(zone.signing)});
    print(show_table(rows));
    return 0;
}

int list(Session& session, Arguments const& arguments)
{
    auto records = session.zones().records(zone_of(session, arguments), arguments.has("--all"));
    print_records(session, std::move(records).value(), arguments);
    return 0;
}

int add(Session& session, Arguments const& arguments)
{
    auto const line = record_line(arguments.operands);
    auto const added = session.zones().add(zone_of(session, arguments, owner_of(line)), line).value();
    for (auto const& record : added) print(session.text("Added: {1}", {record.line()}) + "\n");
    return 0;
}

int remove(Session& session, Arguments const& arguments)
{
    auto const line = record_line(arguments.operands);
    auto const removed = session.zones().remove(zone_of(session, arguments, owner_of(line)), line).value();
    for (auto const& record : removed) print(session.text("Deleted: {1}", {record.line()}) + "\n");
    return 0;
}

/// Both as one word each: "pc1 A 192.168.10.77".
int replace(Session& session, Arguments const& arguments)
{
    auto const& before = arguments.operands[0];
    auto const& after = arguments.operands[1];
    auto const zone = zone_of(session, arguments, owner_of(after));
    for (auto const& record : session.zones().records(zone).value()) {
        if (record.owner + " " + record.type + " " + record.rdata != before) continue;
        session.zones().change_record(zone, record, after).value();
        print(session.text("Changed: {1}", {after}) + "\n");
        return 0;
    }
    throw base::Failure(base::refused(before, "there is no such record", "see 'kotakpos dns list'"));
}

void print_refused(Session& session, std::string const& file, std::vector<dnsd::RefusedLine> const& refused)
{
    std::size_t shown = 0;
    for (auto const& line : refused) {
        if (++shown > most_shown_lines) break;
        // A rule that the file breaks together with what the zone has already belongs to no line.
        auto const place = line.line == 0 ? "" : ", " + session.text("line {1}", {std::to_string(line.line)});
        std::fprintf(stderr, "kotakpos: %s%s: %s\n", file.c_str(), place.c_str(), session.show(line.error).c_str());
    }
}

int import_file(Session& session, Arguments const& arguments)
{
    auto const& file = arguments.operands.front();
    auto const text = base::read_file(file, largest_zone_file);
    if (!text) throw base::Failure(base::refused(file, text.error().why, "check the file's name"));
    auto const report = session.zones().import_zone(arguments.value("--zone").value_or(""), *text).value();
    if (!report.refused.empty()) {
        print_refused(session, file, report.refused);
        throw base::Failure(base::refused(
            file, session.plural("{1} line was refused", "{1} lines were refused", report.refused.size()),
            "correct the file; nothing was changed"));
    }
    print(session.text(report.created    ? "Zone {1} was made with {2} records."
                       : report.replaced ? "Zone {1} was replaced: {2} records added, {3} removed."
                                         : "Zone {1}: {2} records added.",
                       {report.zone, std::to_string(report.added), std::to_string(report.removed)}) +
          "\n");
    if (report.left_out > 0)
        print(session.plural("{1} record of the file was left out, because signing makes such records.",
                             "{1} records of the file were left out, because signing makes such records.",
                             report.left_out) +
              "\n");
    return 0;
}

int export_zone(Session& session, Arguments const& arguments)
{
    print(session.zones().export_zone(zone_of(session, arguments)).value());
    return 0;
}

int add_zone(Session& session, Arguments const& arguments)
{
    if (arguments.has("--primary")) return add_secondary_zone(session, arguments);
    auto const& name = arguments.operands.front();
    session.zones()
        .add_zone(name, arguments.value("--name-server").value_or(""), arguments.value("--address").value_or(""))
        .value();
    print(session.text("Zone {1} was added.", {name}) + "\n");
    return 0;
}

int delete_zone(Session& session, Arguments const& arguments)
{
    session.zones().delete_zone(arguments.operands.front()).value();
    print(session.text("Zone {1} was deleted.", {arguments.operands.front()}) + "\n");
    return 0;
}

int serial_style(Session& session, Arguments const& arguments)
{
    auto const& style = arguments.operands.front();
    if (style != "date" && style != "counter") throw UsageError{style};
    auto const zone = zone_of(session, arguments);
    session.zones().set_serial_style(zone, style == "counter").value();
    print(session.text(style == "counter" ? "The serial of {1} goes up by one with every change."
                                          : "The serial of {1} is the date of the change and two digits.",
                       {zone}) +
          "\n");
    return 0;
}
} // namespace

std::vector<Command> dns_commands()
{
    Option const zone{"--zone", "ZONE"};
    Option const json{"--json", ""};
    return {
        {"zones", "", 0, 0, {json}, "Lists the zones.", zones},
        {"list", "", 0, 0, {zone, {"--all", ""}, json}, "Lists the records of a zone.", list},
        {"add", "NAME TYPE DATA...", 1, most_words, {zone}, "Adds a record, written as in a zone file.", add},
        {"delete", "NAME [TYPE [DATA...]]", 1, most_words, {zone}, "Deletes records.", remove},
        {"replace",
         "RECORD BY",
         2,
         2,
         {zone},
         "Puts a record in the place of another one; each is one word: 'pc1 A 192.168.10.77'.",
         replace},
        {"import", "FILE", 1, 1, {zone}, "Reads a zone file: all of it or nothing.", import_file},
        {"export", "", 0, 0, {zone}, "Writes a zone file to standard output.", export_zone},
        {"zone-add",
         "ZONE",
         1,
         1,
         {{"--name-server", "NAME"}, {"--address", "ADDRESS"}, {"--primary", "ADDRESS"}, {"--key", "KEY"}},
         "Adds an empty zone, or one that is copied from a primary server.",
         add_zone},
        {"zone-delete", "ZONE", 1, 1, {}, "Deletes a zone with all its records.", delete_zone},
        {"serial", "date|counter", 1, 1, {zone}, "Chooses how the serial of a zone goes up.", serial_style},
    };
}

} // namespace cli
