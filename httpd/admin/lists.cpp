// Who may write to classes, groups and aliases, and who may send as them.

#include "appliance/base/text.h"
#include "httpd/admin/pages.h"
#include "httpd/admin/view.h"

namespace httpd::admin
{

namespace
{
constexpr std::string_view here = "/admin/lists";
using ListRight = directory::Directory::ListRight;

std::vector<std::string> all_names(directory::Directory& directory)
{
    std::vector<std::string> names = {"guru", "siswa", "semua"};
    for (auto const& one : directory.classes()) names.push_back(one.address);
    for (auto const& alias : directory.aliases()) names.push_back(alias.name);
    return names;
}

std::string writers_text(Exchange const& exchange, directory::Writers writers)
{
    for (auto const& [value, text] : writer_choices(exchange))
        if (value == directory::show(writers)) return text;
    return {};
}

Response rule_page(Exchange const& exchange, directory::ListPolicy const& policy, std::string const& fault)
{
    auto data = admin_data(exchange, exchange.text("Who may write to {1}", {policy.name}), here);
    data["link"] = Data(link_to("lists", policy.name));
    data["writers"] = Data(choices(writer_choices(exchange), std::string(directory::show(policy.writers))));
    auto const rows = [&](std::vector<std::string> const& logins) {
        DataList list;
        for (auto const& login : logins) {
            Data row;
            row["login"] = Data(login);
            list.push_back(std::move(row));
        }
        return list;
    };
    data["named"] = Data(rows(policy.writers_named));
    data["has_named"] = Data(!policy.writers_named.empty());
    data["senders"] = Data(base::join(policy.senders_named, ", "));
    data["has_senders"] = Data(!policy.senders_named.empty());
    set_fault(data, fault);
    return render(exchange, "admin_list_rule", data, fault.empty() ? 200 : 422);
}
} // namespace

Response show_lists(Exchange& exchange)
{
    auto data = admin_data(exchange, exchange.text("Who may write to whom"), here);
    DataList rows;
    for (auto const& name : all_names(exchange.services.directory)) {
        auto const policy = exchange.services.directory.list_policy(name);
        if (!policy) continue;
        Data row;
        row["name"] = Data(name);
        row["writers"] = Data(writers_text(exchange, policy->writers));
        row["named"] = Data(base::join(policy->writers_named, ", "));
        row["link"] = Data(link_to("lists", name));
        rows.push_back(std::move(row));
    }
    data["rows"] = Data(rows);
    return render(exchange, "admin_lists", data);
}

Response show_list_rule(Exchange& exchange)
{
    auto const policy = exchange.services.directory.list_policy(exchange.parameter("list"));
    return policy ? rule_page(exchange, *policy, "") : not_found_page(exchange);
}

Response change_list_rule(Exchange& exchange)
{
    auto& directory = exchange.services.directory;
    auto const& name = exchange.parameter("list");
    auto const policy = directory.list_policy(name);
    if (!policy) return not_found_page(exchange);
    auto const& form = exchange.request.form;
    auto const login = base::lower(base::trim(form.value("login")));
    auto const& wish = form.value("do");
    base::Result<void> done;
    if (wish == "rule") {
        if (auto const writers = directory::parse_writers(form.value("writers")))
            done = directory.set_writers(name, *writers);
    } else {
        auto const right = wish == "remove"                ? ListRight::none
                           : form.value("right") == "send" ? ListRight::send
                                                           : ListRight::write;
        done = directory.set_list_right(name, login, right);
    }
    if (!done) return rule_page(exchange, *policy, show(exchange, done.error()));
    note(exchange, "list.rule", name, wish + " " + form.value("writers") + login);
    return see_other(link_to("lists", name, "?notice=saved"));
}

} // namespace httpd::admin
