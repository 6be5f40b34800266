#pragma once
// A zone store in a folder of its own, with the demo school's zones.

#include "appliance/db/database.h"
#include "dnsd/zone/school_zones.h"
#include "dnsd/zone/zone_store.h"
#include "tests/support/temp_folder.h"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace support
{

inline constexpr auto school = "smkn1pendalian.sch.id.";

class SchoolStore
{
public:
    explicit SchoolStore(std::shared_ptr<dnsd::Signer> signer = {})
        : database({folder_ / "dns.db", "dns"}), store(dnsd::make_sql_zone_store(database, std::move(signer)))
    {
        auto drafts = dnsd::make_school_zones({"smkn1pendalian.sch.id", "192.168.10.1/24", "192.168.10.1",
                                               "192.168.10.2", "192.168.10.3", "mail.smkn1pendalian.sch.id"});
        for (auto const& draft : std::move(drafts).value()) store->put_zone(draft).value();
    }

    std::string why(std::string_view lines, std::string_view zone = school)
    {
        auto const result = store->add(zone, lines);
        return result ? "added" : result.error().why;
    }
    std::string why_not_removed(std::string_view line, std::string_view zone = school)
    {
        auto const result = store->remove(zone, line);
        return result ? "removed" : result.error().why;
    }
    std::vector<std::string> lines(std::string_view zone)
    {
        std::vector<std::string> all;
        for (auto const& record : store->records(zone).value())
            all.push_back(record.owner + " " + record.type + " " + record.rdata);
        return all;
    }
    bool has(std::string_view zone, std::string const& line)
    {
        auto const all = lines(zone);
        return std::find(all.begin(), all.end(), line) != all.end();
    }
    dnsd::ZoneInfo info(std::string_view zone = school)
    {
        for (auto const& info : store->zones())
            if (info.name == zone) return info;
        return {};
    }
    /// The PTR of "20" in the zone, or what else is there.
    std::string pointer(std::string const& label, std::string const& zone = "10.168.192.in-addr.arpa.")
    {
        for (auto const& record : store->records(zone).value())
            if (record.owner == label + "." + zone && record.type == "PTR") return record.rdata;
        return "none";
    }
    /// "4 this is not an IPv4 address" for each refused line.
    std::vector<std::string> refused(std::string_view zone, std::string_view text)
    {
        std::vector<std::string> all;
        auto const report = store->import_zone(zone, text);
        if (!report) return {report.error().why};
        for (auto const& line : report->refused) all.push_back(std::to_string(line.line) + " " + line.error.why);
        return all;
    }

private:
    TempFolder folder_;

public:
    db::Database database;
    std::unique_ptr<dnsd::ZoneStore> store;
};

} // namespace support
