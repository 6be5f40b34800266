// The table of all questions. Order matters: a default or a check may use the answers before it.

#include "setup-tui/steps/checks.h"
#include "setup-tui/steps/step.h"

namespace setup
{

namespace
{
std::function<std::string(Draft const&)> fixed(std::string value)
{
    return [value = std::move(value)](Draft const&) { return value; };
}

/// "192.168.10.1/24" -> "192.168.10.1".
std::string own_address(Draft const& draft)
{
    auto const address = draft.value("address");
    return address.substr(0, address.find('/'));
}

Step language()
{
    return {"language",
            "Language",
            "In which language the box speaks to people who have not chosen one.",
            {{"language",
              "Language",
              "id is Indonesian, en is English.",
              FieldType::choice,
              true,
              {"id", "en"},
              fixed("id"),
              {}}}};
}

Step mode()
{
    return {"mode",
            "Practice mode",
            "A class that practises may use easy passwords. Every page then says so. Never for a school in real use.",
            {{"lab",
              "Practice mode",
              "yes turns the password rules off.",
              FieldType::yes_no,
              true,
              {"no", "yes"},
              fixed("no"),
              {}}}};
}

Step school()
{
    return {"school",
            "The school",
            "These names appear in mail, on the web page and in certificates.",
            {{"school.name",
              "Name of the school",
              "As on the school's letterhead.",
              FieldType::text,
              true,
              {},
              {},
              check_school_name},
             {"domain",
              "Domain",
              "Mail addresses end in it, like smkn1pendalian.sch.id.",
              FieldType::text,
              true,
              {},
              {},
              check_domain},
             {"hostname",
              "Name of this box",
              "Its own full name; mail. and the domain, unless you need another one.",
              FieldType::text,
              true,
              {},
              [](Draft const& draft) { return "mail." + draft.value("domain"); },
              check_host_name}}};
}

Step network()
{
    return {"network",
            "The network",
            "The address at which the school reaches this box.",
            {{"address",
              "Address of this box",
              "With its prefix, like 192.168.10.1/24.",
              FieldType::text,
              true,
              {},
              {},
              check_network},
             {"gateway",
              "Gateway",
              "The router to the Internet; empty when there is none.",
              FieldType::text,
              false,
              {},
              {},
              check_gateway},
             {"forwarders",
              "DNS servers outside",
              "Asked for names that are not the school's; empty: none.",
              FieldType::list,
              false,
              {},
              {},
              check_addresses}}};
}

Step names()
{
    return {
        "names",
        "Addresses of the services",
        "All three are this box's own address unless the school has more boxes.",
        {{"ns.address", "Address of ns", "The name server.", FieldType::text, true, {}, own_address, check_address},
         {"www.address", "Address of www", "The web page.", FieldType::text, true, {}, own_address, check_address},
         {"mail.address",
          "Address of mail",
          "Mail and webmail.",
          FieldType::text,
          true,
          {},
          own_address,
          check_address}}};
}

Step people()
{
    return {"people",
            "People",
            "The administrator, and the first users. More can be added at any time.",
            {{"admin.password",
              "Password of admin",
              "At least 8 characters.",
              FieldType::password,
              true,
              {},
              {},
              check_admin_password},
             {"users",
              "First users",
              "login:password:class, with commas between users.",
              FieldType::list,
              false,
              {},
              {},
              check_users}}};
}
} // namespace

std::vector<Step> const& steps()
{
    static std::vector<Step> const all = {language(), mode(), school(), network(), names(), people()};
    return all;
}

Field const* find_field(std::string_view key)
{
    for (auto const& step : steps())
        for (auto const& field : step.fields)
            if (field.key == key) return &field;
    return nullptr;
}

} // namespace setup
