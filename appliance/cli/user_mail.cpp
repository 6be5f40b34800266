// `kotakpos user vacation LOGIN [off]` and `kotakpos user filters LOGIN`: what becomes of a person's mail, for an
// administrator while that person is away.

#include "appliance/base/text.h"
#include "appliance/cli/people.h"
#include "appliance/directory/filter_words.h"

namespace cli
{

namespace
{
constexpr base::Timestamp second = 1'000'000;

std::string state_of(Session& session, directory::Vacation const& vacation)
{
    auto const now = base::system_clock().now();
    if (vacation.is_on(now)) return session.text("on");
    return session.text(vacation.enabled && vacation.begins > now ? "on later" : "off");
}

Json json_of(directory::Vacation const& vacation)
{
    return Json::object({{"enabled", Json::boolean(vacation.enabled)},
                         {"on", Json::boolean(vacation.is_on(base::system_clock().now()))},
                         {"subject", Json::text(vacation.subject)},
                         {"text", Json::text(vacation.text)},
                         {"begins", Json::number(vacation.begins / second)},
                         {"ends", Json::number(vacation.ends / second)},
                         {"only_school", Json::boolean(vacation.only_school)},
                         {"days", Json::number(vacation.days)}});
}

void print_vacation(Session& session, directory::Vacation const& vacation)
{
    auto const line = [&](std::string_view label, std::string const& value) {
        print(session.text(label) + ": " + printable(value) + "\n");
    };
    line("Automatic answer", state_of(session, vacation));
    if (!vacation.enabled) return;
    if (vacation.begins != 0) line("Begins", session.show_time(vacation.begins));
    if (vacation.ends != 0) line("Ends", session.show_time(vacation.ends));
    line("Who gets it", session.text(vacation.only_school ? "only people of the school" : "everybody"));
    line("Subject", vacation.subject);
    for (auto const text : base::split(vacation.text, '\n')) print("    " + printable(text) + "\n");
}
} // namespace

int user_vacation(Session& session, Arguments const& arguments)
{
    auto const user = must_find_user(session, arguments.operands.front());
    auto const filters = directory::make_sql_filters(session.school());
    auto vacation = filters->vacation(user.id);
    if (arguments.operands.size() > 1) {
        if (arguments.operands[1] != "off") throw UsageError{"only 'off' can be said here"};
        vacation.enabled = false;
        filters->set_vacation(user.id, vacation).value();
        print(session.text("The automatic answer of {1} is off.", {user.login}) + "\n");
        return 0;
    }
    if (arguments.has("--json"))
        print(json_of(vacation));
    else
        print_vacation(session, vacation);
    return 0;
}

int user_filters(Session& session, Arguments const& arguments)
{
    auto const user = must_find_user(session, arguments.operands.front());
    auto const all = directory::make_sql_filters(session.school())->filters(user.id);
    std::vector<Json> entries;
    std::vector<std::vector<std::string>> rows = {
        {session.text("Name"), session.text("State"), session.text("Rule")}};
    for (auto const& one : all) {
        auto const rule = directory::describe(session.catalog(), one);
        entries.push_back(Json::object({{"name", Json::text(one.name)},
                                        {"enabled", Json::boolean(one.enabled)},
                                        {"stops", Json::boolean(one.stops)},
                                        {"rule", Json::text(rule)}}));
        rows.push_back({printable(one.name), session.text(one.enabled ? "on" : "off"), printable(rule)});
    }
    if (arguments.has("--json"))
        print(Json::array(entries));
    else
        print(all.empty() ? session.text("{1} has no filters.", {user.login}) + "\n" : show_table(rows));
    return 0;
}

} // namespace cli
