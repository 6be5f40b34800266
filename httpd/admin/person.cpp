// One person: add, change, disable, a new password, delete.

#include "appliance/base/text.h"
#include "appliance/directory/password.h"
#include "httpd/admin/pages.h"
#include "httpd/admin/view.h"

namespace httpd::admin
{

namespace
{
constexpr std::string_view here = "/admin/people";

std::optional<directory::User> asked_for(Exchange const& exchange)
{
    return exchange.services.directory.find_user(exchange.parameter("login"));
}

struct Fields {
    std::string login, name, role = "pupil", class_name, quota = "1G";
};

Fields fields_of(Form const& form)
{
    auto const trimmed = [&](std::string_view name) { return std::string(base::trim(form.value(name))); };
    return {trimmed("login"), trimmed("name"), form.value("role"), form.value("class"), trimmed("quota")};
}

void set_fields(Exchange const& exchange, Data& data, Fields const& fields)
{
    data["login"] = Data(fields.login);
    data["name"] = Data(fields.name);
    data["roles"] = Data(choices(role_choices(exchange), fields.role));
    data["classes"] = Data(choices(class_choices(exchange), fields.class_name));
    data["quota"] = Data(fields.quota);
}

base::Result<std::uint64_t> quota_of(std::string const& text)
{
    auto const size = base::parse_size(text.empty() ? "0" : text);
    if (!size) return base::refused(text, "this is not a size", "write it like 500M or 2G; 0 is no limit");
    return *size;
}

Response new_page(Exchange const& exchange, Fields const& fields, std::string const& fault)
{
    auto data = admin_data(exchange, exchange.text("Add a person"), here);
    set_fields(exchange, data, fields);
    set_fault(data, fault);
    return render(exchange, "admin_new_person", data, fault.empty() ? 200 : 422);
}

/// Given, or made; checked as everywhere.
base::Result<std::string> password_of(Exchange const& exchange, std::string const& login)
{
    auto const& given = exchange.request.form.value("password");
    if (given.empty()) return directory::generate_password();
    if (auto good = directory::check_password(given, login, exchange.services.config.lab); !good) return good.error();
    return given;
}

Response person_page(Exchange const& exchange, directory::User const& user, Fields const& fields,
                     std::string const& fault)
{
    auto data = admin_data(exchange, user.name.empty() ? user.login : user.name, here);
    set_fields(exchange, data, fields);
    set_fault(data, fault);
    data["link"] = Data(link_to("people", user.login));
    data["address"] = Data(user.login + "@" + exchange.services.school.facts().domain);
    data["enabled"] = Data(user.enabled);
    data["created"] = Data(exchange.long_time(user.created));
    data["is_self"] = Data(user.id == exchange.session->user.id);
    return render(exchange, "admin_person", data, fault.empty() ? 200 : 422);
}

Fields fields_of(directory::User const& user)
{
    return {user.login, user.name, std::string(directory::show(user.role)), user.class_name,
            user.quota == 0 ? "0" : base::show_size(user.quota)};
}

/// Nobody locks the last door from inside.
bool is_last_administrator(Exchange const& exchange, directory::User const& user)
{
    for (auto const& other : exchange.services.directory.users())
        if (other.id != user.id && directory::is_administrator(other)) return false;
    return directory::is_administrator(user);
}

std::string last_administrator(Exchange const& exchange)
{
    return exchange.text("This is the only administrator. Make somebody else an administrator first.");
}

Response save(Exchange& exchange, directory::User const& user)
{
    auto const fields = fields_of(exchange.request.form);
    auto after = user;
    after.name = fields.name;
    after.role = directory::parse_role(fields.role).value_or(user.role);
    after.class_name = fields.class_name;
    if (after.role != directory::Role::admin && is_last_administrator(exchange, user))
        return person_page(exchange, user, fields, last_administrator(exchange));
    auto const quota = quota_of(base::replace_all(base::replace_all(fields.quota, " ", ""), "B", ""));
    if (!quota) return person_page(exchange, user, fields, show(exchange, quota.error()));
    after.quota = *quota;
    auto const changed = exchange.services.directory.update_user(user, after);
    if (!changed) return person_page(exchange, user, fields, show(exchange, changed.error()));
    note(exchange, "user.change", user.login,
         std::string(directory::show(after.role)) + " " + after.class_name + " " + base::show_size(after.quota));
    return see_other(link_to("people", user.login, "?notice=saved"));
}

Response set_enabled(Exchange& exchange, directory::User const& user, bool enabled)
{
    if (!enabled && is_last_administrator(exchange, user))
        return person_page(exchange, user, fields_of(user), last_administrator(exchange));
    exchange.services.directory.set_enabled(user.login, enabled).value();
    note(exchange, enabled ? "user.enable" : "user.disable", user.login);
    return see_other(link_to("people", user.login, "?notice=saved"));
}
} // namespace

Response show_new_person(Exchange& exchange) { return new_page(exchange, {}, ""); }

Response add_person(Exchange& exchange)
{
    auto const fields = fields_of(exchange.request.form);
    auto const login = base::lower(fields.login);
    auto const quota = quota_of(fields.quota);
    if (!quota) return new_page(exchange, fields, show(exchange, quota.error()));
    auto const password = password_of(exchange, login);
    if (!password) return new_page(exchange, fields, show(exchange, password.error()));
    auto const added = exchange.services.directory.add_user(
        {.login = login,
         .name = fields.name,
         .role = directory::parse_role(fields.role).value_or(directory::Role::pupil),
         .class_name = fields.class_name,
         .quota = *quota,
         .password = *password});
    if (!added) return new_page(exchange, fields, show(exchange, added.error()));
    note(exchange, "user.add", added->login, std::string(directory::show(added->role)) + " " + added->class_name);
    return slips_page(exchange, exchange.text("{1} was added", {added->login}), here, {{*added, *password}},
                      link_to("people", added->login));
}

Response show_person(Exchange& exchange)
{
    auto const user = asked_for(exchange);
    return user ? person_page(exchange, *user, fields_of(*user), "") : not_found_page(exchange);
}

Response change_person(Exchange& exchange)
{
    auto const user = asked_for(exchange);
    if (!user) return not_found_page(exchange);
    auto const& wish = exchange.request.form.value("do");
    if (wish == "enable" || wish == "disable") return set_enabled(exchange, *user, wish == "enable");
    return save(exchange, *user);
}

Response ask_password(Exchange& exchange)
{
    auto const user = asked_for(exchange);
    if (!user) return not_found_page(exchange);
    auto const title = exchange.text("A new password for {1}?", {user->name.empty() ? user->login : user->name});
    bool const is_admin = is_administrator(exchange);
    return ask(exchange, {.title = title,
                          .losses = {exchange.text("The old password stops working at once, on all devices."),
                                     exchange.text("The new one is shown once, on a slip to print.")},
                          .button = exchange.text("Make a new password"),
                          .action = link_to("people", user->login, "/password"),
                          .back = is_admin ? link_to("people", user->login) : link_to("classes", user->class_name),
                          .current = here});
}

Response reset_password(Exchange& exchange)
{
    auto const user = asked_for(exchange);
    if (!user) return not_found_page(exchange);
    auto const password = directory::generate_password();
    exchange.services.directory.set_password(user->login, password).value();
    note(exchange, "user.password", user->login);
    return slips_page(exchange, exchange.text("New password of {1}", {user->login}), here, {{*user, password}},
                      is_administrator(exchange) ? link_to("people", user->login)
                                                 : link_to("classes", user->class_name));
}

Response ask_delete_person(Exchange& exchange)
{
    auto const user = asked_for(exchange);
    if (!user) return not_found_page(exchange);
    auto data = admin_data(exchange, exchange.text("Delete {1}?", {user->login}), here);
    data["login"] = Data(user->login);
    data["name"] = Data(user->name);
    data["link"] = Data(link_to("people", user->login));
    set_fault(data, is_last_administrator(exchange, *user) ? last_administrator(exchange) : "");
    return render(exchange, "admin_delete_person", data);
}

Response delete_person(Exchange& exchange)
{
    auto const user = asked_for(exchange);
    if (!user) return not_found_page(exchange);
    if (is_last_administrator(exchange, *user)) return ask_delete_person(exchange);
    bool const removes = exchange.request.form.value("mail") == "remove";
    exchange.services.directory
        .delete_user(user->login, removes ? directory::MailFate::removed : directory::MailFate::kept)
        .value();
    note(exchange, "user.delete", user->login, removes ? "mail removed" : "mail kept");
    return see_other("/admin/people?notice=deleted");
}

} // namespace httpd::admin
