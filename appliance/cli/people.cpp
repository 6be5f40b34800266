#include "appliance/cli/people.h"

#include "appliance/base/clock.h"
#include "appliance/base/text.h"

namespace cli
{

Json json_of(directory::User const& user)
{
    return Json::object({{"login", Json::text(user.login)},
                         {"name", Json::text(user.name)},
                         {"role", Json::text(directory::show(user.role))},
                         {"class", Json::text(user.class_name)},
                         {"quota", Json::number(static_cast<long long>(user.quota))},
                         {"enabled", Json::boolean(user.enabled)},
                         {"created", Json::text(base::iso_date(user.created))}});
}

std::string show_quota(Session& session, std::uint64_t quota)
{
    return quota == 0 ? session.text("no limit") : base::show_size(quota);
}

void print_users(Session& session, std::vector<directory::User> const& users, Arguments const& arguments)
{
    if (arguments.has("--json")) {
        std::vector<Json> list;
        for (auto const& user : users) list.push_back(json_of(user));
        print(Json::array(list));
        return;
    }
    std::vector<std::vector<std::string>> rows = {{session.text("LOGIN"), session.text("NAME"), session.text("ROLE"),
                                                   session.text("CLASS"), session.text("QUOTA"),
                                                   session.text("STATE")}};
    for (auto const& user : users)
        rows.push_back({user.login, user.name, std::string(directory::show(user.role)), user.class_name,
                        show_quota(session, user.quota), session.text(user.enabled ? "enabled" : "disabled")});
    print(show_table(rows));
}

} // namespace cli
