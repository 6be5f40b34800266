#include "appliance/base/text.h"
#include "appliance/cli/nouns.h"
#include "appliance/cli/output.h"
#include "appliance/db/database.h"
#include "dnsd/zone/zone_store.h"
#include "maild/auth/key_ring.h"
#include "setup-tui/apply/mail_identity.h"

#include <algorithm>

namespace cli
{

namespace
{
using maild::auth::DkimKey;
using maild::auth::KeyMaker;
using maild::auth::KeyState;
constexpr char const* keys_folder = "dkim";

KeyMaker open_keys(Session& session)
{
    auto& school = session.school();
    return {school, keys_folder};
}

void publish(Session& session)
{
    ::setup::prepare_mail_identity(session.school(), session.dns(), session.zones(), keys_folder).value();
}

std::string owner_of(Session& session, DkimKey const& key)
{
    return key.selector + "._domainkey." + session.directory().domain() + ".";
}

bool serves_own_zone(Session& session)
{
    auto const zones = session.zones().zones();
    return std::any_of(zones.begin(), zones.end(), [&](auto const& zone) {
        return zone.name == session.directory().domain() + "." && zone.kind == dnsd::ZoneKind::primary;
    });
}

Json json_of(Session& session, DkimKey const& key, KeyState state)
{
    auto const until = key.publish_until ? Json::text(base::iso_date(*key.publish_until)) : Json::null();
    return Json::object({{"selector", Json::text(key.selector)},
                         {"generation", Json::text(key.generation)},
                         {"state", Json::text(maild::auth::show(state))},
                         {"made", Json::text(base::iso_date(key.made))},
                         {"signs_from", Json::text(base::iso_date(key.use_from))},
                         {"published_until", until},
                         {"name", Json::text(owner_of(session, key))},
                         {"record", Json::text(key.record)}});
}

/// For a zone that somebody else serves: what is to be entered there.
void print_records(Session& session)
{
    print("\n" +
          session.text("This box does not serve the zone of the school. Enter these records where it is served:") +
          "\n");
    auto const now = base::system_clock().now();
    auto const policy = ::setup::read_mail_policy(session.directory(), session.zones());
    for (auto const& record : ::setup::mail_records(policy, open_keys(session).keys(), now))
        print(record.owner + "\t" + std::to_string(record.ttl) + "\tIN\t" + record.type + "\t" + record.rdata + "\n");
}

int list(Session& session, Arguments const& arguments)
{
    auto const keys = open_keys(session).keys();
    auto const now = base::system_clock().now();
    std::vector<Json> entries;
    std::vector<std::vector<std::string>> rows = {{session.text("SELECTOR"), session.text("STATE"),
                                                   session.text("SIGNS FROM"), session.text("PUBLISHED UNTIL")}};
    for (auto const& key : keys) {
        auto const state = maild::auth::state_of(key, keys, now);
        if (state == KeyState::gone) continue;
        entries.push_back(json_of(session, key, state));
        rows.push_back({key.selector, session.text(maild::auth::show(state)), session.show_time(key.use_from),
                        key.publish_until ? session.show_time(*key.publish_until) : "-"});
    }
    if (arguments.has("--json")) {
        print(Json::array(entries));
        return 0;
    }
    if (entries.empty())
        print(session.text("There are no keys yet; 'kotakpos run' makes them when it starts.") + "\n");
    print(show_table(rows));
    if (!serves_own_zone(session)) print_records(session);
    return 0;
}

int make(Session& session, Arguments const& arguments)
{
    auto keys = open_keys(session);
    auto const made = keys.make_next().value();
    publish(session);
    if (arguments.has("--json")) {
        print(Json::object({{"generation", Json::text(made)}}));
        return 0;
    }
    print(session.text(
              "The keys {1} are made and published. They sign by themselves in two hours, when all servers can "
              "know them; the present ones stay published for a week after that.",
              {made}) +
          "\n");
    return 0;
}

int use(Session& session, Arguments const& arguments)
{
    auto const& name = arguments.operands.front();
    open_keys(session).use(name).value();
    publish(session);
    print(session.text("Mail is signed with {1} from now on.", {name}) + "\n");
    return 0;
}

int retire(Session& session, Arguments const& arguments)
{
    auto const& name = arguments.operands.front();
    open_keys(session).retire(name).value();
    publish(session);
    print(session.text("{1} leaves the zone in a week.", {name}) + "\n");
    return 0;
}
} // namespace

std::vector<Command> dkim_commands()
{
    return {
        {"list", "", 0, 0, {{"--json", ""}}, "Lists the keys that outgoing mail is signed with (DKIM).", list},
        {"new", "", 0, 0, {{"--json", ""}}, "Makes new keys and publishes them; they take over by themselves.", make},
        {"use", "SELECTOR", 1, 1, {}, "Signs with these keys from now on.", use},
        {"retire", "SELECTOR", 1, 1, {}, "Takes keys out of the zone after a week.", retire},
    };
}

} // namespace cli
