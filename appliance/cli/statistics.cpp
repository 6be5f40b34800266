// kotakpos statistics: how much mail, of whom, and how full the disk is.

#include "appliance/base/text.h"
#include "appliance/cli/health.h"
#include "appliance/cli/nouns.h"
#include "appliance/cli/output.h"
#include "maild/queue/trace_statistics.h"

#include <ctime>

namespace cli
{

namespace
{
using maild::queue::MailCount;
using maild::queue::MailStatistics;

constexpr std::uint64_t most_days = 400;

int zone_minutes()
{
    std::time_t const now = std::time(nullptr);
    std::tm local{};
    ::localtime_r(&now, &local);
    return static_cast<int>(local.tm_gmtoff / 60);
}

maild::queue::StatisticsQuery query_of(Session& session, Arguments const& arguments)
{
    maild::queue::StatisticsQuery query;
    query.zone_minutes = zone_minutes();
    if (auto const text = arguments.value("--days")) {
        auto const days = base::parse_number(*text, most_days);
        if (!days || *days == 0)
            throw base::Failure(base::refused("--days", "it is not a number from 1 to 400", "write --days 30"));
        query.days = *days;
    }
    if (auto const name = arguments.value("--class")) {
        for (auto const& user : session.directory().members(*name).value()) query.logins.insert(user.login);
        query.most_senders = std::max(query.most_senders, query.logins.size());
        if (query.logins.empty()) query.logins.insert(""); // a class of nobody has sent nothing
    }
    return query;
}

Json number(std::uint64_t value) { return Json::number(static_cast<long long>(value)); }

Json json_of(MailStatistics const& found, Disk const& disk)
{
    std::vector<Json> days;
    for (auto const& one : found.days)
        days.push_back(Json::object({{"begin", number(static_cast<std::uint64_t>(one.begin))},
                                     {"messages", number(one.messages)},
                                     {"inside", number(one.inside)},
                                     {"bytes", number(one.bytes)}}));
    std::vector<Json> senders;
    for (auto const& one : found.senders)
        senders.push_back(Json::object(
            {{"login", Json::text(one.login)}, {"messages", number(one.messages)}, {"bytes", number(one.bytes)}}));
    return Json::object(
        {{"days", Json::array(days)},
         {"senders", Json::array(senders)},
         {"disk", Json::object({{"free_bytes", number(disk.free)}, {"total_bytes", number(disk.total)}})}});
}

void print_words(Session& session, MailStatistics const& found, Disk const& disk)
{
    std::vector<std::vector<std::string>> rows = {
        {session.text("DAY"), session.text("MAILS"), session.text("OF THE SCHOOL"), session.text("SIZE")}};
    for (auto const& one : found.days)
        rows.push_back({base::iso_date(one.begin + zone_minutes() * 60'000'000LL).substr(0, 10),
                        std::to_string(one.messages), std::to_string(one.inside), base::show_size(one.bytes)});
    print(show_table(rows) + "\n");
    rows = {{session.text("LOGIN"), session.text("MAILS"), session.text("SIZE")}};
    for (auto const& one : found.senders)
        rows.push_back({one.login, std::to_string(one.messages), base::show_size(one.bytes)});
    print(show_table(rows) +
          session.text("Disk: {1} of {2} free", {base::show_size(disk.free), base::show_size(disk.total)}) + "\n");
}

int statistics(Session& session, Arguments const& arguments)
{
    session.enter_state_folder();
    auto const found = maild::queue::count_mail(query_of(session, arguments));
    auto const disk = look_at_disk(".");
    if (arguments.has("--json"))
        print(json_of(found, disk));
    else
        print_words(session, found, disk);
    return 0;
}
} // namespace

std::vector<Command> statistics_commands()
{
    return {{"",
             "",
             0,
             0,
             {{"--days", "N"}, {"--class", "CLASS"}, {"--json", ""}},
             "Counts mail by day and by sender, as far back as the trace goes.",
             statistics}};
}

} // namespace cli
