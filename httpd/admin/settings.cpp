// The school's settings: the same keys as 'kotakpos setting', with the same checks.

#include "appliance/directory/settings.h"
#include "appliance/base/text.h"
#include "appliance/i18n/composed.h"
#include "httpd/admin/pages.h"
#include "httpd/admin/view.h"

namespace httpd::admin
{

namespace
{
constexpr std::string_view here = "/admin/settings";
using Kind = directory::SettingType::Kind;

/// What follows from these (records in the zone, services of the image) needs root: the command line does it.
bool needs_root(directory::SettingRow const& row)
{
    return row.key.starts_with("machine.") || row.key == "mail.spf" || row.key == "mail.dmarc.publish" ||
           row.key == "mail.sts";
}

bool may_change(directory::SettingRow const& row) { return row.type.kind != Kind::by_setup && !needs_root(row); }

std::string value_of(Exchange const& exchange, directory::SettingRow const& row)
{
    auto const chosen = exchange.services.directory.setting(row.key);
    if (row.type.kind == Kind::secret) return chosen ? "***" : "";
    return chosen.value_or(std::string(row.usual));
}

std::string group_text(Exchange const& exchange, std::string_view group)
{
    if (group == "mail") return exchange.text("Mail");
    if (group == "limits") return exchange.text("Limits");
    if (group == "queue") return exchange.text("Mail to other servers");
    if (group == "machine") return exchange.text("This box");
    return exchange.text("The school");
}

std::string_view group_of(std::string_view key)
{
    if (key.starts_with("mail.limit.")) return "limits";
    for (std::string_view const group : {"mail", "queue", "machine"})
        if (key.starts_with(group) && key.substr(group.size()).starts_with('.')) return group;
    return "school";
}

Response setting_page(Exchange const& exchange, directory::SettingRow const& row, std::string const& value,
                      std::string const& fault)
{
    auto data = admin_data(exchange, std::string(row.key), here);
    auto const phrase = directory::describe(row.type);
    std::vector<std::pair<std::string, std::string>> values;
    if (row.type.kind == Kind::yes_no) values = {{"yes", exchange.text("yes")}, {"no", exchange.text("no")}};
    if (row.type.kind == Kind::choice)
        for (auto const word : base::split(row.type.choices, ' ')) values.emplace_back(word, word);
    data["key"] = Data(std::string(row.key));
    data["link"] = Data(link_to("settings", std::string(row.key)));
    data["description"] = Data(exchange.catalog.text(row.description));
    data["rule"] = Data(base::format(exchange.catalog.text(phrase.pattern), phrase.arguments));
    data["usual"] = Data(row.usual.empty() ? "-" : std::string(row.usual));
    data["is_chosen"] = Data(exchange.services.directory.setting(row.key).has_value());
    data["is_choice"] = Data(!values.empty());
    data["values"] = Data(choices(values, value));
    data["value"] = Data(value);
    data["may_change"] = Data(may_change(row));
    data["needs_root"] = Data(needs_root(row));
    set_fault(data, fault);
    return render(exchange, "admin_setting", data, fault.empty() ? 200 : 422);
}
} // namespace

Response show_settings(Exchange& exchange)
{
    auto data = admin_data(exchange, exchange.text("School settings"), here);
    DataList groups;
    for (std::string_view const group : {"school", "mail", "limits", "queue", "machine"}) {
        DataList rows;
        for (auto const& row : directory::setting_rows()) {
            if (group_of(row.key) != group) continue;
            auto const value = value_of(exchange, row);
            Data entry;
            entry["key"] = Data(std::string(row.key));
            entry["value"] = Data(value.empty() ? "-" : value);
            entry["description"] = Data(exchange.catalog.text(row.description));
            entry["link"] = Data(link_to("settings", std::string(row.key)));
            rows.push_back(std::move(entry));
        }
        Data entry;
        entry["group"] = Data(group_text(exchange, group));
        entry["rows"] = Data(rows);
        groups.push_back(std::move(entry));
    }
    data["groups"] = Data(groups);
    return render(exchange, "admin_settings", data);
}

Response show_setting(Exchange& exchange)
{
    auto const* row = directory::find_setting(exchange.parameter("key"));
    return row ? setting_page(exchange, *row, value_of(exchange, *row), "") : not_found_page(exchange);
}

Response change_setting(Exchange& exchange)
{
    auto const* row = directory::find_setting(exchange.parameter("key"));
    if (!row) return not_found_page(exchange);
    auto& directory = exchange.services.directory;
    auto const& form = exchange.request.form;
    if (!may_change(*row))
        return setting_page(exchange, *row, value_of(exchange, *row),
                            exchange.text("This is changed at the box itself."));
    bool const unset = form.value("do") == "unset";
    auto const done = unset ? directory::unset_setting(directory, row->key)
                            : directory::change_setting(directory, row->key, form.value("value"));
    if (!done) return setting_page(exchange, *row, form.value("value"), show(exchange, done.error()));
    note(exchange, unset ? "setting.unset" : "setting.set", std::string(row->key), value_of(exchange, *row));
    return see_other(link_to("settings", std::string(row->key), "?notice=saved"));
}

} // namespace httpd::admin
