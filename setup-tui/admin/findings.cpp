#include "setup-tui/admin/findings.h"

#include "appliance/base/clock.h"
#include "maild/queue/trace_reader.h"

#include <ctime>

namespace setup
{

namespace
{
constexpr std::size_t most_messages = 5000; ///< of today that are counted

std::tm local_time(base::Timestamp when)
{
    std::time_t const seconds = when / 1000000;
    std::tm local{};
    ::localtime_r(&seconds, &local);
    return local;
}

base::Timestamp midnight()
{
    auto local = local_time(base::system_clock().now());
    local.tm_hour = local.tm_min = local.tm_sec = 0;
    return base::Timestamp{std::mktime(&local)} * 1000000;
}

Today look_at_today(directory::Directory& people)
{
    maild::queue::TraceQuery query;
    query.since = midnight();
    query.most = most_messages;
    auto const found = maild::queue::make_trace_reader(people)->find(query);
    Today today;
    for (auto const& message : found.messages)
        ++today.by_hour[static_cast<std::size_t>(local_time(message.accepted).tm_hour)];
    today.messages = found.messages.size();
    for (auto const& refused : found.refused) today.refused += refused.count;
    return today;
}

} // namespace

Findings look_at_box(Desk& desk)
{
    Findings findings;
    auto const failed = desk.attempt([&] {
        findings.disk = cli::look_at_disk(".");
        findings.health = cli::look_at_processes(desk.session);
        findings.queue = cli::look_at_queue();
        findings.today = look_at_today(desk.people);
    });
    findings.problem = failed.value_or("");
    return findings;
}

} // namespace setup
