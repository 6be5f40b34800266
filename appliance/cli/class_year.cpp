// kotakpos class promote: the end of the school year.

#include "appliance/base/text.h"
#include "appliance/cli/nouns.h"
#include "appliance/cli/output.h"
#include "appliance/directory/school_year.h"

namespace cli
{

int promote_classes(Session& session, Arguments const& arguments)
{
    auto& directory = session.directory();
    std::set<std::string> staying;
    for (auto const& login : base::split_list(arguments.value("--stay").value_or(""))) {
        if (!directory.find_user(login))
            throw base::Failure(base::refused(login, "there is no such user", "see 'kotakpos user list'"));
        staying.insert(base::lower(login));
    }
    auto const year = directory::next_year(directory);
    std::vector<std::vector<std::string>> rows = {
        {session.text("CLASS"), session.text("BECOMES"), session.text("PUPILS")}};
    for (auto const& step : year.steps)
        rows.push_back(
            {step.from, step.to.empty() ? session.text("leaves") : step.to, std::to_string(step.pupils.size())});
    print(show_table(rows));
    if (!year.no_year.empty())
        print(session.text("These names say no year, so nothing happens to their pupils: {1}",
                           {base::join(year.no_year, ", ")}) +
              "\n");
    if (!arguments.has("--yes")) {
        print(session.text("Nothing was changed. With --yes it is done; who leaves is switched off, not deleted.") +
              "\n");
        return 0;
    }
    auto const moves = year.moves(staying);
    directory.move_members(moves).value();
    print(session.plural("{1} pupil was moved.", "{1} pupils were moved.", moves.size()) + "\n");
    return 0;
}

} // namespace cli
