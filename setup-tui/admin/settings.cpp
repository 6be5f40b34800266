#include "appliance/directory/settings.h"
#include "appliance/box/programs.h"
#include "appliance/cli/machine_dhcp.h"

#include "appliance/base/text.h"
#include "setup-tui/admin/list_screen.h"
#include "setup-tui/admin/screens.h"
#include "setup-tui/admin/simple_form.h"

namespace setup
{

namespace
{
using directory::SettingRow;
using Kind = directory::SettingType::Kind;

constexpr std::string_view lesson =
    "What may be chosen about mail and people, with what each of them means. The usual values are good for most "
    "schools: '-' in the list is an empty one, and F8 brings the usual one back. A change counts within a second, "
    "without a restart.";

std::string shown_value(SettingRow const& row, std::optional<std::string> const& chosen)
{
    if (row.type.kind == Kind::secret) return chosen ? "***" : "-";
    auto const value = chosen.value_or(std::string(row.usual));
    return value.empty() ? "-" : value;
}

Question question_for(Desk const& desk, SettingRow const& row)
{
    Question question{.label = "Value", .help = row.description};
    if (row.type.kind != Kind::secret)
        question.value = desk.people.setting(row.key).value_or(std::string(row.usual));
    else
        question.shown = Shown::masked;
    if (row.type.kind == Kind::yes_no) question.choices = {{"yes", desk.text("yes")}, {"no", desk.text("no")}};
    if (row.type.kind == Kind::choice)
        for (auto const word : base::split(row.type.choices, ' '))
            question.choices.emplace_back(std::string(word), std::string(word));
    return question;
}

std::string change(Desk& desk, SettingRow const& row)
{
    if (row.type.kind == Kind::by_setup) directory::change_setting(desk.people, row.key, "").value(); // says why not
    std::string value;
    bool const done = ask_form(desk, row.key, row.description, {question_for(desk, row)}, [&](auto const& answers) {
        value = answers[0];
        cli::check_machine_setting(desk.session, row.key, value);
        directory::change_setting(desk.people, row.key, value).value();
    });
    if (!done) return {};
    box::follow_setting(row.key);
    return desk.text("{1} is now: {2}", {std::string(row.key), row.type.kind == Kind::secret ? "***" : value});
}

std::string bring_back(Desk& desk, SettingRow const& row)
{
    directory::unset_setting(desk.people, row.key).value();
    box::follow_setting(row.key);
    return desk.text("{1} is now: {2}", {std::string(row.key), shown_value(row, desk.people.setting(row.key))});
}
} // namespace

void change_settings(Desk& desk)
{
    auto const all = directory::setting_rows();
    ListScreen list{.title = "Settings", .lesson = lesson};
    list.columns = {{"Setting", 24}, {"Value", 18}, {"Meaning", 30, true}};
    list.load = [&] {
        std::vector<TableRow> rows;
        for (auto const& row : all)
            rows.push_back(
                {std::string(row.key),
                 {std::string(row.key), shown_value(row, desk.people.setting(row.key)), desk.text(row.description)}});
        return rows;
    };
    list.keys = {{0, "change", [&](std::size_t row) { return change(desk, all[row]); }},
                 {4, "meaning",
                  [&](std::size_t row) {
                      auto const rule = directory::describe(all[row].type);
                      desk.tell(std::string(all[row].key),
                                desk.text(all[row].description) + "\n\n" + desk.text(rule.pattern, rule.arguments));
                      return std::string();
                  }},
                 {8, "usual value", [&](std::size_t row) { return bring_back(desk, all[row]); }}};
    run_list(desk, list);
}

} // namespace setup
