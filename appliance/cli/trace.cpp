#include "appliance/base/text.h"
#include "appliance/cli/moment.h"
#include "appliance/cli/nouns.h"
#include "appliance/cli/output.h"
#include "appliance/directory/settings.h"
#include "maild/queue/trace_words.h"

#include <limits>

namespace cli
{

namespace
{
using maild::queue::RefusedMail;
using maild::queue::StoryLine;
using maild::queue::TracedMessage;
using maild::queue::TraceFound;
using maild::queue::TraceLine;
using maild::queue::TraceQuery;

constexpr std::uint64_t most_messages = 100000;
constexpr base::Timestamp day = base::Microseconds(std::chrono::hours(24)).count();

TraceQuery query_of(Arguments const& arguments)
{
    TraceQuery query;
    query.from = arguments.value("--from").value_or("");
    query.to = arguments.value("--to").value_or("");
    query.id = arguments.value("--id").value_or("");
    auto const now = base::system_clock().now();
    bool const is_open = query.from.empty() && query.to.empty() && query.id.empty();
    if (auto const since = arguments.value("--since"))
        query.since = must_parse_moment(*since, now, DayMeans::begin);
    else if (is_open)
        query.since = now - day;
    if (auto const until = arguments.value("--until")) query.until = must_parse_moment(*until, now, DayMeans::end);
    if (auto const limit = arguments.value("--limit")) {
        auto const number = base::parse_number(*limit, most_messages);
        if (!number || *number == 0)
            throw base::Failure(base::refused("--limit", "it is not a number of messages", "write --limit 100"));
        query.most = static_cast<std::size_t>(*number);
    }
    return query;
}

Json moment(base::Timestamp when) { return when == 0 ? Json::null() : Json::text(base::iso_date(when)); }

Json json_of(TraceLine const& line)
{
    return Json::object({{"time", moment(line.at)},
                         {"event", Json::text(maild::queue::show(line))},
                         {"means", Json::text(maild::queue::show(line.means))},
                         {"recipient", Json::text(line.recipient)},
                         {"places", Json::texts(line.places)},
                         {"status", Json::text(line.status)},
                         {"reply", Json::text(line.reply)},
                         {"next_try", moment(line.next_try)}});
}

Json json_of(maild::queue::StillQueued const& queued)
{
    return Json::object({{"recipient", Json::text(queued.recipient)},
                         {"held", Json::boolean(queued.is_held)},
                         {"destination", Json::text(queued.destination)},
                         {"next_try", moment(queued.next_try)},
                         {"attempts", Json::number(queued.attempts)},
                         {"reply", Json::text(queued.reply)}});
}

std::string_view show(maild::queue::Tone tone)
{
    using maild::queue::Tone;
    switch (tone) {
    case Tone::good: return "good";
    case Tone::waiting: return "waiting";
    case Tone::bad: return "bad";
    case Tone::plain: break;
    }
    return "plain";
}

Json json_of(StoryLine const& line)
{
    return Json::object({{"time", moment(line.at)},
                         {"name", Json::text(line.name)},
                         {"text", Json::text(line.text)},
                         {"tone", Json::text(show(line.tone))}});
}

/// The same sentences as people read.
Json story_of(Session& session, TracedMessage const& message)
{
    std::vector<Json> lines;
    auto const show_time = [&](base::Timestamp when) { return session.show_time(when); };
    for (auto const& line : maild::queue::story(session.catalog(), message, show_time))
        lines.push_back(json_of(line));
    return Json::array(lines);
}

Json json_of(Session& session, TracedMessage const& message)
{
    std::vector<Json> events;
    for (auto const& line : message.lines) events.push_back(json_of(line));
    std::vector<Json> queued;
    for (auto const& one : message.queued) queued.push_back(json_of(one));
    auto const& arrival = message.arrival;
    return Json::object(
        {{"id", Json::text(maild::queue::show(message.id))},
         {"connected", moment(message.id >> maild::queue::trace_id_bits)},
         {"accepted", moment(message.accepted)},
         {"from", Json::text(message.sender)},
         {"login", Json::text(message.login)},
         {"to", Json::texts(message.recipients)},
         {"size", Json::number(static_cast<long long>(message.size))},
         {"message_id", Json::text(arrival.header_id)},
         {"peer", Json::text(arrival.peer)},
         {"hello", Json::text(arrival.hello)},
         {"protocol", Json::text(arrival.protocol)},
         {"tls", Json::text(arrival.tls)},
         {"report_about", arrival.about == 0 ? Json::null() : Json::text(maild::queue::show(arrival.about))},
         {"events", Json::array(events)},
         {"story", story_of(session, message)},
         {"queued", Json::array(queued)}});
}

Json json_of(Session& session, RefusedMail const& refused)
{
    return Json::object({{"first", moment(refused.first)},
                         {"last", moment(refused.last)},
                         {"count", Json::number(static_cast<long long>(refused.count))},
                         {"peer", Json::text(refused.peer)},
                         {"hello", Json::text(refused.hello)},
                         {"login", Json::text(refused.login)},
                         {"from", Json::text(refused.sender)},
                         {"to", Json::text(refused.recipient)},
                         {"reply", Json::text(refused.reply)},
                         {"text", Json::text(maild::queue::story(session.catalog(), refused).text)}});
}

Json json_of(Session& session, TraceFound const& found)
{
    std::vector<Json> messages;
    for (auto const& message : found.messages) messages.push_back(json_of(session, message));
    std::vector<Json> refused;
    for (auto const& one : found.refused) refused.push_back(json_of(session, one));
    return Json::object({{"messages", Json::array(messages)},
                         {"refused", Json::array(refused)},
                         {"has_more", Json::boolean(found.has_more)}});
}

std::string coloured(std::string const& text, maild::queue::Tone tone)
{
    using maild::queue::Tone;
    if (!is_colourful() || tone == Tone::plain) return text;
    auto const* colour = tone == Tone::good ? "\033[32m" : tone == Tone::waiting ? "\033[33m" : "\033[31m";
    return colour + text + "\033[0m";
}

/// The time of day; the date too when it is another one than the message's.
void print_line(Session& session, StoryLine const& line, base::Timestamp message)
{
    auto const when = is_same_day(line.at, message) ? show_clock(line.at) : session.show_time(line.at);
    print("    " + when + "  " + coloured(printable(line.text), line.tone) + "\n");
}

void print_message(Session& session, TracedMessage const& message)
{
    auto const sender = message.sender.empty() ? "<>" : message.sender;
    auto const others = message.recipients.size() > 1 ? " +" + std::to_string(message.recipients.size() - 1) : "";
    auto const to = message.recipients.empty() ? "" : message.recipients.front() + others;
    print(session.show_time(message.accepted) + "  " + maild::queue::show(message.id) + "  " +
          printable(sender + " → " + to) + "  " + base::show_size(message.size) + "\n");
    auto const show_time = [&](base::Timestamp when) { return session.show_time(when); };
    auto const lines = maild::queue::story(session.catalog(), message, show_time);
    for (auto const& line : lines) print_line(session, line, message.accepted);
}

/// In order of time, messages and refusals together.
void print_all(Session& session, TraceFound const& found)
{
    auto refused = found.refused.begin();
    auto const print_refused = [&](base::Timestamp before) {
        for (; refused != found.refused.end() && refused->first < before; ++refused) {
            auto const line = maild::queue::story(session.catalog(), *refused);
            print(session.show_time(line.at) + "  " + coloured(printable(line.text), line.tone) + "\n");
        }
    };
    for (auto const& message : found.messages) {
        print_refused(message.accepted);
        print_message(session, message);
    }
    print_refused(std::numeric_limits<base::Timestamp>::max());
}

int trace(Session& session, Arguments const& arguments)
{
    auto const query = query_of(arguments);
    auto const found =
        maild::queue::make_trace_reader(session.directory(), "spool", session.may_look_into_mail() ? "mail" : "")
            ->find(query);
    if (arguments.has("--json")) {
        print(json_of(session, found));
        return 0;
    }
    if (found.messages.empty() && found.refused.empty()) {
        auto const days = directory::Settings(session.directory()).duration("trace.keep").count() / day;
        print(session.text("No message is known that fits. Traces are kept for {1} days.", {std::to_string(days)}) +
              "\n");
        return 0;
    }
    print_all(session, found);
    if (found.has_more)
        print(session.text("There are older messages: --limit shows more, --since and --until choose the time.") +
              "\n");
    return 0;
}
} // namespace

std::vector<Command> trace_commands()
{
    return {{.verb = "",
             .operands = "",
             .options = {{"--from", "ADDRESS"},
                         {"--to", "ADDRESS"},
                         {"--id", "ID"},
                         {"--since", "TIME"},
                         {"--until", "TIME"},
                         {"--limit", "N"},
                         {"--json", ""}},
             .summary = "Shows what became of each message: those of the last day, or those asked for.",
             .action = trace}};
}

} // namespace cli
