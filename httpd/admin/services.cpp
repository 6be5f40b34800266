// The services of the box and how they are; a restart of one.

#include "appliance/base/text.h"
#include "httpd/admin/desk.h"
#include "httpd/admin/pages.h"
#include "httpd/admin/view.h"

namespace httpd::admin
{

namespace
{
constexpr std::string_view here = "/admin/services";

std::string purpose(Exchange const& exchange, std::string const& name)
{
    if (name == "dnsd") return exchange.text("answers questions about names");
    if (name == "dns-keeper") return exchange.text("keeps the zones and their keys");
    if (name == "maild-in") return exchange.text("takes mail in");
    if (name == "maild-box") return exchange.text("delivers mail and shows mailboxes");
    if (name == "httpd") return exchange.text("the web: this page");
    return exchange.text("does what this page asks for");
}

Response services_page(Exchange const& exchange, std::string const& fault)
{
    auto const answer = ask_desk(exchange, "status");
    auto data = admin_data(exchange, exchange.text("Services"), here);
    DataList rows;
    for (auto const& process : objects_of(answer.object(), "processes")) {
        auto const name = text_of(process, "name");
        bool const is_well = is_set(process, "healthy");
        std::vector<std::string> silent;
        for (auto const& listener : objects_of(process, "listening"))
            if (!is_set(listener, "answers")) silent.push_back(text_of(listener, "service"));
        Data row;
        row["name"] = Data(name);
        row["purpose"] = Data(purpose(exchange, name));
        row["is_well"] = Data(is_well);
        row["has_silent"] = Data(!silent.empty());
        row["silent"] = Data(base::join(silent, ", "));
        row["since"] = Data(exchange.long_time(time_of(process, "since")));
        row["restarts"] = Data(text_of(process, "restarts"));
        row["may_restart"] = Data(name != "httpd" && !name.starts_with("desk"));
        rows.push_back(std::move(row));
    }
    data["rows"] = Data(rows);
    set_fault(data, fault.empty() ? answer.error : fault);
    return render(exchange, "admin_services", data, fault.empty() ? 200 : 422);
}
} // namespace

Response show_services(Exchange& exchange) { return services_page(exchange, ""); }

Response restart_service(Exchange& exchange)
{
    auto const& form = exchange.request.form;
    auto const& name = form.value("name");
    if (form.value("sure") != "yes")
        return ask(exchange, {.title = exchange.text("Restart {1}?", {name}),
                              .losses = {exchange.text("Its connections end for a moment. No mail is lost.")},
                              .button = exchange.text("Restart"),
                              .action = std::string(here),
                              .fields = {{"name", name}, {"sure", "yes"}},
                              .back = std::string(here),
                              .current = here});
    auto const answer = ask_desk(exchange, "service.restart", {{"name", name}});
    if (!answer.good) return services_page(exchange, answer.error);
    note(exchange, "service.restart", name);
    return see_other("/admin/services?notice=restarted");
}

} // namespace httpd::admin
