// One class: its pupils, who looks after it, who may write to it, its mail. Also for its teachers.

#include "appliance/base/text.h"
#include "appliance/directory/password.h"
#include "httpd/admin/chart.h"
#include "httpd/admin/desk.h"
#include "httpd/admin/pages.h"
#include "httpd/admin/view.h"

#include <algorithm>

namespace httpd::admin
{

namespace
{
using ListRight = directory::Directory::ListRight;

/// As the class is written; nothing when there is none.
std::optional<directory::Class> asked_for(Exchange const& exchange)
{
    for (auto const& one : exchange.services.directory.classes())
        if (base::equal_ignoring_case(one.name, exchange.parameter("class"))) return one;
    return std::nullopt;
}

std::string_view current(Exchange const& exchange, std::string const& link)
{
    return is_administrator(exchange) ? std::string_view("/admin/classes") : std::string_view(link);
}

DataList member_rows(Exchange const& exchange, std::vector<directory::User> const& members)
{
    bool const is_admin = is_administrator(exchange);
    DataList rows;
    for (auto const& user : members) {
        bool const is_pupil = user.role == directory::Role::pupil;
        Data row;
        row["login"] = Data(user.login);
        row["name"] = Data(user.name.empty() ? user.login : user.name);
        row["role"] = Data(role_text(exchange, user.role));
        row["enabled"] = Data(user.enabled);
        row["may_reset"] = Data(is_admin || is_pupil);
        row["may_open"] = Data(is_admin);
        row["link"] = Data(link_to("people", user.login));
        rows.push_back(std::move(row));
    }
    return rows;
}

void set_policy(Exchange const& exchange, Data& data, directory::Class const& one)
{
    auto const policy = exchange.services.directory.list_policy(one.address).value();
    data["writers"] = Data(choices(writer_choices(exchange), std::string(directory::show(policy.writers))));
    data["named"] = Data(base::join(policy.writers_named, ", "));
}

Response class_page(Exchange const& exchange, directory::Class const& one, std::string const& fault)
{
    auto const link = link_to("classes", one.name);
    auto data = admin_data(exchange, one.name, current(exchange, link));
    auto const members = exchange.services.directory.members(one.name).value();
    data["link"] = Data(link);
    data["address"] = Data(one.address + "@" + exchange.services.school.facts().domain);
    data["members"] = Data(member_rows(exchange, members));
    data["has_members"] = Data(!members.empty());
    data["teachers"] = Data(base::join(exchange.services.administration.teachers(one.name).value(), ", "));
    set_policy(exchange, data, one);
    auto const statistics = ask_desk(exchange, "class.statistics", {{"class", one.name}, {"days", "14"}});
    set_mail_chart(exchange, data, statistics.object());
    set_fault(data, fault);
    return render(exchange, "admin_class", data, fault.empty() ? 200 : 422);
}

/// Logins as people write them: separated by commas or blanks.
std::vector<std::string> logins_in(std::string const& text)
{
    std::vector<std::string> logins;
    for (auto const& part : base::split_list(base::replace_all(text, " ", ",")))
        logins.push_back(base::lower(part.substr(0, part.find('@'))));
    return logins;
}

base::Result<void> set_writers(Exchange& exchange, directory::Class const& one)
{
    auto& directory = exchange.services.directory;
    auto const before = directory.list_policy(one.address).value();
    auto const named = logins_in(exchange.request.form.value("named"));
    for (auto const& login : named) // all are known, before the first change
        if (!directory.find_user(login))
            return base::refused(login, "there is no such user", "see 'kotakpos user list'");
    auto const writers = directory::parse_writers(exchange.request.form.value("writers"));
    if (writers) directory.set_writers(one.address, *writers).value();
    for (auto const& login : before.writers_named)
        if (std::find(named.begin(), named.end(), login) == named.end())
            directory.set_list_right(one.address, login, ListRight::none).value();
    for (auto const& login : named)
        if (std::find(before.writers_named.begin(), before.writers_named.end(), login) == before.writers_named.end())
            directory.set_list_right(one.address, login, ListRight::write).value();
    return {};
}
} // namespace

Response show_class(Exchange& exchange)
{
    auto const one = asked_for(exchange);
    return one ? class_page(exchange, *one, "") : not_found_page(exchange);
}

Response change_class_writers(Exchange& exchange)
{
    auto const one = asked_for(exchange);
    if (!one) return not_found_page(exchange);
    if (auto const set = set_writers(exchange, *one); !set)
        return class_page(exchange, *one, show(exchange, set.error()));
    note(exchange, "class.writers", one->name,
         exchange.request.form.value("writers") + " " + exchange.request.form.value("named"));
    return see_other(link_to("classes", one->name, "?notice=saved"));
}

Response change_class_teachers(Exchange& exchange)
{
    auto const one = asked_for(exchange);
    if (!one) return not_found_page(exchange);
    auto& administration = exchange.services.administration;
    auto const wanted = logins_in(exchange.request.form.value("teachers"));
    for (auto const& login : wanted)
        if (auto const added = administration.add_teacher(one->name, login); !added)
            return class_page(exchange, *one, show(exchange, added.error()));
    for (auto const& login : administration.teachers(one->name).value())
        if (std::find(wanted.begin(), wanted.end(), login) == wanted.end())
            administration.remove_teacher(one->name, login).value();
    note(exchange, "class.teachers", one->name, base::join(wanted, ", "));
    return see_other(link_to("classes", one->name, "?notice=saved"));
}

Response change_class_members(Exchange& exchange)
{
    auto const one = asked_for(exchange);
    if (!one) return not_found_page(exchange);
    auto& directory = exchange.services.directory;
    auto const& form = exchange.request.form;
    bool const removes = form.value("do") == "remove";
    auto const logins = removes ? form.all("login") : logins_in(form.value("logins"));
    for (auto const& login : logins)
        if (!directory.find_user(login))
            return class_page(
                exchange, *one,
                show(exchange, base::refused(login, "there is no such user", "see 'kotakpos user list'")));
    for (auto const& login : logins) directory.set_class(login, removes ? "" : one->name).value();
    note(exchange, removes ? "class.remove-members" : "class.add-members", one->name, base::join(logins, ", "));
    return see_other(link_to("classes", one->name, "?notice=saved"));
}

Response ask_class_passwords(Exchange& exchange)
{
    auto const one = asked_for(exchange);
    if (!one) return not_found_page(exchange);
    auto const link = link_to("classes", one->name);
    return ask(exchange, {.title = exchange.text("New passwords for all pupils of {1}?", {one->name}),
                          .losses = {exchange.text("The old passwords stop working at once, on all devices."),
                                     exchange.text("The new ones are shown once, as slips to print.")},
                          .button = exchange.text("Make new passwords"),
                          .action = link + "/passwords",
                          .back = link,
                          .current = current(exchange, link)});
}

Response reset_class_passwords(Exchange& exchange)
{
    auto const one = asked_for(exchange);
    if (!one) return not_found_page(exchange);
    std::vector<Slip> slips;
    for (auto const& user : exchange.services.directory.members(one->name).value()) {
        if (user.role != directory::Role::pupil) continue;
        slips.push_back({user, directory::generate_password()});
        exchange.services.directory.set_password(user.login, slips.back().password).value();
    }
    note(exchange, "class.passwords", one->name, std::to_string(slips.size()));
    auto const link = link_to("classes", one->name);
    return slips_page(exchange, exchange.text("New passwords of {1}", {one->name}), current(exchange, link),
                      std::move(slips), link);
}

} // namespace httpd::admin
