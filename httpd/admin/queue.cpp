// Mail that is on its way: held, released, tried, given up, deleted; by the desk. The text of a mail is never shown.

#include "appliance/base/text.h"
#include "httpd/admin/desk.h"
#include "httpd/admin/pages.h"
#include "httpd/admin/view.h"

namespace httpd::admin
{

namespace
{
constexpr std::string_view here = "/admin/queue";
constexpr char const* most_shown = "200";

std::string state_text(Exchange const& exchange, std::string const& state)
{
    if (state == "held") return exchange.text("held");
    if (state == "waiting") return exchange.text("waits");
    if (state == "returning") return exchange.text("goes back");
    if (state == "scheduled") return exchange.text("sent later");
    return exchange.text("arrives");
}

DataList recipient_rows(Exchange const& exchange, Object const& message)
{
    DataList rows;
    for (auto const& recipient : objects_of(message, "recipients")) {
        Data row;
        auto const next = time_of(recipient, "next_try");
        row["address"] = Data(text_of(recipient, "address"));
        row["state"] = Data(state_text(exchange, text_of(recipient, "state")));
        row["is_held"] = Data(text_of(recipient, "state") == "held");
        row["attempts"] = Data(text_of(recipient, "attempts"));
        row["has_reply"] = Data(!text_of(recipient, "last_reply").empty());
        row["reply"] = Data(text_of(recipient, "last_reply"));
        row["next"] = Data(next == 0 ? "" : exchange.long_time(next));
        rows.push_back(std::move(row));
    }
    return rows;
}

Data message_row(Exchange const& exchange, Object const& message)
{
    Data row;
    auto const from = text_of(message, "from");
    row["id"] = Data(text_of(message, "id"));
    row["from"] = Data(from.empty() ? "<>" : from);
    row["size"] = Data(base::show_size(number_of(message, "size")));
    row["received"] = Data(exchange.long_time(time_of(message, "received")));
    row["recipients"] = Data(recipient_rows(exchange, message));
    row["link"] = Data(link_to("queue", text_of(message, "id")));
    row["trace"] = Data("/admin/trace?id=" + percent_encoded(text_of(message, "id")));
    return row;
}

Response queue_page(Exchange const& exchange, std::string const& fault)
{
    auto const& query = exchange.request.query;
    auto data = admin_data(exchange, exchange.text("Queue"), here);
    auto const answer = ask_desk(exchange, "queue.list",
                                 {{"limit", most_shown}, {"from", query.value("from")}, {"to", query.value("to")}});
    DataList rows;
    for (auto const& message : answer.objects()) rows.push_back(message_row(exchange, message));
    data["rows"] = Data(rows);
    data["is_empty"] = Data(rows.empty());
    data["from"] = Data(query.value("from"));
    data["to"] = Data(query.value("to"));
    set_fault(data, fault.empty() ? answer.error : fault);
    return render(exchange, "admin_queue", data, fault.empty() ? 200 : 422);
}

Response ask_delete(Exchange const& exchange, std::vector<std::string> const& ids, std::string const& wish)
{
    std::vector<std::pair<std::string, std::string>> fields = {{"do", wish}, {"sure", "yes"}};
    for (auto const& id : ids) fields.emplace_back("id", id);
    bool const deletes = wish == "delete";
    return ask(
        exchange,
        {.title =
             exchange.count(deletes ? "Delete {1} message from the queue?" : "Send {1} message back?",
                            deletes ? "Delete {1} messages from the queue?" : "Send {1} messages back?", ids.size()),
         .losses = {deletes ? exchange.text("The mail is lost, and its sender is not told.")
                            : exchange.text("It is not tried any more; its sender gets a report with the reason.")},
         .button = deletes ? exchange.text("Delete for good") : exchange.text("Send back"),
         .action = std::string(here),
         .fields = std::move(fields),
         .back = std::string(here),
         .current = here});
}
} // namespace

Response show_queue(Exchange& exchange) { return queue_page(exchange, ""); }

Response show_queued(Exchange& exchange)
{
    auto const answer = ask_desk(exchange, "queue.show", {{"id", exchange.parameter("id")}});
    if (!answer.good) return queue_page(exchange, answer.error);
    auto data = admin_data(exchange, exchange.text("Message {1}", {exchange.parameter("id")}), here);
    data["message"] = Data(DataList{message_row(exchange, answer.object())});
    return render(exchange, "admin_queued", data);
}

Response change_queue(Exchange& exchange)
{
    auto const& form = exchange.request.form;
    auto const ids = form.all("id");
    auto const& wish = form.value("do");
    bool const is_known = wish == "retry" || wish == "hold" || wish == "expire" || wish == "delete";
    if (!is_known || ids.empty()) return queue_page(exchange, exchange.text("Choose at least one message first."));
    bool const loses = wish == "expire" || wish == "delete";
    if (loses && form.value("sure") != "yes") return ask_delete(exchange, ids, wish);
    std::string fault;
    for (auto const& id : ids) { // what has left the queue meanwhile does not keep the others back
        auto const answer = ask_desk(exchange, "queue." + wish, {{"id", id}});
        if (answer.good)
            note(exchange, "queue." + wish, id);
        else
            fault = answer.error;
    }
    return fault.empty() ? see_other("/admin/queue?notice=queued") : queue_page(exchange, fault);
}

} // namespace httpd::admin
