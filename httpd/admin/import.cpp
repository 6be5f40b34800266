// A table of people: looked at first, line by line; then all of them or none.

#include "appliance/base/text.h"
#include "appliance/directory/user_table.h"
#include "httpd/admin/pages.h"
#include "httpd/admin/view.h"

namespace httpd::admin
{

namespace
{
constexpr std::string_view here = "/admin/people";
constexpr std::size_t largest_table = std::size_t{1}
                                      << 20; ///< it travels with the preview; the command line takes 16 MB
constexpr std::size_t most_shown = 500;

/// A file, or what was pasted, or what the preview sent along.
std::string table_of(Form const& form)
{
    for (auto const& file : form.files())
        if (file.field == "file" && !file.content.empty()) return directory::decode_table(file.content.bytes()).text;
    return form.value("table");
}

Response import_page(Exchange const& exchange, std::string const& table, std::string const& fault)
{
    auto data = admin_data(exchange, exchange.text("Add many people from a table"), here);
    data["table"] = Data(table);
    set_fault(data, fault);
    return render(exchange, "admin_import", data, fault.empty() ? 200 : 422);
}

Response preview(Exchange const& exchange, std::string const& text, directory::UserTable const& table)
{
    auto data = admin_data(exchange, exchange.text("Is this right?"), here);
    DataList people, problems, classes;
    for (auto const& user : table.users) {
        if (people.size() == most_shown) break;
        Data row;
        row["login"] = Data(user.login);
        row["name"] = Data(user.name);
        row["class"] = Data(user.class_name);
        row["role"] = Data(role_text(exchange, user.role));
        row["made"] = Data(table.generated.contains(user.login));
        people.push_back(std::move(row));
    }
    for (auto const& problem : table.problems) {
        if (problems.size() == most_shown) break;
        Data row;
        row["line"] = Data(std::to_string(problem.line));
        row["text"] = Data(show(exchange, problem.error));
        problems.push_back(std::move(row));
    }
    for (auto const& name : table.new_classes) {
        Data row;
        row["name"] = Data(name);
        classes.push_back(std::move(row));
    }
    data["people"] = Data(people);
    data["problems"] = Data(problems);
    data["has_problems"] = Data(!problems.empty());
    data["new_classes"] = Data(classes);
    data["has_new_classes"] = Data(!classes.empty());
    data["count"] =
        Data(exchange.count("{1} person would be added.", "{1} people would be added.", table.users.size()));
    data["wrong"] = Data(exchange.count("{1} line is wrong. Nobody was added.",
                                        "{1} lines are wrong. Nobody was added.", table.problems.size()));
    data["table"] = Data(text);
    return render(exchange, "admin_preview", data, problems.empty() ? 200 : 422);
}

Response add_all(Exchange& exchange, std::string const& text, directory::UserTable const& table)
{
    auto const added = exchange.services.directory.add_users(table.users, {.new_classes = table.new_classes});
    if (!added) return import_page(exchange, text, show(exchange, added.error()));
    std::vector<Slip> slips;
    for (std::size_t i = 0; i < added->size(); ++i) slips.push_back({(*added)[i], table.users[i].password});
    note(exchange, "user.import", std::to_string(added->size()));
    return slips_page(exchange, exchange.count("{1} person was added", "{1} people were added", added->size()), here,
                      std::move(slips), "/admin/people");
}
} // namespace

Response show_import(Exchange& exchange) { return import_page(exchange, "", ""); }

Response import_people(Exchange& exchange)
{
    auto const text = table_of(exchange.request.form);
    if (text.size() > largest_table)
        return import_page(exchange, "",
                           exchange.text("This table is larger than 1 MB. Split it, or use 'kotakpos user import'."));
    auto const table = directory::read_user_table(text, exchange.services.directory, exchange.services.config.lab);
    if (!table) return import_page(exchange, text, show(exchange, table.error()));
    if (exchange.request.form.value("do") != "add" || !table->problems.empty())
        return preview(exchange, text, *table);
    return add_all(exchange, text, *table);
}

} // namespace httpd::admin
