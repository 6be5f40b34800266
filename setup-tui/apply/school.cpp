#include "setup-tui/apply/school.h"

#include "appliance/base/text.h"
#include "appliance/db/database.h"
#include "appliance/directory/directory.h"
#include "dnsd/zone/forwarder_setting.h"
#include "dnsd/zone/record_list.h"
#include "dnsd/zone/school_zones.h"
#include "setup-tui/apply/network.h"
#include "setup-tui/apply/smart_host.h"
#include "setup-tui/steps/checks.h"

#include <algorithm>
#include <unistd.h>

namespace setup
{

namespace
{
void write_settings(directory::Directory& people, Draft const& draft)
{
    for (auto const* key : {"school.name", "hostname", "language", "lab", "address", "gateway", "forwarders",
                            "network.method", "network.interface", "ns.address", "www.address", "mail.address"})
        if (people.setting(key) != draft.value(key)) people.set_setting(key, draft.value(key));
    auto const dhcp = draft.value(dhcp_key) == "yes" ? "yes" : "no";
    if (people.setting(dhcp_key).value_or("no") != dhcp) people.set_setting(dhcp_key, dhcp);
    auto const outside = draft.value("mail.outside") == "offline" ? "offline" : "direct";
    if (people.setting("mail.outside") != outside) people.set_setting("mail.outside", outside);
    // Last: it says that the school is there.
    if (people.setting("domain") != draft.value("domain")) people.set_setting("domain", draft.value("domain"));
}

base::Result<std::vector<dnsd::ZoneDraft>> zones_of(Draft const& draft)
{
    return dnsd::make_school_zones({.domain = draft.value("domain"),
                                    .network = draft.value("address"),
                                    .ns_address = draft.value("ns.address"),
                                    .www_address = draft.value("www.address"),
                                    .mail_address = draft.value("mail.address"),
                                    .hostname = draft.value("hostname")});
}

base::Result<void> make_zones(db::Database& dns, Draft const& draft, Report& report)
{
    auto const drafts = zones_of(draft);
    if (!drafts) return drafts.error();
    auto const zones = dnsd::make_sql_zone_store(dns);
    auto const have = zones->zones();
    for (auto const& zone : *drafts) {
        bool const is_there =
            std::any_of(have.begin(), have.end(), [&](auto const& other) { return other.name == zone.name; });
        if (is_there) continue; // somebody may have changed it by now
        if (auto put = zones->put_zone(zone); !put) return put;
        report.zones_made.push_back(zone.name);
    }
    return {};
}

base::Result<void> add_class(directory::Directory& people, std::string const& name)
{
    if (name.empty()) return {};
    for (auto const& there : people.classes())
        if (base::equal_ignoring_case(there.name, name)) return {};
    return people.add_class(name);
}

std::vector<UserEntry> wanted_users(Draft const& draft)
{
    std::vector<UserEntry> users;
    if (auto const password = draft.value("admin.password"); !password.empty())
        users.push_back({"admin", password, "", "admin"});
    for (auto const& part : base::split_list(draft.value("users")))
        if (auto user = parse_user(part)) users.push_back(std::move(*user));
    return users;
}

base::Result<void> add_people(directory::Directory& people, Draft const& draft, Report& report)
{
    std::vector<directory::NewUser> missing;
    for (auto const& wanted : wanted_users(draft)) {
        if (people.find_user(wanted.login)) {
            report.users_kept.push_back(wanted.login);
            continue;
        }
        if (auto added = add_class(people, wanted.class_name); !added) return added;
        directory::NewUser user;
        user.login = wanted.login;
        user.password = wanted.password;
        user.class_name = wanted.class_name;
        user.role = directory::parse_role(wanted.role).value_or(directory::Role::pupil);
        missing.push_back(std::move(user));
        report.users_added.push_back(wanted.login);
    }
    if (missing.empty()) return {};
    auto const added = people.add_users(std::move(missing));
    if (!added) return added.error();
    return {};
}
} // namespace

base::Result<std::string> existing_domain(std::string const& state)
{
    auto const path = state + "/school/school.db";
    if (::access(path.c_str(), F_OK) != 0) return std::string();
    try {
        db::Database school({.path = path, .schema = "school"});
        return directory::make_sql_directory(school)->domain();
    } catch (base::StoreError const& error) { // a person asked; the answer is a sentence, not a stack
        return base::failed(path + " (" + error.what() + ")", "the school database cannot be read",
                            "check the file's owner and the disk, or restore a backup");
    }
}

base::Result<Draft> existing_answers(std::string const& state)
{
    auto const domain = existing_domain(state);
    if (!domain) return domain.error();
    Draft draft;
    if (domain->empty()) return draft;
    db::Database school({.path = state + "/school/school.db", .schema = "school"});
    auto const people = directory::make_sql_directory(school);
    for (auto const& step : steps())
        for (auto const& field : step.fields)
            if (auto const value = people->setting(field.key)) draft.set(field.key, *value);
    if (auto const host = people->setting(smart_host_setting).value_or(""); !host.empty()) {
        draft.set("mail.outside", "smarthost");
        draft.set("smarthost.host", host);
        draft.set("smarthost.user", people->setting(smart_host_user_setting).value_or(""));
    }
    draft.set("now.is_there", "yes");
    draft.set("now.domain", *domain);
    return draft;
}

base::Result<void> fill_school(db::Database& school, Draft const& draft, Report& report)
{
    auto const people = directory::make_sql_directory(school);
    report.school_made = people->domain().empty();
    // Practice mode first: the rules for passwords depend on it.
    people->set_setting("lab", draft.value("lab"));
    if (auto added = add_people(*people, draft, report); !added) return added;
    bool const admin_was_there = // and is to have another password
        std::find(report.users_kept.begin(), report.users_kept.end(), "admin") != report.users_kept.end();
    if (admin_was_there)
        if (auto set = people->set_password("admin", draft.value("admin.password")); !set) return set;
    write_settings(*people, draft);
    return {};
}

base::Result<void> set_first_passwords(db::Database& school, Draft const& draft)
{
    auto const people = directory::make_sql_directory(school);
    for (auto const& user : wanted_users(draft))
        if (auto set = people->set_password(user.login, user.password); !set) return set;
    return {};
}

std::string zone_preview(Draft const& draft)
{
    auto const zones = zones_of(draft);
    if (!zones) return zones.error().line();
    std::string text;
    for (auto const& zone : *zones) text += dnsd::show_zone_file(zone.records, zone.name) + "\n";
    return text;
}

base::Result<void> fill_dns(db::Database& dns, Draft const& draft, Report& report)
{
    if (auto made = make_zones(dns, draft, report); !made) return made;
    auto const answer = draft.value("forwarders");
    // The image has a recursive resolver of its own (unbound), for schools that name no other.
    bool const asks_own = answer.empty() && owns_network();
    return dnsd::set_forwarders(dns, dnsd::parse_forwarders(asks_own ? own_resolver : answer));
}

} // namespace setup
