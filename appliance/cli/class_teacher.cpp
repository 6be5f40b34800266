// kotakpos class teacher list|add|remove: who looks after a class in the web administration.

#include "appliance/base/text.h"
#include "appliance/cli/nouns.h"
#include "appliance/cli/output.h"
#include "appliance/directory/administration.h"

namespace cli
{

namespace
{
void print_teachers(Session& session, directory::Administration& administration, Arguments const& arguments)
{
    auto const& name = arguments.operands.front();
    auto const logins = administration.teachers(name).value();
    if (arguments.has("--json"))
        print(Json::texts(logins));
    else if (logins.empty())
        print(session.text("Nobody looks after {1}; only administrators do.", {name}) + "\n");
    else
        print(session.text("{1} is looked after by: {2}", {name, base::join(logins, ", ")}) + "\n");
}

int list(Session& session, Arguments const& arguments)
{
    auto const administration = directory::make_sql_administration(session.school(), session.directory());
    print_teachers(session, *administration, arguments);
    return 0;
}

int add(Session& session, Arguments const& arguments)
{
    auto const administration = directory::make_sql_administration(session.school(), session.directory());
    administration->add_teacher(arguments.operands[0], arguments.operands[1]).value();
    print_teachers(session, *administration, arguments);
    return 0;
}

int remove(Session& session, Arguments const& arguments)
{
    auto const administration = directory::make_sql_administration(session.school(), session.directory());
    administration->remove_teacher(arguments.operands[0], arguments.operands[1]).value();
    print_teachers(session, *administration, arguments);
    return 0;
}
} // namespace

std::vector<Command> class_teacher_commands()
{
    return {
        {"teacher list",
         "CLASS",
         1,
         1,
         {{"--json", ""}},
         "Lists who looks after a class in the web administration.",
         list},
        {"teacher add",
         "CLASS LOGIN",
         2,
         2,
         {},
         "Lets a teacher look after a class: its pupils, their passwords, who may write to it.",
         add},
        {"teacher remove", "CLASS LOGIN", 2, 2, {}, "Takes a class away from a teacher.", remove},
    };
}

} // namespace cli
