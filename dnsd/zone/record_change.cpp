#include "dnsd/zone/record_change.h"

#include "dnsd/zone/name.h"
#include "dnsd/zone/rdata_text.h"
#include "dnsd/zone/soa.h"
#include "dnsd/zone/zone_key.h"
#include "dnsd/zone/zone_text.h"

#include <algorithm>
#include <tuple>

namespace dnsd
{

namespace
{
using base::Failure;

Row row_of(ZoneEdit const& zone, WireRecord const& record)
{
    return {zone_key(record.owner, zone.head().wire_name), record.type, record.rdata, record.ttl, Origin::written};
}

std::string show(WireRecord const& record) { return to_text(record).line(); }

bool is_same_place(Row const& a, Row const& b) { return a.owner == b.owner && a.type == b.type; }

auto place(Row const& row) { return std::tie(row.owner, row.type, row.rdata); }

/// Records of one name and type share their time to live (RFC 2181 5.2): the new one's counts. True: others changed.
bool settle_ttl(ZoneEdit& zone, Row& row)
{
    auto const others = zone.at(row.owner, row.type);
    if (row.ttl == no_ttl) {
        row.ttl = others.empty() ? default_ttl : others.front().ttl;
        return false;
    }
    bool changed = false;
    for (auto other : others) {
        if (other.ttl == row.ttl || other.origin != Origin::written) continue;
        other.ttl = row.ttl;
        changed = zone.insert(other) || changed;
    }
    return changed;
}

/// The new SOA may not turn the serial back.
void keep_serial(ZoneEdit& zone, Row& soa)
{
    for (auto const& old : zone.at("", type::soa))
        if (auto const serial = soa_serial(old.rdata); !is_newer_serial(soa_serial(soa.rdata), serial))
            soa.rdata = with_serial(soa.rdata, serial);
}

/// There is one SOA: the new one takes the place of the old one.
void replace_soa(ZoneEdit& zone, Row& soa)
{
    keep_serial(zone, soa);
    for (auto const& old : zone.at("", type::soa))
        if (old.rdata != soa.rdata) zone.erase(old);
}

[[noreturn]] void refuse_nothing_found(ZoneEdit& zone, WireFilter const& filter)
{
    auto what = show_name(filter.owner);
    if (filter.type) what += " " + show_type(*filter.type);
    if (filter.type && filter.rdata) what += " " + show_rdata(*filter.type, *filter.rdata);
    for (auto const& row : zone.at(zone_key(filter.owner, zone.head().wire_name)))
        if (row.origin == Origin::derived && row.type != type::ptr)
            throw Failure(base::refused(what, "the box makes this record itself",
                                        "add a record of your own there: it takes the place of the box's"));
        else if (row.origin == Origin::derived)
            throw Failure(base::refused(what, "this PTR record follows from an address record",
                                        "delete or change the A or AAAA record of that name"));
    throw Failure(base::refused(what, "there is no such record", "'kotakpos dns list' shows all records"));
}

/// In order, each once, with one time to live for each name and type: the first one in the text.
std::vector<Row> sorted_rows(ZoneEdit const& zone, std::vector<WireRecord> const& records)
{
    std::vector<Row> rows;
    rows.reserve(records.size());
    for (auto const& record : records) rows.push_back(row_of(zone, record));
    std::stable_sort(rows.begin(), rows.end(), [](Row const& a, Row const& b) {
        return std::tie(a.owner, a.type) < std::tie(b.owner, b.type);
    });
    for (auto first = rows.begin(); first != rows.end();) {
        auto const last =
            std::find_if(first, rows.end(), [&](Row const& row) { return !is_same_place(row, *first); });
        auto const ttl = first->ttl == no_ttl ? default_ttl : first->ttl;
        std::for_each(first, last, [&](Row& row) { row.ttl = ttl; });
        std::sort(first, last, [](Row const& a, Row const& b) { return a.rdata < b.rdata; });
        first = last;
    }
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    return rows;
}

struct Difference {
    std::vector<Row> gone;
    std::vector<Row> come;
};

/// One walk through both.
Difference compare(ZoneEdit& zone, std::vector<Row> wanted)
{
    Difference difference;
    auto next = wanted.begin();
    zone.for_each([&](Row const& have) {
        if (have.origin != Origin::written) return;
        while (next != wanted.end() && place(*next) < place(have)) difference.come.push_back(std::move(*next++));
        if (next == wanted.end() || place(*next) != place(have)) {
            difference.gone.push_back(have);
            return;
        }
        if (next->ttl != have.ttl) difference.come.push_back(std::move(*next));
        ++next;
    });
    std::move(next, wanted.end(), std::back_inserter(difference.come));
    return difference;
}
} // namespace

WireRecord record_of(ZoneEdit const& zone, Row const& row)
{
    return {key_name(row.owner, zone.head().wire_name), row.type, row.ttl, row.rdata};
}

std::vector<WireRecord> add_records(ZoneEdit& zone, std::vector<WireRecord> const& records, Duplicate duplicate)
{
    std::vector<WireRecord> added;
    for (auto const& record : records) {
        check_record(record, zone.head().wire_name).value();
        auto row = row_of(zone, record);
        bool const has_new_ttl = settle_ttl(zone, row);
        if (row.type == type::soa) replace_soa(zone, row);
        bool const is_new = zone.insert(row) || has_new_ttl;
        if (is_new)
            added.push_back(record_of(zone, row));
        else if (duplicate == Duplicate::refuse)
            throw Failure(base::refused(show(record_of(zone, row)), "this record is there already"));
    }
    return added;
}

WireFilter read_filter(std::string_view line, ZoneHead const& zone)
{
    auto const words = split_words(line);
    if (words.empty()) throw Failure(base::refused("DNS", "a name is missing", "write for example pc1"));
    WireFilter filter{read_name(words[0], zone.wire_name).value(), {}, {}};
    if (words.size() == 1) return filter;
    if (words.size() == 2) {
        filter.type = read_type(words[1]);
        if (!filter.type)
            throw Failure(base::refused(std::string(words[1]), "there is no record type of that name",
                                        "write for example: pc1 A 192.168.10.20"));
        return filter;
    }
    auto const parsed = parse_zone_text(line, zone.name);
    if (!parsed.refused.empty()) throw Failure(parsed.refused.front().error);
    if (parsed.records.size() != 1) throw Failure(base::refused(std::string(line), "one record is expected"));
    auto const& record = parsed.records.front().record;
    return {record.owner, record.type, record.rdata};
}

std::vector<WireRecord> remove_records(ZoneEdit& zone, WireFilter const& filter)
{
    std::vector<WireRecord> removed;
    for (auto const& row : zone.at(zone_key(filter.owner, zone.head().wire_name))) {
        bool const matches = row.origin == Origin::written && (!filter.type || row.type == *filter.type) &&
                             (!filter.rdata || row.rdata == *filter.rdata);
        if (!matches) continue;
        zone.erase(row);
        removed.push_back(record_of(zone, row));
    }
    if (removed.empty()) refuse_nothing_found(zone, filter);
    return removed;
}

Replaced replace_records(ZoneEdit& zone, std::vector<WireRecord> const& records)
{
    auto rows = sorted_rows(zone, records);
    for (auto& row : rows)
        if (row.type == type::soa && row.owner.empty()) keep_serial(zone, row);
    auto const difference = compare(zone, std::move(rows));
    for (auto const& row : difference.gone) zone.erase(row);
    for (auto const& row : difference.come) zone.insert(row);
    return {difference.come.size(), difference.gone.size()};
}

void must_keep_rules(ZoneEdit& zone)
{
    auto faults = check_names(zone, zone.touched(), most_faults);
    if (!faults.empty()) throw Faults(std::move(faults));
}

} // namespace dnsd
