#include "httpd/webmail/time_zones.h"

#include "appliance/base/file.h"
#include "appliance/base/log.h"
#include "appliance/base/text.h"

#include <algorithm>
#include <mutex>

namespace httpd::webmail
{

namespace
{
bool is_indonesian(std::string_view name)
{
    return name == "Asia/Jakarta" || name == "Asia/Makassar" || name == "Asia/Jayapura";
}

/// The third column of zone.tab: some 400 names. None when it cannot be read.
std::vector<std::string> read_names()
{
    auto const table = base::read_file("/usr/share/zoneinfo/zone.tab");
    if (!table) {
        base::log(base::Level::warning, "", "no-time-zones", {{"why", table.error().line()}});
        return {};
    }
    std::vector<std::string> found = {"UTC"};
    for (auto const line : base::split(*table, '\n')) {
        auto const columns = base::split(line, '\t');
        if (line.starts_with('#') || columns.size() < 3 || is_indonesian(columns[2])) continue;
        found.emplace_back(columns[2]);
    }
    std::sort(found.begin(), found.end());
    return found;
}

/// Read once; again when that failed.
std::vector<std::string> names_of_the_world()
{
    static std::mutex mutex;
    static std::vector<std::string> names;
    std::lock_guard const lock(mutex);
    if (names.empty()) names = read_names();
    return names;
}
} // namespace

std::vector<Option> zone_options(Exchange const& exchange)
{
    std::vector<Option> options = {{"", exchange.text("as the school has it")},
                                   {"Asia/Jakarta", "WIB – Jakarta"},
                                   {"Asia/Makassar", "WITA – Makassar"},
                                   {"Asia/Jayapura", "WIT – Jayapura"}};
    for (auto const& name : names_of_the_world()) options.emplace_back(name, base::replace_all(name, "_", " "));
    return options;
}

} // namespace httpd::webmail
