#include "dnsd/zone/zone_store.h"
#include "setup-tui/admin/list_screen.h"
#include "setup-tui/admin/screens.h"
#include "setup-tui/admin/simple_form.h"

namespace setup
{

namespace
{
constexpr std::string_view lesson =
    "A record says one thing about one name. A: its IPv4 address; AAAA: its IPv6 address. CNAME: another name for "
    "it. "
    "MX: which computer takes mail for it, with a preference in front (the smallest is asked first). NS: who answers "
    "for it. TXT: a text. SRV: where a service is. PTR: the name of an address.\n\nThe data is written as in a zone "
    "file: '192.168.10.20', '10 mail', '\"a text\"'. @ is the zone itself; a name without a dot at its end is inside "
    "the zone. TTL: how many seconds others may remember the answer.";

std::vector<std::pair<std::string, std::string>> types()
{
    std::vector<std::pair<std::string, std::string>> choices;
    for (std::string const type : {"A", "AAAA", "CNAME", "MX", "TXT", "NS", "SRV", "PTR"})
        choices.emplace_back(type, type);
    return choices;
}

/// "www" of "www.smk.sch.id." in its zone.
std::string short_name(std::string const& owner, std::string const& zone)
{
    if (owner == zone) return "@";
    if (owner.ends_with("." + zone)) return owner.substr(0, owner.size() - zone.size() - 1);
    return owner;
}

std::string line_of(std::vector<std::string> const& answers)
{
    return answers[0] + " " + (answers[3].empty() ? "" : answers[3] + " ") + answers[1] + " " + answers[2];
}

std::vector<Question> questions(dnsd::Record const& record, std::string const& zone)
{
    auto choices = types();
    bool const known =
        std::any_of(choices.begin(), choices.end(), [&](auto const& type) { return type.first == record.type; });
    if (!known) choices.emplace_back(record.type, record.type);
    return {{"Name", "Like www; @ is the zone itself.", record.owner.empty() ? "" : short_name(record.owner, zone)},
            {"Type", "Left and right choose.", record.type, std::move(choices)},
            {"Data", "As in a zone file: 192.168.10.20, or 10 mail for an MX.", record.rdata},
            {"TTL", "Seconds; empty: as usual in this zone.", record.ttl == 0 ? "" : std::to_string(record.ttl)}};
}

std::string add_record(Desk& desk, std::string const& zone)
{
    std::string line;
    bool const done =
        ask_form(desk, "Add a record", lesson, questions({.owner = "", .type = "A", .ttl = 0, .rdata = ""}, zone),
                 [&](auto const& answers) {
                     line = line_of(answers);
                     desk.session.zones().add(zone, line).value();
                 });
    return done ? desk.text("Added: {1}", {line}) : "";
}

dnsd::RecordFilter exactly(dnsd::Record const& record) { return {record.owner, record.type, record.rdata}; }

void must_be_written_by_hand(dnsd::Record const& record)
{
    if (record.derived)
        throw base::Failure(base::refused(record.owner, "this record follows from an address record",
                                          "change the address record instead"));
}

std::string edit_record(Desk& desk, std::string const& zone, dnsd::Record const& record)
{
    must_be_written_by_hand(record);
    if (record.type == "SOA")
        throw base::Failure(
            base::refused(record.owner, "the SOA is kept by the box", "its serial goes up by itself"));
    bool const done = ask_form(desk, "Change a record", lesson, questions(record, zone), [&](auto const& answers) {
        desk.session.zones().change_record(zone, record, line_of(answers)).value();
    });
    return done ? desk.text("{1} was changed.", {record.owner}) : "";
}

std::string delete_record(Desk& desk, std::string const& zone, dnsd::Record const& record)
{
    must_be_written_by_hand(record);
    if (!desk.ask_danger(desk.text("Delete {1}?", {record.owner}), record.line())) return "";
    desk.session.zones().remove_records(zone, exactly(record)).value();
    return desk.text("Deleted: {1}", {record.line()});
}
} // namespace

void manage_records(Desk& desk, std::string const& zone)
{
    std::vector<dnsd::Record> records;
    ListScreen list{.title = "DNS: records", .lesson = lesson};
    list.columns = {{"Name", 20, true}, {"TTL", 6}, {"Type", 6}, {"Data", 40, true}};
    list.load = [&] {
        records = desk.session.zones().records(zone).value();
        std::vector<TableRow> rows;
        for (auto const& record : records)
            rows.push_back({record.line(),
                            {short_name(record.owner, zone), std::to_string(record.ttl), record.type,
                             record.rdata + (record.derived ? " " + desk.text("(follows from the address)") : "")}});
        return rows;
    };
    list.heading = [&] { return zone; };
    list.keys = {{0, "change", [&](std::size_t row) { return edit_record(desk, zone, records[row]); }},
                 {3, "add", [&](std::size_t) { return add_record(desk, zone); }, ListKey::Needs::nothing},
                 {8, "delete", [&](std::size_t row) { return delete_record(desk, zone, records[row]); }}};
    run_list(desk, list);
}

} // namespace setup
