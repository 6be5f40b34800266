// The list of people, with search and pages.

#include "appliance/base/text.h"
#include "httpd/admin/pages.h"
#include "httpd/admin/view.h"

#include <algorithm>

namespace httpd::admin
{

namespace
{
constexpr std::size_t page_size = 50;
constexpr std::uint64_t most_pages = 10000;

/// Every word is in the login, the name or the class.
bool fits(directory::User const& user, std::vector<std::string_view> const& words)
{
    auto const text = base::lower(user.login + " " + user.name + " " + user.class_name);
    return std::all_of(words.begin(), words.end(), [&](auto word) { return text.find(word) != std::string::npos; });
}

std::string page_link(std::string const& search, std::string const& role, std::size_t page)
{
    return "/admin/people?q=" + percent_encoded(search) + "&role=" + percent_encoded(role) +
           "&page=" + std::to_string(page);
}

Data row_of(Exchange const& exchange, directory::User const& user)
{
    Data row;
    row["login"] = Data(user.login);
    row["name"] = Data(user.name.empty() ? user.login : user.name);
    row["role"] = Data(role_text(exchange, user.role));
    row["class"] = Data(user.class_name);
    row["enabled"] = Data(user.enabled);
    row["link"] = Data(link_to("people", user.login));
    return row;
}
} // namespace

Response show_people(Exchange& exchange)
{
    auto const& query = exchange.request.query;
    auto const search = query.value("q");
    auto const role = directory::parse_role(query.value("role"));
    auto const lower = base::lower(search);
    auto const words = base::split(lower, ' ');
    auto users = exchange.services.directory.users();
    std::erase_if(users, [&](auto const& user) { return !fits(user, words) || (role && user.role != *role); });
    auto const pages = std::max<std::size_t>(1, (users.size() + page_size - 1) / page_size);
    auto const page =
        std::clamp<std::size_t>(base::parse_number(query.value("page"), most_pages).value_or(1), 1, pages);
    auto data = admin_data(exchange, exchange.text("People"), "/admin/people");
    DataList rows;
    for (std::size_t i = (page - 1) * page_size; i < std::min(page * page_size, users.size()); ++i)
        rows.push_back(row_of(exchange, users[i]));
    auto roles = role_choices(exchange);
    roles.insert(roles.begin(), {"", exchange.text("all roles")});
    data["people"] = Data(rows);
    data["is_empty"] = Data(rows.empty());
    data["q"] = Data(search);
    data["roles"] = Data(choices(roles, query.value("role")));
    data["found"] = Data(exchange.count("{1} person", "{1} people", users.size()));
    data["pages"] = Data(exchange.text("Page {1} of {2}", {std::to_string(page), std::to_string(pages)}));
    data["has_previous"] = Data(page > 1);
    data["previous"] = Data(page_link(search, query.value("role"), page - 1));
    data["has_next"] = Data(page < pages);
    data["next"] = Data(page_link(search, query.value("role"), page + 1));
    return render(exchange, "admin_people", data);
}

} // namespace httpd::admin
