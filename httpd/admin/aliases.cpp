// Other names for people, classes and addresses elsewhere.

#include "appliance/base/text.h"
#include "httpd/admin/pages.h"
#include "httpd/admin/view.h"

#include <algorithm>

namespace httpd::admin
{

namespace
{
constexpr std::string_view here = "/admin/aliases";

Response aliases_page(Exchange const& exchange, std::string const& fault)
{
    auto data = admin_data(exchange, exchange.text("Aliases"), here);
    auto const& form = exchange.request.form;
    DataList rows;
    for (auto const& alias : exchange.services.directory.aliases()) {
        Data row;
        row["name"] = Data(alias.name);
        row["targets"] = Data(base::join(alias.targets, ", "));
        row["link"] = Data(link_to("aliases", alias.name));
        rows.push_back(std::move(row));
    }
    data["rows"] = Data(rows);
    data["is_empty"] = Data(rows.empty());
    data["name"] = Data(form.value("name"));
    data["targets"] = Data(form.value("targets"));
    set_fault(data, fault);
    return render(exchange, "admin_aliases", data, fault.empty() ? 200 : 422);
}
} // namespace

Response show_aliases(Exchange& exchange) { return aliases_page(exchange, ""); }

Response add_alias(Exchange& exchange)
{
    auto const& form = exchange.request.form;
    std::string const name(base::trim(form.value("name")));
    std::vector<std::string> targets;
    for (auto const& part : base::split_list(base::replace_all(form.value("targets"), "\n", ",")))
        targets.emplace_back(part);
    auto const added = exchange.services.directory.add_alias(name, targets);
    if (!added) return aliases_page(exchange, show(exchange, added.error()));
    note(exchange, "alias.add", name, base::join(targets, ", "));
    return see_other("/admin/aliases?notice=added");
}

Response ask_delete_alias(Exchange& exchange)
{
    auto const& name = exchange.parameter("alias");
    auto const aliases = exchange.services.directory.aliases();
    auto const found =
        std::find_if(aliases.begin(), aliases.end(), [&](auto const& one) { return one.name == name; });
    if (found == aliases.end()) return not_found_page(exchange);
    return ask(exchange, {.title = exchange.text("Delete the alias {1}?", {name}),
                          .losses = {exchange.text("Mail to it comes back. It led to: {1}",
                                                   {base::join(found->targets, ", ")})},
                          .button = exchange.text("Delete the alias"),
                          .action = link_to("aliases", name, "/delete"),
                          .back = std::string(here),
                          .current = here});
}

Response delete_alias(Exchange& exchange)
{
    auto const& name = exchange.parameter("alias");
    auto const deleted = exchange.services.directory.delete_alias(name);
    if (!deleted) return aliases_page(exchange, show(exchange, deleted.error()));
    note(exchange, "alias.delete", name);
    return see_other("/admin/aliases?notice=deleted");
}

} // namespace httpd::admin
