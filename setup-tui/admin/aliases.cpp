#include "appliance/base/text.h"
#include "setup-tui/admin/list_screen.h"
#include "setup-tui/admin/screens.h"
#include "setup-tui/admin/simple_form.h"

namespace setup
{

namespace
{
constexpr std::string_view lesson =
    "An alias is one more mail address: what is sent to info@ goes to the people behind it. They can be logins, "
    "classes, other aliases, and addresses elsewhere. The people behind an alias may also send mail in its name.";

std::string add_alias(Desk& desk)
{
    std::string name;
    bool const done = ask_form(desk, "Add an alias", lesson,
                               {{"Alias", "The part before the @, like info or osis."},
                                {"Goes to", "Logins, classes or addresses, with commas between."}},
                               [&](auto const& answers) {
                                   name = base::lower(answers[0]);
                                   desk.people.add_alias(name, base::split_list(answers[1])).value();
                               });
    return done ? desk.text("Alias {1} was added.", {name}) : "";
}

std::string delete_alias(Desk& desk, std::string const& name)
{
    if (!desk.ask_danger(desk.text("Delete {1}?", {name}), desk.text("Mail to this address is refused from now on.")))
        return "";
    desk.people.delete_alias(name).value();
    return desk.text("Alias {1} was deleted.", {name});
}

std::string extend_alias(Desk& desk, std::string const& name)
{
    bool const done = ask_form(
        desk, "More people for an alias", lesson, {{"Goes to", "Logins, classes or addresses, with commas between."}},
        [&](auto const& answers) { desk.people.add_alias(name, base::split_list(answers[0])).value(); });
    return done ? desk.text("{1} was changed.", {name}) : "";
}
} // namespace

void manage_aliases(Desk& desk)
{
    std::vector<directory::Alias> aliases;
    ListScreen list{.title = "Aliases", .lesson = lesson};
    list.columns = {{"Alias", 20}, {"Goes to", 50, true}};
    list.load = [&] {
        aliases = desk.people.aliases();
        std::vector<TableRow> rows;
        for (auto const& alias : aliases) rows.push_back({alias.name, {alias.name, base::join(alias.targets, ", ")}});
        return rows;
    };
    list.keys = {{3, "add", [&](std::size_t) { return add_alias(desk); }, ListKey::Needs::nothing},
                 {4, "more people", [&](std::size_t row) { return extend_alias(desk, aliases[row].name); }},
                 {8, "delete", [&](std::size_t row) { return delete_alias(desk, aliases[row].name); }}};
    list.empty = "There is no alias yet; F3 adds one.";
    run_list(desk, list);
}

} // namespace setup
