// What became of a mail: a search, and the message's life as a line of events; by the desk.

#include "appliance/base/text.h"
#include "httpd/admin/desk.h"
#include "httpd/admin/pages.h"
#include "httpd/admin/view.h"

namespace httpd::admin
{

namespace
{
constexpr char const* most_shown = "50";

std::vector<std::pair<std::string, std::string>> since_choices(Exchange const& exchange)
{
    return {{"1h", exchange.text("the last hour")},
            {"1d", exchange.text("the last day")},
            {"7d", exchange.text("the last 7 days")},
            {"30d", exchange.text("the last 30 days")}};
}

DataList story_rows(Exchange const& exchange, Object const& message)
{
    DataList rows;
    for (auto const& line : objects_of(message, "story")) {
        Data row;
        row["time"] = Data(exchange.long_time(time_of(line, "time")));
        row["text"] = Data(text_of(line, "text"));
        row["tone"] = Data(text_of(line, "tone"));
        rows.push_back(std::move(row));
    }
    return rows;
}

DataList message_rows(Exchange const& exchange, std::vector<Object> const& messages)
{
    DataList rows;
    for (auto message = messages.rbegin(); message != messages.rend(); ++message) { // the newest first
        Data row;
        auto const from = text_of(*message, "from");
        row["id"] = Data(text_of(*message, "id"));
        row["from"] = Data(from.empty() ? "<>" : from);
        row["to"] = Data(base::join(texts_of(*message, "to"), ", "));
        row["when"] = Data(exchange.long_time(time_of(*message, "accepted")));
        row["size"] = Data(base::show_size(number_of(*message, "size")));
        row["message_id"] = Data(text_of(*message, "message_id"));
        row["story"] = Data(story_rows(exchange, *message));
        row["is_open"] = Data(messages.size() == 1);
        rows.push_back(std::move(row));
    }
    return rows;
}

DataList refused_rows(Exchange const& exchange, std::vector<Object> const& refused)
{
    DataList rows;
    for (auto const& one : refused) {
        Data row;
        row["when"] = Data(exchange.long_time(time_of(one, "last")));
        row["text"] = Data(text_of(one, "text"));
        rows.push_back(std::move(row));
    }
    return rows;
}
} // namespace

Response show_trace(Exchange& exchange)
{
    auto const& query = exchange.request.query;
    auto const trimmed = [&](std::string_view name) { return std::string(base::trim(query.value(name))); };
    auto const since = trimmed("since").empty() ? "1d" : trimmed("since");
    Arguments arguments = {
        {"from", trimmed("from")}, {"to", trimmed("to")}, {"id", trimmed("id")}, {"limit", most_shown}};
    if (trimmed("id").empty()) arguments["since"] = since;
    auto const answer = ask_desk(exchange, "trace", arguments);
    auto const found = answer.object();
    auto data = admin_data(exchange, exchange.text("Trace"), "/admin/trace");
    auto const messages = objects_of(found, "messages");
    data["messages"] = Data(message_rows(exchange, messages));
    data["refused"] = Data(refused_rows(exchange, objects_of(found, "refused")));
    data["has_refused"] = Data(!objects_of(found, "refused").empty());
    data["is_empty"] = Data(messages.empty());
    data["has_more"] = Data(is_set(found, "has_more"));
    data["from"] = Data(trimmed("from"));
    data["to"] = Data(trimmed("to"));
    data["id"] = Data(trimmed("id"));
    data["since"] = Data(choices(since_choices(exchange), since));
    set_fault(data, answer.error);
    return render(exchange, "admin_trace", data, answer.good ? 200 : 422);
}

} // namespace httpd::admin
