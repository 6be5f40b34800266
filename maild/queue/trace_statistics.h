#pragma once
// How much mail there was, counted from the trace: by day, and by who sent it. For the command line and the web
// administration.

#include "appliance/base/clock.h"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace maild::queue
{

struct MailCount {
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;
};
struct DayCount : MailCount {
    base::Timestamp begin = 0; ///< midnight in the school's time zone
    std::uint64_t inside = 0;  ///< of the messages: sent by people of the school
};
struct SenderCount : MailCount {
    std::string login;
};

struct MailStatistics {
    std::vector<DayCount> days;       ///< each day, the oldest first; the last one is today
    std::vector<SenderCount> senders; ///< who sent most first
};

struct StatisticsQuery {
    std::size_t days = 30;
    int zone_minutes = 0;              ///< east of UTC
    std::set<std::string> logins = {}; ///< only mail sent by these; empty: all mail
    std::size_t most_senders = 20;
    base::Timestamp now = base::system_clock().now();
};

/// Reads spool/spool.db; a spool that was never used gives empty days. Throws base::StoreError.
MailStatistics count_mail(StatisticsQuery const& query, std::string const& spool = "spool");

} // namespace maild::queue
