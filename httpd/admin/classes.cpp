// The list of classes.

#include "appliance/base/text.h"
#include "httpd/admin/pages.h"
#include "httpd/admin/view.h"

namespace httpd::admin
{

namespace
{
constexpr std::string_view here = "/admin/classes";

Response classes_page(Exchange const& exchange, std::string const& fault)
{
    auto data = admin_data(exchange, exchange.text("Classes"), here);
    DataList rows;
    for (auto const& one : exchange.services.directory.classes()) {
        Data row;
        row["name"] = Data(one.name);
        row["address"] = Data(one.address + "@" + exchange.services.school.facts().domain);
        row["members"] = Data(std::to_string(one.members));
        row["teachers"] = Data(base::join(exchange.services.administration.teachers(one.name).value(), ", "));
        row["link"] = Data(link_to("classes", one.name));
        rows.push_back(std::move(row));
    }
    data["rows"] = Data(rows);
    data["is_empty"] = Data(rows.empty());
    data["name"] = Data(exchange.request.form.value("name"));
    set_fault(data, fault);
    return render(exchange, "admin_classes", data, fault.empty() ? 200 : 422);
}
} // namespace

Response show_classes(Exchange& exchange) { return classes_page(exchange, ""); }

Response add_class(Exchange& exchange)
{
    std::string const name(base::trim(exchange.request.form.value("name")));
    auto const added = exchange.services.directory.add_class(name);
    if (!added) return classes_page(exchange, show(exchange, added.error()));
    note(exchange, "class.add", name);
    return see_other(link_to("classes", name, "?notice=added"));
}

Response ask_delete_class(Exchange& exchange)
{
    auto const& name = exchange.parameter("class");
    auto const members = exchange.services.directory.members(name);
    if (!members) return not_found_page(exchange);
    return ask(exchange, {.title = exchange.text("Delete the class {1}?", {name}),
                          .losses = {exchange.count("{1} member stays, without a class.",
                                                    "{1} members stay, without a class.", members->size()),
                                     exchange.text("The class's address is gone: mail to it comes back.")},
                          .button = exchange.text("Delete the class"),
                          .action = link_to("classes", name, "/delete"),
                          .back = link_to("classes", name),
                          .current = here});
}

Response delete_class(Exchange& exchange)
{
    auto const& name = exchange.parameter("class");
    auto const deleted = exchange.services.directory.delete_class(name);
    if (!deleted) return classes_page(exchange, show(exchange, deleted.error()));
    note(exchange, "class.delete", name);
    return see_other("/admin/classes?notice=deleted");
}

} // namespace httpd::admin
