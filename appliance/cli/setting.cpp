#include "appliance/directory/settings.h"

#include "appliance/base/text.h"
#include "appliance/box/programs.h"
#include "appliance/cli/machine_dhcp.h"
#include "appliance/cli/nouns.h"
#include "appliance/cli/output.h"
#include "maild/auth/spf_record.h"
#include "setup-tui/apply/mail_identity.h"

#include <iostream>

namespace cli
{

namespace
{
using Kind = directory::SettingType::Kind;
constexpr std::size_t most_words = 200;

constexpr std::string_view kind_names[] = {"yes-no", "number",  "size", "duration", "choice", "words",
                                           "domain", "address", "text", "secret",   "setup"};

/// A setting as it stands now.
struct Shown {
    directory::SettingRow const& row;
    std::optional<std::string> chosen;

    bool is_secret() const { return row.type.kind == Kind::secret; }
    std::string value() const
    {
        if (is_secret()) return chosen ? "***" : "";
        return chosen.value_or(std::string(row.usual));
    }
};

Shown read(Session& session, directory::SettingRow const& row) { return {row, session.directory().setting(row.key)}; }

directory::SettingRow const& must_find(std::string const& key)
{
    if (auto const* row = directory::find_setting(key)) return *row;
    throw base::Failure(base::refused(key, "there is no such setting", "see 'kotakpos setting list'"));
}

std::string rule(Session& session, directory::SettingRow const& row)
{
    auto const phrase = directory::describe(row.type);
    return session.text(phrase.pattern, phrase.arguments);
}

Json json_of(Session& session, Shown const& setting)
{
    auto const& row = setting.row;
    return Json::object({{"key", Json::text(row.key)},
                         {"value", Json::text(setting.value())},
                         {"default", Json::text(row.usual)},
                         {"set", Json::boolean(setting.chosen.has_value())},
                         {"type", Json::text(kind_names[static_cast<std::size_t>(row.type.kind)])},
                         {"rule", Json::text(rule(session, row))},
                         {"description", Json::text(session.text(row.description))}});
}

int list(Session& session, Arguments const& arguments)
{
    auto const begin = arguments.operands.empty() ? std::string() : arguments.operands.front();
    std::vector<Json> entries;
    std::vector<std::vector<std::string>> rows = {
        {session.text("SETTING"), session.text("VALUE"), session.text("MEANING")}};
    for (auto const& row : directory::setting_rows()) {
        if (!row.key.starts_with(begin)) continue;
        auto const setting = read(session, row);
        entries.push_back(json_of(session, setting));
        rows.push_back(
            {std::string(row.key), setting.value().empty() ? "-" : setting.value(), session.text(row.description)});
    }
    if (arguments.has("--json"))
        print(Json::array(entries));
    else
        print(show_table(rows));
    return 0;
}

int show(Session& session, Arguments const& arguments)
{
    auto const setting = read(session, must_find(arguments.operands.front()));
    auto const& row = setting.row;
    if (arguments.has("--json")) {
        print(json_of(session, setting));
        return 0;
    }
    print(std::string(row.key) + " = " + setting.value() + "\n");
    print(session.text(row.description) + "\n");
    print(session.text("Default: {1}", {row.usual.empty() ? "-" : std::string(row.usual)}) + "; " +
          rule(session, row) + "\n");
    return 0;
}

std::string value_of(directory::SettingRow const& row, Arguments const& arguments)
{
    bool const is_secret = row.type.kind == Kind::secret;
    if (is_secret != arguments.has("--password-stdin"))
        throw base::Failure(
            is_secret ? base::refused(std::string(row.key), "a secret is not written on the command line",
                                      "give it on standard input with --password-stdin")
                      : base::refused(std::string(row.key), "this is no secret", "write its value behind the name"));
    std::string line;
    if (is_secret) {
        std::getline(std::cin, line);
        return line;
    }
    if (arguments.operands.size() < 2)
        throw base::Failure(base::refused(std::string(row.key), "the value is missing",
                                          "write it behind the name, or use 'kotakpos setting unset'"));
    return base::join({arguments.operands.begin() + 1, arguments.operands.end()}, " ");
}

/// Records in the zone that say what the setting says.
void follow(Session& session, directory::SettingRow const& row)
{
    if (row.key.starts_with("mail."))
        ::setup::prepare_mail_identity(session.school(), session.dns(), session.zones(), "dkim").value();
    box::follow_setting(row.key);
}

void change(Session& session, directory::SettingRow const& row, std::string const& value)
{
    bool const is_bad_spf = row.key == "mail.spf" && !value.empty() && value != "off" &&
                            !maild::auth::SpfRecord::parse("v=spf1 mx " + value + " -all");
    if (is_bad_spf)
        throw base::Failure(base::refused(std::string(row.key), "this cannot stand in an SPF record",
                                          "write for example include:relay.example or ip4:203.0.113.5"));
    check_machine_setting(session, row.key, value);
    directory::change_setting(session.directory(), row.key, value).value();
    follow(session, row);
}

int set(Session& session, Arguments const& arguments)
{
    auto const& row = must_find(arguments.operands.front());
    if (row.type.kind != Kind::by_setup)
        change(session, row, value_of(row, arguments));
    else
        directory::change_setting(session.directory(), row.key, "").value(); // refused, with its reason
    print(session.text("{1} is now: {2}", {std::string(row.key), read(session, row).value()}) + "\n");
    return 0;
}

int unset(Session& session, Arguments const& arguments)
{
    auto const& row = must_find(arguments.operands.front());
    directory::unset_setting(session.directory(), row.key).value();
    follow(session, row);
    print(session.text("{1} is now: {2}", {std::string(row.key), read(session, row).value()}) + "\n");
    return 0;
}
} // namespace

std::vector<Command> setting_commands()
{
    return {
        {"list",
         "[BEGINNING]",
         0,
         1,
         {{"--json", ""}},
         "Lists the school's settings, their values and meanings.",
         list},
        {"show", "KEY", 1, 1, {{"--json", ""}}, "Shows one setting, its default and what it may be.", show},
        {"set",
         "KEY VALUE",
         1,
         most_words,
         {{"--password-stdin", ""}},
         "Changes a setting; every service follows within a second.",
         set},
        {"unset", "KEY", 1, 1, {}, "Brings the default of a setting back.", unset},
    };
}

} // namespace cli
