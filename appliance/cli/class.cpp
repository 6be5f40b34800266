#include "appliance/base/text.h"
#include "appliance/cli/nouns.h"
#include "appliance/cli/people.h"
#include "appliance/directory/class_folders.h"

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

std::string writers_text(Session& session, directory::Writers writers)
{
    using directory::Writers;
    switch (writers) {
    case Writers::everyone: return session.text("everyone, strangers too");
    case Writers::school: return session.text("everyone of the school, after login");
    case Writers::teachers: return session.text("teachers, staff and administrators");
    case Writers::members: return session.text("its members, and teachers");
    case Writers::named: break;
    }
    return session.text("only the people named");
}

void print_policy(Session& session, directory::ListPolicy const& policy, Arguments const& arguments)
{
    if (arguments.has("--json")) {
        std::vector<Json> named;
        for (auto const& login : policy.writers_named) named.push_back(Json::text(login));
        std::vector<Json> senders;
        for (auto const& login : policy.senders_named) senders.push_back(Json::text(login));
        print(Json::object({{"name", Json::text(policy.name)},
                            {"writers", Json::text(directory::show(policy.writers))},
                            {"named", Json::array(named)},
                            {"senders", Json::array(senders)}}));
        return;
    }
    print(session.text("{1} may be written to by: {2}", {policy.name, writers_text(session, policy.writers)}) + "\n");
    if (!policy.writers_named.empty())
        print(session.text("Named: {1}", {base::join(policy.writers_named, ", ")}) + "\n");
    if (!policy.senders_named.empty())
        print(session.text("May also send as {1}: {2}", {policy.name, base::join(policy.senders_named, ", ")}) +
              "\n");
}

int writers(Session& session, Arguments const& arguments)
{
    using Right = directory::Directory::ListRight;
    auto& directory = session.directory();
    auto const& name = arguments.operands.front();
    directory.list_policy(name).value(); // an unknown name is refused before anything changes
    if (arguments.operands.size() > 1) {
        auto const chosen = directory::parse_writers(arguments.operands[1]);
        if (!chosen)
            throw base::Failure(base::refused(arguments.operands[1], "this is not a rule",
                                              "write everyone, school, teachers, members or named"));
        directory.set_writers(name, *chosen).value();
    }
    if (auto const login = arguments.value("--add")) directory.set_list_right(name, *login, Right::write).value();
    if (auto const login = arguments.value("--sender")) directory.set_list_right(name, *login, Right::send).value();
    if (auto const login = arguments.value("--remove")) directory.set_list_right(name, *login, Right::none).value();
    print_policy(session, directory.list_policy(name).value(), arguments);
    return 0;
}

int folder(Session& session, Arguments const& arguments)
{
    auto const& name = arguments.operands[0];
    auto const& wanted = arguments.operands[1];
    if (wanted != "on" && wanted != "off") throw base::Failure(base::refused(wanted, "this is not on or off"));
    using directory::ClassFolder;
    auto const folder = wanted == "on" ? ClassFolder::on : ClassFolder::off;
    auto const title = directory::set_class_folder(session.directory(), name, folder).value();
    if (folder == ClassFolder::on)
        print(session.text("The pupils of {1} read the mail folder #kelas/{1} from now on; teachers write in it.",
                           {title}) +
              "\n");
    else
        print(session.text("The mail folder #kelas/{1} is hidden; what is in it is kept.", {title}) + "\n");
    return 0;
}
} // namespace

std::vector<Command> class_commands()
{
    auto commands = class_teacher_commands();
    std::vector<Command> const others = {
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
        {"writers",
         "NAME [everyone|school|teachers|members|named]",
         1,
         2,
         {{"--add", "LOGIN"}, {"--sender", "LOGIN"}, {"--remove", "LOGIN"}, {"--json", ""}},
         "Shows or changes who may write to a class, group (guru, siswa, semua) or alias, and who may send as it.",
         writers},
        {"folder",
         "CLASS on|off",
         2,
         2,
         {},
         "Gives a class a mail folder that its pupils read and the teachers fill; hides it again.",
         folder},
        {"promote",
         "",
         0,
         0,
         {{"--stay", "LOGIN,LOGIN"}, {"--yes", ""}},
         "The next school year: X becomes XI, who is in the last class leaves. Without --yes it only shows what "
         "would happen.",
         promote_classes},
    };
    commands.insert(commands.begin(), others.begin(), others.end());
    return commands;
}

} // namespace cli
