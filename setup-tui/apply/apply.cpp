#include "setup-tui/apply.h"

#include "appliance/base/file.h"
#include "appliance/base/text.h"
#include "appliance/db/database.h"
#include "appliance/directory/directory.h"
#include "appliance/i18n/catalog.h"
#include "appliance/supervisor/layout.h"
#include "appliance/tls/authority.h"
#include "dnsd/sign/signer.h"
#include "dnsd/zone/zone_store.h"
#include "setup-tui/apply/machine.h"
#include "setup-tui/apply/mail_identity.h"
#include "setup-tui/apply/moved.h"
#include "setup-tui/apply/network.h"
#include "setup-tui/apply/page.h"
#include "setup-tui/apply/ready.h"
#include "setup-tui/apply/school.h"
#include "setup-tui/apply/smart_host.h"
#include "setup-tui/apply/undo.h"

#include <cstdio>

namespace setup
{

namespace
{
tls::Identity identity(Draft const& draft)
{
    tls::Identity who;
    who.school_name = draft.value("school.name");
    who.domain = draft.value("domain");
    who.hostname = draft.value("hostname");
    for (auto const* key : {"address", "ns.address", "www.address", "mail.address"})
        who.addresses.push_back(draft.value(key));
    who.loopback = draft.value("lab") == "yes";
    return who;
}

/// A host name without a dot is one of the school's own; names are kept in lower case.
Draft normalised(Draft draft)
{
    draft.set("domain", base::lower(draft.value("domain")));
    auto host = base::lower(draft.value("hostname"));
    if (host.find('.') == std::string::npos) host += "." + draft.value("domain");
    draft.set("hostname", host);
    return draft;
}

/// The smart host, and what the next wizard and the school's SPF record know of it. Never its password: settings are
/// read by more programs.
base::Result<void> fill_routes(db::Database& school, std::string const& state, Draft const& draft)
{
    auto const people = directory::make_sql_directory(school);
    if (auto set = apply_smart_host(state, draft, people->setting(smart_host_setting).value_or("")); !set) return set;
    for (auto const& [setting, key] :
         {std::pair(smart_host_setting, "smarthost.host"), std::pair(smart_host_user_setting, "smarthost.user")})
        if (people->setting(setting).value_or("") != draft.value(key)) people->set_setting(setting, draft.value(key));
    return {};
}

base::Error disk_error(std::string const& state, base::StoreError const& error)
{
    if (error.fault() == base::StoreFault::full)
        return base::failed(state, "the disk is full",
                            "make room, then run setup again: it completes what is missing");
    return base::failed(state, error.what(), "correct the cause, then run setup again: it completes what is missing");
}
} // namespace

std::vector<Part> const& parts()
{
    static std::vector<Part> const all = {Part::check, Part::machine,     Part::dns,    Part::people,
                                          Part::page,  Part::certificate, Part::network};
    return all;
}

std::string_view title(Part part)
{
    switch (part) {
    case Part::check: return "Room, rights and ports";
    case Part::machine: return "Configuration and folders";
    case Part::dns: return "Zones of the name server";
    case Part::people: return "Users, classes and settings";
    case Part::page: return "First web page";
    case Part::certificate: return "The school's CA and the server's certificate";
    case Part::network: break;
    }
    return "Network of this computer";
}

base::Result<Report> apply(Draft const& answers, Way const& way)
{
    auto const begin = [&](Part part) {
        if (way.progress) way.progress(part);
    };
    begin(Part::check);
    auto const draft = normalised(answers);
    auto machine = plan_machine(draft, way.config_file);
    if (!machine) return machine.error();
    auto const& state = machine->config.state;
    if (auto ready = check_ready(machine->config, way.needs_ports); !ready) return ready.error();
    auto const domain = existing_domain(state);
    if (!domain) return domain.error();
    if (!domain->empty() && *domain != draft.value("domain"))
        return base::refused(state, "another school is set up here already; a new domain would orphan its mail",
                             "use its own domain in the answers, or another state folder");
    auto const before = existing_answers(state);
    if (!before) return before.error();
    move_network(*machine, *before, draft);

    Report report;
    report.config_file = way.config_file;
    report.state = state;
    report.config_made = machine->is_new;
    report.config_changed = machine->changed;
    Undo undo(machine->config, way.config_file);
    begin(Part::machine);
    if (auto written = write_machine(*machine, way.config_file); !written) return written.error();
    try {
        // The zones before the people: `domain` in the settings, written last, says that all of it is there.
        begin(Part::dns);
        db::Database dns({.path = machine->config.in_state("dns/dns.db"), .schema = "dns"});
        auto const zones = dnsd::make_sql_zone_store(dns, dnsd::make_signer(machine->config.in_state("dns-keys")));
        if (auto filled = fill_dns(dns, draft, report); !filled) return filled.error();
        if (auto moved = move_addresses(*zones, *before, draft); !moved) return moved.error();
        begin(Part::people);
        db::Database school({.path = machine->config.in_state("school/school.db"), .schema = "school"});
        if (auto filled = fill_school(school, draft, report); !filled) return filled.error();
        if (auto set = fill_routes(school, state, draft); !set) return set.error();
        if (auto made = prepare_mail_identity(school, dns, *zones, machine->config.in_state("dkim")); !made)
            return made.error();
        if (way.sets_passwords)
            if (auto set = set_first_passwords(school, draft); !set) return set.error();
    } catch (base::StoreError const& error) { // as in school.cpp: a sentence for a person
        return disk_error(state, error);
    }
    begin(Part::page);
    if (auto page = write_first_page(state, draft.value("school.name"), draft.value("domain")); !page)
        return page.error();
    begin(Part::certificate);
    if (auto made = tls::prepare(state, identity(draft)); !made) return made.error();
    // After a power cut the box may be running already, on half of this: what was made now is its daemons' at once.
    if (auto owned = supervisor::prepare_layout(state); !owned) return owned.error();
    begin(Part::network);
    if (auto applied = apply_network(draft); !applied) return applied.error();
    undo.keep();
    return report;
}

std::string show(Report const& report, Draft const& draft)
{
    auto const& catalog = i18n::catalog(draft.value("language"));
    auto const line = [&](std::string_view id, std::vector<std::string> const& arguments) {
        return base::format(catalog.text(id), arguments) + "\n";
    };
    auto const domain = draft.value("domain");
    auto text = report.school_made
                    ? line("The school {1} is set up in {2}.", {domain, report.state})
                    : line("The school {1} in {2} was there already; it is up to date now and nothing was deleted.",
                           {domain, report.state});
    if (report.config_made) text += line("Configuration: {1}", {report.config_file});
    if (!report.users_added.empty()) text += line("Users added: {1}", {base::join(report.users_added, ", ")});
    if (!report.users_kept.empty())
        text += line("Users kept as they are (admin got the password of the answers): {1}",
                     {base::join(report.users_kept, ", ")});
    if (!report.zones_made.empty()) text += line("Zones made: {1}", {base::join(report.zones_made, ", ")});
    if (draft.value("lab") == "yes")
        text += line("Practice mode is on: any password is accepted. Not for a school in real use.", {});
    return text;
}

base::Result<void> run_answers(std::string const& answers_file, std::string const& config_file)
{
    constexpr std::size_t largest_answers = 1 << 20;
    auto const text = base::read_file(answers_file, largest_answers);
    if (!text) return base::refused(answers_file, text.error().why, "name a readable file with --answers FILE");
    Draft known;
    if (owns_network()) known.set("now.is_ours", "yes");
    auto const draft = read_answers(*text, answers_file, known);
    if (!draft) return draft.error();
    auto const report = apply(*draft, {.config_file = config_file});
    if (!report) return report.error();
    std::fputs(show(*report, *draft).c_str(), stdout);
    return {};
}

} // namespace setup
