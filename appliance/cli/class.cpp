#include "appliance/cli/nouns.h"
#include "appliance/cli/people.h"

#include <algorithm>

namespace cli
{

namespace
{
int list(Session& session, Arguments const& arguments)
{
    auto const classes = session.directory().classes();
    auto const domain = session.directory().domain();
    if (arguments.has("--json")) {
        std::vector<Json> entries;
        for (auto const& one : classes)
            entries.push_back(Json::object({{"name", Json::text(one.name)},
                                            {"address", Json::text(one.address + "@" + domain)},
                                            {"members", Json::number(static_cast<long long>(one.members))}}));
        print(Json::array(entries));
        return 0;
    }
    std::vector<std::vector<std::string>> rows = {
        {session.text("CLASS"), session.text("ADDRESS"), session.text("MEMBERS")}};
    for (auto const& one : classes)
        rows.push_back({one.name, one.address + "@" + domain, std::to_string(one.members)});
    print(show_table(rows));
    return 0;
}

int add(Session& session, Arguments const& arguments)
{
    session.directory().add_class(arguments.operands.front()).value();
    print(session.text("Class {1} was added.", {arguments.operands.front()}) + "\n");
    return 0;
}

int remove(Session& session, Arguments const& arguments)
{
    session.directory().delete_class(arguments.operands.front()).value();
    print(session.text("Class {1} was deleted; its members stay.", {arguments.operands.front()}) + "\n");
    return 0;
}

int members(Session& session, Arguments const& arguments)
{
    auto& directory = session.directory();
    auto const& name = arguments.operands.front();
    auto const before = directory.members(name).value();
    if (auto const login = arguments.value("--add")) directory.set_class(*login, name).value();
    if (auto const login = arguments.value("--remove")) {
        bool const is_member =
            std::any_of(before.begin(), before.end(), [&](auto const& user) { return user.login == *login; });
        if (!is_member)
            throw base::Failure(base::refused(*login, "this user is not in the class", "see 'kotakpos user show'"));
        directory.set_class(*login, "").value();
    }
    print_users(session, directory.members(name).value(), arguments);
    return 0;
}
} // namespace

std::vector<Command> class_commands()
{
    return {
        {"list", "", 0, 0, {{"--json", ""}}, "Lists the classes; each is also a mail address.", list},
        {"add", "CLASS", 1, 1, {}, "Adds a class.", add},
        {"delete", "CLASS", 1, 1, {}, "Deletes a class; its members stay.", remove},
        {"members",
         "CLASS",
         1,
         1,
         {{"--add", "LOGIN"}, {"--remove", "LOGIN"}, {"--json", ""}},
         "Lists who is in a class; adds somebody to it or takes somebody out.",
         members},
    };
}

} // namespace cli
