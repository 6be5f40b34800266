// kotakpos desk mail|names: started by the supervisor, not by people.

#include "appliance/desk/desk.h"

#include "appliance/cli/nouns.h"

namespace cli
{

namespace
{
int desk(Session& session, Arguments const& arguments)
{
    auto const& office = arguments.operands.front();
    if (office != "mail" && office != "names") throw UsageError{"kotakpos desk mail|names"};
    std::vector<std::string> words = {"desk", office, "--config", session.config_file()};
    std::vector<char*> pointers;
    for (auto& word : words) pointers.push_back(word.data());
    service::Daemon daemon(static_cast<int>(pointers.size()), pointers.data(), "desk", {"mail", "names"});
    return ::desk::serve(daemon, office == "mail" ? ::desk::Office::mail : ::desk::Office::names);
}
} // namespace

std::vector<Command> desk_commands()
{
    return {{"",
             "mail|names",
             1,
             1,
             {},
             "What the web administration hands its work to; started by 'kotakpos run'.",
             desk}};
}

} // namespace cli
