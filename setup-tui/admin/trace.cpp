#include "appliance/base/text.h"
#include "appliance/cli/moment.h"
#include "maild/queue/trace_words.h"
#include "setup-tui/admin/list_screen.h"
#include "setup-tui/admin/screens.h"
#include "setup-tui/admin/simple_form.h"
#include "setup-tui/admin/text_screen.h"

namespace setup
{

namespace
{
using maild::queue::RefusedMail;
using maild::queue::TracedMessage;
using maild::queue::TraceFound;
using maild::queue::TraceQuery;

constexpr std::size_t most_messages = 500;
constexpr base::Timestamp day = base::Microseconds(std::chrono::hours(24)).count();
constexpr std::string_view lesson =
    "Where is the mail? The trace knows what became of every mail for some weeks: who sent it, whom it reached, what "
    "the other server answered, and who was refused. Search by sender and recipient (a part of the address is "
    "enough) "
    "and by time. Enter tells the whole story of one mail. Nobody can read the mail itself here.";

TraceQuery query_of(std::vector<std::string> const& answers)
{
    TraceQuery query;
    query.from = answers[0];
    query.to = answers[1];
    query.id = answers[2];
    query.most = most_messages;
    auto const now = base::system_clock().now();
    if (!answers[3].empty()) query.since = cli::must_parse_moment(answers[3], now, cli::DayMeans::begin);
    if (query.from.empty() && query.to.empty() && query.id.empty() && answers[3].empty()) query.since = now - day;
    return query;
}

std::string or_nobody(std::string const& address) { return address.empty() ? "<>" : address; }

std::string story_of(Desk const& desk, TracedMessage const& message)
{
    auto const show_time = [&](base::Timestamp when) { return desk.show_time(when); };
    auto text = maild::queue::show(message.id) + "\n" + desk.text("From") + ": " + or_nobody(message.sender) + "\n" +
                desk.text("To") + ": " + base::join(message.recipients, ", ") + "\n" + desk.text("Size") + ": " +
                base::show_size(message.size) + "\n\n";
    for (auto const& line : maild::queue::story(desk.catalog(), message, show_time))
        text += desk.show_time(line.at) + "\n    " + line.text + "\n";
    return text;
}

/// What became of it last, without the times.
std::string end_of(Desk const& desk, TracedMessage const& message)
{
    auto const lines =
        maild::queue::story(desk.catalog(), message, [&](base::Timestamp when) { return desk.show_time(when); });
    return lines.empty() ? "" : lines.back().text;
}

void show_found(Desk& desk, TraceQuery const& query)
{
    auto const reader = maild::queue::make_trace_reader(desk.people);
    TraceFound found;
    ListScreen list{.title = "Trace", .lesson = lesson};
    list.columns = {{"Time", 22}, {"From", 16, true}, {"To", 16, true}, {"What became of it", 18, true}};
    list.load = [&] {
        found = reader->find(query);
        std::vector<TableRow> rows; // the newest first
        for (auto one = found.messages.rbegin(); one != found.messages.rend(); ++one)
            rows.push_back({maild::queue::show(one->id),
                            {desk.show_time(one->accepted), or_nobody(one->sender), base::join(one->recipients, ", "),
                             end_of(desk, *one)}});
        for (auto one = found.refused.rbegin(); one != found.refused.rend(); ++one)
            rows.push_back({"r" + std::to_string(one->first) + one->sender + one->recipient,
                            {desk.show_time(one->first), or_nobody(one->sender), one->recipient,
                             maild::queue::story(desk.catalog(), *one).text}});
        return rows;
    };
    list.heading = [&] {
        auto text = desk.plural("{1} message", "{1} messages", found.messages.size());
        if (!found.refused.empty()) text += ", " + desk.plural("{1} refused", "{1} refused", found.refused.size());
        return found.has_more ? text + "; " + desk.text("there are older ones: search more closely") : text;
    };
    list.keys = {{0, "whole story", [&](std::size_t row) {
                      auto const count = found.messages.size();
                      auto const text =
                          row < count ? story_of(desk, found.messages[count - 1 - row])
                                      : maild::queue::story(desk.catalog(),
                                                            found.refused[found.refused.size() - 1 - (row - count)])
                                            .text;
                      show_text(desk, "Trace", text);
                      return std::string();
                  }}};
    list.empty = "No mail fits. Search with fewer words, or further back.";
    run_list(desk, list);
}
} // namespace

void search_trace(Desk& desk)
{
    TraceQuery query;
    std::vector<Question> questions = {
        {"From", "Sender: an address or a part of it; empty: anybody."},
        {"To", "Recipient: an address or a part of it; empty: anybody."},
        {"Message", "The number of a message, as in the queue or in a report; may be empty."},
        {"Since", "Like 2h, 3d or 2026-11-28; empty: the last day, or always with a name above."}};
    while (ask_form(
        desk, "Trace", lesson, questions,
        [&](auto const& answers) {
            query = query_of(answers);
            for (std::size_t i = 0; i < questions.size(); ++i) questions[i].value = answers[i];
        },
        "search"))
        show_found(desk, query);
}

} // namespace setup
