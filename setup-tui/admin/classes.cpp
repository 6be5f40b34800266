#include "appliance/base/text.h"
#include "setup-tui/admin/list_screen.h"
#include "setup-tui/admin/screens.h"
#include "setup-tui/admin/simple_form.h"

namespace setup
{

namespace
{
using directory::Writers;

constexpr std::string_view lesson =
    "A class is a mail address too: a mail to x-tkj-1@ reaches everybody in X-TKJ-1. So that nobody plays with it, "
    "each class has a rule who may write to it. Beside the rule single people can be named.\n\nguru, siswa and semua "
    "are groups that are always there: all teachers, all pupils, everybody.\n\nDeleting a class deletes nobody.";

std::string_view writers_text(Writers writers)
{
    switch (writers) {
    case Writers::everyone: return "everyone, strangers too";
    case Writers::school: return "everyone of the school, after login";
    case Writers::teachers: return "teachers, staff and administrators";
    case Writers::members: return "its members, and teachers";
    case Writers::named: break;
    }
    return "only the people named";
}

std::vector<std::pair<std::string, std::string>> writers_choices(Desk const& desk)
{
    std::vector<std::pair<std::string, std::string>> choices;
    for (auto const one : {Writers::everyone, Writers::school, Writers::teachers, Writers::members, Writers::named})
        choices.emplace_back(std::string(directory::show(one)), desk.text(writers_text(one)));
    return choices;
}

/// Gives the names in `people` the right to write, and takes it from those that are no longer among them.
void set_named(directory::Directory& people, std::string const& list, std::vector<std::string> const& before,
               std::vector<std::string> const& wanted)
{
    using Right = directory::Directory::ListRight;
    auto const has = [](std::vector<std::string> const& names, std::string const& name) {
        return std::find(names.begin(), names.end(), name) != names.end();
    };
    for (auto const& login : wanted)
        if (!has(before, login)) people.set_list_right(list, login, Right::write).value();
    for (auto const& login : before)
        if (!has(wanted, login)) people.set_list_right(list, login, Right::none).value();
}

std::string change_writers(Desk& desk, std::string const& address)
{
    auto const policy = desk.people.list_policy(address).value();
    bool const done = ask_form(
        desk, "Who may write", lesson,
        {{"Rule", "Left and right choose.", std::string(directory::show(policy.writers)), writers_choices(desk)},
         {"People named", "Logins with commas between; they may write whatever the rule says.",
          base::join(policy.writers_named, ", ")}},
        [&](auto const& answers) {
            set_named(desk.people, address, policy.writers_named, base::split_list(base::lower(answers[1])));
            desk.people.set_writers(address, directory::parse_writers(answers[0]).value_or(policy.writers)).value();
        });
    return done ? desk.text("{1} was changed.", {address}) : "";
}

std::string add_class(Desk& desk)
{
    std::string name;
    bool const done =
        ask_form(desk, "Add a class", lesson, {{"Class", "Letters, digits, dots and dashes, like X-TKJ-1."}},
                 [&](auto const& answers) {
                     name = answers[0];
                     desk.people.add_class(name).value();
                 });
    return done ? desk.text("Class {1} was added.", {name}) : "";
}

std::string delete_class(Desk& desk, std::string const& name)
{
    if (!desk.ask_danger(desk.text("Delete {1}?", {name}), desk.text("The members stay, without a class.")))
        return "";
    desk.people.delete_class(name).value();
    return desk.text("Class {1} was deleted; its members stay.", {name});
}

std::string add_member(Desk& desk, std::string const& class_name)
{
    std::string login;
    bool const done = ask_form(desk, "Add a member", lesson,
                               {{"Login", "Somebody who has a mailbox already; they leave their old class."}},
                               [&](auto const& answers) {
                                   login = base::lower(answers[0]);
                                   desk.people.set_class(login, class_name).value();
                               });
    return done ? desk.text("{1} is in {2} now.", {login, class_name}) : "";
}

void show_members(Desk& desk, std::string const& name)
{
    std::vector<directory::User> members;
    ListScreen list{.title = "Members", .lesson = lesson};
    list.columns = {{"Login", 20}, {"Name", 28, true}, {"Role", 16}};
    list.load = [&] {
        members = desk.people.members(name).value();
        std::vector<TableRow> rows;
        for (auto const& user : members) rows.push_back({user.login, {user.login, user.name, desk.role(user.role)}});
        return rows;
    };
    list.heading = [&] { return name + ": " + desk.plural("{1} user", "{1} users", members.size()); };
    list.keys = {{3, "add", [&](std::size_t) { return add_member(desk, name); }, ListKey::Needs::nothing},
                 {8, "take out", [&](std::size_t row) {
                      auto const login = members[row].login;
                      desk.people.set_class(login, "").value();
                      return desk.text("{1} is in no class now.", {login});
                  }}};
    run_list(desk, list);
}
} // namespace

void manage_classes(Desk& desk)
{
    struct Entry {
        std::string name;
        std::string address;
        bool is_class;
    };
    std::vector<Entry> entries;
    auto const must_be_class = [&](std::size_t row) {
        if (!entries[row].is_class)
            throw base::Failure(base::refused(entries[row].name, "this group is made of roles",
                                              "change somebody's role on the screen Users"));
        return entries[row].name;
    };
    ListScreen list{.title = "Classes", .lesson = lesson};
    list.columns = {{"Class", 14}, {"Members", 8}, {"Address", 24, true}, {"Who may write", 26, true}};
    list.load = [&] {
        entries.clear();
        std::vector<TableRow> rows;
        auto const domain = desk.people.domain();
        auto const add = [&](std::string const& name, std::string const& address, std::string const& members,
                             bool is) {
            entries.push_back({name, address, is});
            auto const policy = desk.people.list_policy(address).value();
            rows.push_back({name, {name, members, address + "@" + domain, desk.text(writers_text(policy.writers))}});
        };
        for (auto const& one : desk.people.classes()) add(one.name, one.address, std::to_string(one.members), true);
        for (std::string const group : {"guru", "siswa", "semua"}) add(group, group, "", false);
        return rows;
    };
    list.keys = {{0, "members",
                  [&](std::size_t row) {
                      show_members(desk, must_be_class(row));
                      return std::string();
                  }},
                 {3, "add", [&](std::size_t) { return add_class(desk); }, ListKey::Needs::nothing},
                 {4, "who may write", [&](std::size_t row) { return change_writers(desk, entries[row].address); }},
                 {8, "delete", [&](std::size_t row) { return delete_class(desk, must_be_class(row)); }}};
    run_list(desk, list);
}

} // namespace setup
