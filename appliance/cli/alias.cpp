#include "appliance/base/text.h"
#include "appliance/cli/nouns.h"
#include "appliance/cli/output.h"

namespace cli
{

namespace
{
constexpr std::size_t most_targets = 1000;

int list(Session& session, Arguments const& arguments)
{
    auto const aliases = session.directory().aliases();
    if (arguments.has("--json")) {
        std::vector<Json> entries;
        for (auto const& alias : aliases)
            entries.push_back(
                Json::object({{"name", Json::text(alias.name)}, {"targets", Json::texts(alias.targets)}}));
        print(Json::array(entries));
        return 0;
    }
    std::vector<std::vector<std::string>> rows = {{session.text("ALIAS"), session.text("GOES TO")}};
    for (auto const& alias : aliases) rows.push_back({alias.name, base::join(alias.targets, ", ")});
    print(show_table(rows));
    return 0;
}

int add(Session& session, Arguments const& arguments)
{
    auto const& name = arguments.operands.front();
    session.directory().add_alias(name, {arguments.operands.begin() + 1, arguments.operands.end()}).value();
    print(session.text("Alias {1} was added.", {name}) + "\n");
    return 0;
}

int remove(Session& session, Arguments const& arguments)
{
    session.directory().delete_alias(arguments.operands.front()).value();
    print(session.text("Alias {1} was deleted.", {arguments.operands.front()}) + "\n");
    return 0;
}
} // namespace

std::vector<Command> alias_commands()
{
    return {
        {"list", "", 0, 0, {{"--json", ""}}, "Lists the aliases.", list},
        {"add",
         "ALIAS TARGET...",
         2,
         most_targets,
         {},
         "Adds a name whose mail goes to users, classes or addresses.",
         add},
        {"delete", "ALIAS", 1, 1, {}, "Deletes an alias.", remove},
    };
}

} // namespace cli
