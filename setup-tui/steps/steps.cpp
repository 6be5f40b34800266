// The table of all questions. Order matters: a default or a check may use the answers before it.

#include "setup-tui/apply/clock.h"
#include "setup-tui/steps/checks.h"
#include "setup-tui/steps/lessons.h"
#include "setup-tui/steps/step.h"
#include "setup-tui/steps/suggestions.h"

#include "appliance/base/text.h"

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

std::string first_interface(Draft const& draft)
{
    auto const names = base::split_list(draft.value("now.interfaces"));
    return names.empty() ? std::string() : names.front();
}

/// What the chosen interface has now, else that of a network which schools often have.
std::string current_address(Draft const& draft)
{
    auto const name = draft.has("network.interface") ? draft.value("network.interface") : first_interface(draft);
    auto const address = draft.value("now.address." + name);
    return address.empty() ? "192.168.10.1/24" : address;
}

/// The gateway that runs now, unless another network was chosen.
std::string current_gateway(Draft const& draft)
{
    auto const gateway = draft.value("now.gateway");
    return check_gateway(gateway, draft) ? std::string() : gateway;
}

bool is_clock_doubtful(Draft const& draft) { return draft.value("now.clock") == "doubtful"; }

/// Only where the box sets its own address: elsewhere another program cares for the network.
bool may_serve_dhcp(Draft const& draft)
{
    return draft.value("now.is_ours") == "yes" && draft.value("network.method") == "static";
}

bool sends_by_smarthost(Draft const& draft) { return draft.value("mail.outside") == "smarthost"; }

Step language()
{
    return {.name = "language",
            .title = "Bahasa / Language",
            .help = "Pilih bahasa dengan panah kiri dan kanan, lalu Enter.\nChoose with the left and right arrows, "
                    "then Enter.",
            .fields = {{.key = "language",
                        .label = "Language",
                        .help = "In which language the box speaks to people who have not chosen one.",
                        .lesson = lesson::language,
                        .type = FieldType::choice,
                        .required = true,
                        .choices = {"id", "en"},
                        .choice_labels = {"Bahasa Indonesia", "English"},
                        .choose = "write id or en",
                        .initial = fixed("id")},
                       {.key = clock_key,
                        .label = "Date and time",
                        .help = "The clock of this machine is wrong, and no time server answers.",
                        .lesson = lesson::clock,
                        .required = true,
                        .suggest = [](Draft const&) { return show_clock(std::time(nullptr)); },
                        .check = check_clock,
                        .applies = is_clock_doubtful}}};
}

Step school()
{
    return {.name = "school",
            .title = "The school",
            .help = "These names appear in mail, on the web page and in certificates.",
            .fields = {{.key = "school.name",
                        .label = "Name of the school",
                        .help = "As on the school's letterhead.",
                        .lesson = lesson::school_name,
                        .required = true,
                        .suggest = fixed("SMK Negeri 1 Pendalian"),
                        .check = check_school_name},
                       {.key = "domain",
                        .label = "Domain",
                        .help = "Mail addresses end in it, like smkn1pendalian.sch.id.",
                        .lesson = lesson::domain,
                        .required = true,
                        .suggest = [](Draft const& draft) { return suggest_domain(draft.value("school.name")); },
                        .check = check_domain},
                       {.key = "hostname",
                        .label = "Name of this box",
                        .help = "Its own full name; mail. and the domain, unless you need another one.",
                        .lesson = lesson::hostname,
                        .required = true,
                        .initial = [](Draft const& draft) { return "mail." + draft.value("domain"); },
                        .check = check_host_name}}};
}

Step network()
{
    return {
        .name = "network",
        .title = "The network",
        .help = "The address at which the school reaches this box.",
        .fields = {
            {.key = "network.method",
             .label = "The address is",
             .help = "A server needs a fixed address.",
             .lesson = lesson::method,
             .type = FieldType::choice,
             .required = true,
             .choices = {"keep", "static", "dhcp"},
             .choice_labels = {"as it is", "fixed", "from DHCP"},
             .choose = "write keep, static or dhcp",
             .initial = fixed("keep"),
             .suggest = [](Draft const& draft) { return draft.value("now.is_ours") == "yes" ? "static" : "keep"; },
             .doubt = doubt_not_ours},
            {.key = "network.interface",
             .label = "Interface",
             .help = "The network card whose cable goes to the school's switch.",
             .lesson = lesson::interface,
             .suggest = first_interface,
             .check = check_interface,
             .applies = [](Draft const& draft) { return draft.value("network.method") != "keep"; }},
            {.key = "address",
             .label = "Address of this box",
             .help = "With its prefix, like 192.168.10.1/24.",
             .lesson = lesson::address,
             .required = true,
             .suggest = current_address,
             .check = check_network},
            {.key = "gateway",
             .label = "Gateway",
             .help = "The router to the Internet; empty when there is none.",
             .lesson = lesson::gateway,
             .suggest = current_gateway,
             .check = check_gateway},
            {.key = "forwarders",
             .label = "DNS servers outside",
             .help = "Asked for names that are not the school's; empty: none.",
             .lesson = lesson::forwarders,
             .type = FieldType::list,
             .suggest = [](Draft const& draft) { return draft.value("now.resolvers"); },
             .check = check_forwarders},
            {.key = dhcp_key,
             .label = "DHCP server",
             .help = "Gives the PCs their addresses. Never two of them in one network.",
             .lesson = lesson::dhcp,
             .type = FieldType::yes_no,
             .required = true,
             .choices = {"no", "yes"},
             .choice_labels = {"no", "yes"},
             .choose = "write yes or no",
             .initial = fixed("no"),
             .applies = may_serve_dhcp}}};
}

Field service_address(std::string_view key, std::string_view label, std::string_view help)
{
    return {.key = key,
            .label = label,
            .help = help,
            .lesson = lesson::names,
            .required = true,
            .initial = own_address,
            .check = check_service_address,
            .doubt = doubt_elsewhere};
}

Step names()
{
    return {.name = "names",
            .title = "Addresses of the services",
            .help = "All three are this box's own address unless the school has more boxes.",
            .fields = {service_address("ns.address", "Address of ns", "The name server."),
                       service_address("www.address", "Address of www", "The web page."),
                       service_address("mail.address", "Address of mail", "Mail and webmail.")},
            .first_time_only = true};
}

Step administrator()
{
    return {
        .name = "admin",
        .title = "The administrator",
        .help = "The administrator's login is admin.",
        .fields = {{.key = "lab",
                    .label = "Practice mode",
                    .help = "For a class that practises: easy passwords are allowed, and every page says so.",
                    .lesson = lesson::lab,
                    .type = FieldType::yes_no,
                    .required = true,
                    .choices = {"no", "yes"},
                    .choice_labels = {"no", "yes"},
                    .choose = "write yes or no",
                    .initial = fixed("no")},
                   {.key = "admin.password",
                    .label = "Password of admin",
                    .help = "At least 8 characters. Empty: the box makes a good one and shows it once, at the end.",
                    .lesson = lesson::admin_password,
                    .type = FieldType::password,
                    .required = true,
                    .can_be_made = true,
                    .check = check_admin_password}}};
}

Step users()
{
    return {.name = "users",
            .title = "The first users",
            .help = "ali and budi are examples. More can be added at any time.",
            .fields = {{.key = "users",
                        .label = "First users",
                        .help = "Login, password (empty: the box makes one and shows it at the end) and class.",
                        .lesson = lesson::users,
                        .type = FieldType::list,
                        .can_be_made = true,
                        .suggest =
                            [](Draft const& draft) {
                                return draft.value("now.is_there") == "yes" ? "" : "ali::X-TKJ-1, budi::X-TKJ-1";
                            },
                        .check = check_users}}};
}

Step outside()
{
    return {.name = "outside",
            .title = "Mail for other domains",
            .help = "Mail inside the school works in any case.",
            .fields = {
                {.key = "mail.outside",
                 .label = "Mail for outside goes",
                 .help = "Without Internet: nowhere. Who writes outside is told so at once.",
                 .lesson = lesson::outside,
                 .type = FieldType::choice,
                 .required = true,
                 .choices = {"offline", "direct", "smarthost"},
                 .choice_labels = {"nowhere", "directly", "by a smart host"},
                 .choose = "write offline, direct or smarthost",
                 .initial = fixed("direct"),
                 .suggest = [](Draft const& draft) { return draft.value("gateway").empty() ? "offline" : "direct"; }},
                {.key = "smarthost.host",
                 .label = "Smart host",
                 .help = "The provider's mail server, like mail.provider.id or mail.provider.id:465.",
                 .lesson = lesson::smarthost,
                 .required = true,
                 .check = check_smarthost,
                 .applies = sends_by_smarthost},
                {.key = "smarthost.user",
                 .label = "User there",
                 .help = "As the provider says; empty when the server asks for none.",
                 .lesson = lesson::smarthost,
                 .check = check_one_line,
                 .applies = sends_by_smarthost},
                {.key = "smarthost.password",
                 .label = "Password there",
                 .help = "Of the user at the provider.",
                 .lesson = lesson::smarthost,
                 .type = FieldType::password,
                 .check = check_one_line,
                 .applies = sends_by_smarthost}}};
}
} // namespace

std::vector<Step> const& steps()
{
    static std::vector<Step> const all = {language(),      school(), network(), names(),
                                          administrator(), users(),  outside()};
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
