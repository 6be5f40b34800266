#include "dnsd/zone/zone_import.h"

#include "dnsd/zone/name.h"
#include "dnsd/zone/zone_key.h"
#include "dnsd/zone/zone_text.h"

#include <algorithm>

namespace dnsd
{

namespace
{
std::string const root(1, '\0');

void sort_by_line(std::vector<RefusedLine>& lines)
{
    std::stable_sort(lines.begin(), lines.end(), [](auto const& a, auto const& b) { return a.line < b.line; });
}

/// The record that a rule refuses, or the first of its name.
std::size_t find_record(ZoneFileContents const& file, std::string const& owner, Row const& row)
{
    std::size_t first = file.records.size();
    for (std::size_t i = 0; i < file.records.size(); ++i) {
        auto const& record = file.records[i];
        if (record.owner != owner) continue;
        if (record.type == row.type && record.rdata == row.rdata) return i;
        if (first == file.records.size() && (row.rdata.empty() || record.type == row.type)) first = i;
    }
    return first;
}
} // namespace

base::Result<ZoneFileContents> read_zone_file(std::string const& zone, std::string_view text)
{
    auto parsed = parse_zone_text(text, zone);
    ZoneFileContents file;
    auto& report = file.report;
    for (auto& bad : parsed.refused) report.refused.push_back({bad.line, std::move(bad.text), std::move(bad.error)});
    auto const soa = std::find_if(parsed.records.begin(), parsed.records.end(),
                                  [](auto const& line) { return line.record.type == type::soa; });
    report.replaced = soa != parsed.records.end();
    report.zone = zone;
    if (zone.empty() && report.replaced && soa->record.owner != root) report.zone = show_name(soa->record.owner);
    if (report.zone.empty())
        return base::refused("zone file", "it does not say which zone it belongs to",
                             "name the zone with --zone, or add its SOA record");
    auto const apex = must_wire_name(report.zone);
    for (auto& line : parsed.records) {
        if (is_made_by_signing(line.record.type)) {
            ++report.left_out;
            continue;
        }
        if (auto const good = check_record(line.record, apex); !good)
            report.refused.push_back({line.line, to_text(line.record).line(), good.error()});
        file.lines.push_back(line.line);
        file.records.push_back(std::move(line.record));
    }
    sort_by_line(report.refused);
    if (report.refused.empty() && file.records.empty()) return base::refused("zone file", "there is no record in it");
    return file;
}

ImportReport refuse_lines(ZoneFileContents const& file, std::vector<Fault> const& faults)
{
    auto report = file.report;
    auto const apex = must_wire_name(report.zone);
    for (auto const& fault : faults) {
        auto const found = find_record(file, key_name(fault.row.owner, apex), fault.row);
        bool const in_file = found < file.records.size();
        report.refused.push_back(
            {in_file ? file.lines[found] : 0, in_file ? to_text(file.records[found]).line() : "", fault.error});
    }
    sort_by_line(report.refused);
    return report;
}

} // namespace dnsd
