#include "httpd/admin/view.h"

#include "appliance/base/text.h"
#include "appliance/i18n/composed.h"

#include <algorithm>
#include <tuple>

namespace httpd::admin
{

namespace
{
/// As the database has it now, not as it was at the login.
std::optional<directory::User> user_now(Exchange const& exchange)
{
    auto user = exchange.services.directory.find_user(exchange.session->user.id);
    return user && user->enabled ? user : std::nullopt;
}

std::vector<SideLink> side_of(Exchange const& exchange, std::string_view current)
{
    std::vector<SideLink> side;
    auto const add = [&](std::string icon, std::string label, std::string link) {
        bool const is_current = link == current;
        side.push_back({std::move(icon), std::move(label), std::move(link), is_current});
    };
    add("school", exchange.text("Overview"), "/admin");
    if (!is_administrator(exchange)) {
        for (auto const& name : exchange.services.administration.classes_of(exchange.session->user.id))
            add("people", name, link_to("classes", name));
        return side;
    }
    add("user", exchange.text("People"), "/admin/people");
    add("people", exchange.text("Classes"), "/admin/classes");
    add("tag", exchange.text("Aliases"), "/admin/aliases");
    add("lock", exchange.text("Who may write"), "/admin/lists");
    add("globe", exchange.text("Names (DNS)"), "/admin/names");
    add("school", exchange.text("School page"), "/admin/site");
    add("clock", exchange.text("Queue"), "/admin/queue");
    add("route", exchange.text("Trace"), "/admin/trace");
    add("chart", exchange.text("Statistics"), "/admin/statistics");
    add("server", exchange.text("Services"), "/admin/services");
    add("settings", exchange.text("School settings"), "/admin/settings");
    add("file", exchange.text("What was done"), "/admin/audit");
    return side;
}
} // namespace

bool is_administrator(Exchange const& exchange)
{
    auto const user = exchange.session ? user_now(exchange) : std::nullopt;
    return user && directory::is_administrator(*user);
}

bool may_enter(Exchange const& exchange, Door door)
{
    auto const user = user_now(exchange);
    if (!user) return false;
    if (directory::is_administrator(*user)) return true;
    if (door == Door::administrators || user->role == directory::Role::pupil) return false;
    auto& administration = exchange.services.administration;
    if (auto const& login = exchange.parameter("login"); !login.empty()) {
        auto const other = exchange.services.directory.find_user(login);
        return other && directory::may_look_after(administration, *user, *other);
    }
    if (auto const& name = exchange.parameter("class"); !name.empty())
        return directory::may_look_after(administration, *user, name);
    return may_administer(*user) || !administration.classes_of(user->id).empty();
}

Data admin_data(Exchange const& exchange, std::string const& title, std::string_view current)
{
    auto data = frame_data(exchange, title, Area::admin, exchange.text("Administration"), side_of(exchange, current));
    add_style(data, "admin.css");
    auto const& word = exchange.request.query.value("notice");
    if (word == "saved") set_notice(data, exchange.text("Saved."));
    if (word == "added") set_notice(data, exchange.text("Added."));
    if (word == "deleted") set_notice(data, exchange.text("Deleted."));
    if (word == "restarted") set_notice(data, exchange.text("The service was restarted."));
    if (word == "queued") set_notice(data, exchange.text("Done. The queue follows within seconds."));
    data["has_fault"] = Data(false);
    data["is_administrator"] = Data(is_administrator(exchange));
    return data;
}

void set_fault(Data& data, std::string const& text)
{
    data["has_fault"] = Data(!text.empty());
    data["fault"] = Data(text);
}

std::string show(Exchange const& exchange, base::Error const& error)
{
    auto const& catalog = exchange.catalog;
    return base::Error{i18n::translate(catalog, error.what), i18n::translate(catalog, error.why),
                       i18n::translate(catalog, error.to_do), error.refused}
        .line();
}

void note(Exchange const& exchange, std::string const& action, std::string const& subject, std::string const& detail)
{
    exchange.services.administration.note({.login = exchange.session->user.login,
                                           .peer = exchange.request.peer,
                                           .action = action,
                                           .subject = subject,
                                           .detail = detail});
}

Response ask(Exchange const& exchange, Question const& question, int status)
{
    auto data = admin_data(exchange, question.title, question.current);
    DataList losses, fields;
    for (auto const& loss : question.losses) {
        Data row;
        row["text"] = Data(loss);
        losses.push_back(std::move(row));
    }
    for (auto const& [name, value] : question.fields) {
        Data row;
        row["name"] = Data(name);
        row["value"] = Data(value);
        fields.push_back(std::move(row));
    }
    data["losses"] = Data(losses);
    data["fields"] = Data(fields);
    data["button"] = Data(question.button);
    data["action"] = Data(question.action);
    data["back"] = Data(question.back);
    return render(exchange, "admin_ask", data, status);
}

DataList choices(std::vector<std::pair<std::string, std::string>> const& values, std::string const& chosen)
{
    DataList list;
    for (auto const& [value, text] : values) {
        Data row;
        row["value"] = Data(value);
        row["text"] = Data(text);
        row["chosen"] = Data(value == chosen);
        list.push_back(std::move(row));
    }
    return list;
}

std::string role_text(Exchange const& exchange, directory::Role role)
{
    switch (role) {
    case directory::Role::pupil: return exchange.text("Pupil");
    case directory::Role::teacher: return exchange.text("Teacher");
    case directory::Role::staff: return exchange.text("Staff");
    case directory::Role::head: return exchange.text("Head");
    case directory::Role::admin: break;
    }
    return exchange.text("Administrator");
}

std::vector<std::pair<std::string, std::string>> role_choices(Exchange const& exchange)
{
    using directory::Role;
    std::vector<std::pair<std::string, std::string>> list;
    for (auto const role : {Role::pupil, Role::teacher, Role::staff, Role::head, Role::admin})
        list.emplace_back(directory::show(role), role_text(exchange, role));
    return list;
}

std::vector<std::pair<std::string, std::string>> class_choices(Exchange const& exchange)
{
    std::vector<std::pair<std::string, std::string>> list = {{"", exchange.text("no class")}};
    for (auto const& one : exchange.services.directory.classes()) list.emplace_back(one.name, one.name);
    return list;
}

std::vector<std::pair<std::string, std::string>> writer_choices(Exchange const& exchange)
{
    return {{"everyone", exchange.text("everyone, strangers too")},
            {"school", exchange.text("everyone of the school, after login")},
            {"teachers", exchange.text("teachers, staff and administrators")},
            {"members", exchange.text("its members, and teachers")},
            {"named", exchange.text("only the people named")}};
}

std::string link_to(std::string_view place, std::string const& name, std::string_view rest)
{
    return "/admin/" + std::string(place) + "/" + percent_encoded(name) + std::string(rest);
}

Response slips_page(Exchange const& exchange, std::string const& title, std::string_view current,
                    std::vector<Slip> slips, std::string const& back)
{
    std::sort(slips.begin(), slips.end(), [](Slip const& a, Slip const& b) {
        return std::tie(a.user.class_name, a.user.name, a.user.login) <
               std::tie(b.user.class_name, b.user.name, b.user.login);
    });
    auto data = admin_data(exchange, title, current);
    add_script(data, "admin.js");
    DataList rows;
    for (auto const& slip : slips) {
        Data row;
        row["slip_login"] = Data(slip.user.login);
        row["slip_name"] = Data(slip.user.name.empty() ? slip.user.login : slip.user.name);
        row["has_slip_class"] = Data(!slip.user.class_name.empty());
        row["slip_class"] = Data(slip.user.class_name);
        row["slip_password"] = Data(slip.password);
        rows.push_back(std::move(row));
    }
    data["slips"] = Data(rows);
    data["back"] = Data(back);
    data["webmail"] = Data("https://" + std::string(exchange.request.header("Host")) + "/");
    return render(exchange, "admin_slips", data);
}

} // namespace httpd::admin
