#include "appliance/db/database.h"
#include "maild/queue/trace_event.h"
#include "maild/queue/trace_statistics.h"

#include <algorithm>
#include <filesystem>
#include <map>

namespace maild::queue
{

namespace
{
constexpr base::Timestamp day = 86400LL * 1000000;

/// Days since 1970 in that time zone.
std::int64_t day_number(base::Timestamp when, int zone_minutes) { return (when + zone_minutes * 60'000'000LL) / day; }

void add(MailCount& count, db::Row const& row)
{
    count.messages += static_cast<std::uint64_t>(row.integer(2));
    count.bytes += static_cast<std::uint64_t>(row.integer(3));
}
} // namespace

MailStatistics count_mail(StatisticsQuery const& query, std::string const& spool)
{
    auto const offset = query.zone_minutes * 60'000'000LL;
    auto const first = day_number(query.now, query.zone_minutes) - static_cast<std::int64_t>(query.days) + 1;
    MailStatistics result;
    for (std::size_t i = 0; i < query.days; ++i) {
        result.days.emplace_back();
        result.days.back().begin = (first + static_cast<std::int64_t>(i)) * day - offset;
    }
    auto const file = spool + "/spool.db";
    if (!std::filesystem::exists(file)) return result;
    db::Database database({file, "spool", db::Mode::read_only});
    std::map<std::string, SenderCount> senders;
    database.read([&](db::Reader& reader) {
        auto rows = reader.query("SELECT (accepted + ?) / 86400000000 AS day, login, COUNT(*), SUM(size) FROM traced "
                                 "WHERE message_id >= ? GROUP BY day, login",
                                 std::int64_t{offset}, std::int64_t{result.days.front().begin << trace_id_bits});
        while (auto const row = rows.next()) {
            auto const index = row->integer(0) - first;
            auto const login = row->text(1);
            bool const is_wanted = query.logins.empty() || query.logins.contains(login);
            if (!is_wanted || index < 0 || index >= static_cast<std::int64_t>(query.days)) continue;
            auto& count = result.days[static_cast<std::size_t>(index)];
            add(count, *row);
            if (login.empty()) continue;
            count.inside += static_cast<std::uint64_t>(row->integer(2));
            senders[login].login = login;
            add(senders[login], *row);
        }
    });
    for (auto& [login, count] : senders) result.senders.push_back(std::move(count));
    std::stable_sort(result.senders.begin(), result.senders.end(),
                     [](auto const& a, auto const& b) { return a.messages > b.messages; });
    if (result.senders.size() > query.most_senders) result.senders.resize(query.most_senders);
    return result;
}

} // namespace maild::queue
