#include "appliance/base/cursor.h"
#include "appliance/base/text.h"
#include "appliance/cli/nouns.h"
#include "appliance/cli/output.h"
#include "appliance/daemon/sockets.h"
#include "appliance/message/address.h"
#include "maild/queue/relay_table.h"

#include <iostream>
#include <optional>

namespace cli
{

namespace
{
using maild::queue::Relay;
using maild::queue::Relays;
using maild::remote::TlsRule;
using maild::remote::TlsStart;

constexpr std::uint16_t port_smtp = 25;
constexpr std::uint16_t port_submission = 587; // what a smart host with a login listens on
constexpr std::uint16_t port_submissions = 465;

Relays read_all(Session& session)
{
    session.enter_state_folder();
    return maild::queue::read_relays(maild::queue::relay_file).value();
}

bool is_domain(std::string_view text)
{
    base::Cursor cursor(text);
    return !text.starts_with('[') && message::parse_domain(cursor, message::Utf8::allow).ok() && cursor.at_end();
}

/// "default", "far.example" or "*.far.example", in lower case.
std::string must_be_domain(Session& session, std::string const& text)
{
    auto const domain = base::lower(text);
    if (domain == "default") return domain;
    auto const bare = domain.starts_with("*.") ? domain.substr(2) : domain;
    if (!is_domain(bare))
        throw base::Failure(base::refused(text, "this is no domain",
                                          "write a name like gmail.com, *.gmail.com or "
                                          "default"));
    if (session.directory().is_local_domain(domain))
        throw base::Failure(base::refused(text, "this is the school's own domain: its mail stays in this box",
                                          "give the other server a domain of its own, or use an alias"));
    return domain;
}

base::Error bad_host(std::string const& text)
{
    return base::refused(text, "this is no server",
                         "write mail.example.com, 192.0.2.1:587, [2001:db8::1]:587, mx:example.com, mx or offline");
}

/// Splits "host:port", "[v6]:port", "[host]"; takes the port away.
std::string split_host(std::string const& text, std::optional<std::uint16_t>& port)
{
    auto const closing = text.rfind(']');
    auto const colon = text.rfind(':');
    bool const has_port = colon != std::string::npos && (closing == std::string::npos || colon > closing);
    auto host = has_port ? text.substr(0, colon) : text;
    if (has_port) {
        auto const number = base::parse_number(std::string_view(text).substr(colon + 1), 65535);
        if (!number || *number == 0) throw base::Failure(bad_host(text));
        port = static_cast<std::uint16_t>(*number);
    }
    if (host.starts_with('[') && host.ends_with(']') && host.find(':') == std::string::npos)
        host = host.substr(1, host.size() - 2); // as Postfix has it: this very host
    auto const literal = host.starts_with('[') && host.ends_with(']') ? host.substr(1, host.size() - 2) : host;
    if (!net::IpAddress::parse(literal) && !is_domain(host)) throw base::Failure(bad_host(text));
    return literal;
}

void set_tls(Relay& relay, std::string const& word)
{
    auto& route = relay.route;
    if (word == "implicit") {
        route.start = TlsStart::at_once;
        route.tls = route.credentials ? TlsRule::verified : TlsRule::encrypted;
    } else if (word == "required") {
        route.tls = TlsRule::encrypted;
    } else if (word == "verified") {
        route.tls = TlsRule::verified;
    } else if (word == "never" && !route.credentials) {
        route.tls = TlsRule::never;
    } else if (word != "opportunistic" || route.credentials) {
        throw base::Failure(base::refused(
            word, route.credentials ? "a password is not sent in clear text" : "there is no such way to use TLS",
            "write required, verified, implicit or (without a password) opportunistic or never"));
    }
}

maild::remote::Credentials read_credentials(Arguments const& arguments)
{
    if (!arguments.has("--password-stdin"))
        throw base::Failure(
            base::refused("--user", "its password is missing", "give it on standard input with --password-stdin"));
    std::string password;
    std::getline(std::cin, password);
    auto const name = arguments.value("--user").value_or("");
    auto const is_plain = [](std::string const& text) {
        return !text.empty() && text.find_first_of("\t\r\n") == std::string::npos;
    };
    if (!is_plain(name) || !is_plain(password))
        throw base::Failure(
            base::refused("--user", "the name or its password is empty or has a tab in it", "check what was given"));
    return {name, password};
}

Relay make_relay(Arguments const& arguments)
{
    auto const& target = arguments.operands[1];
    Relay relay;
    if (target == "offline") {
        relay.way = Relay::Way::offline;
        return relay;
    }
    std::optional<std::uint16_t> port;
    if (target.starts_with("mx:")) {
        relay.mx_of = base::lower(target.substr(3));
        if (!is_domain(relay.mx_of)) throw base::Failure(bad_host(target));
    } else if (target != "mx") {
        relay.way = Relay::Way::servers;
        relay.route.hosts = {split_host(target, port)};
    }
    if (arguments.has("--user")) {
        if (relay.way == Relay::Way::by_mx)
            throw base::Failure(base::refused("--user", "a password goes only to a server that you name",
                                              "write the server's name instead of mx"));
        relay.route.credentials = read_credentials(arguments);
        relay.route.tls = TlsRule::verified;
    }
    if (auto const tls = arguments.value("--tls")) set_tls(relay, *tls);
    relay.route.port = port.value_or(relay.route.start == TlsStart::at_once ? port_submissions
                                     : relay.route.credentials              ? port_submission
                                                                            : port_smtp);
    return relay;
}

std::string show_way(Session& session, Relay const& relay)
{
    if (relay.way == Relay::Way::offline) return session.text("offline: mail waits");
    if (relay.way == Relay::Way::by_mx)
        return relay.mx_of.empty() ? session.text("its own servers (MX)")
                                   : session.text("the servers of {1} (MX)", {relay.mx_of});
    return base::join(relay.route.hosts, ", ") + ':' + std::to_string(relay.route.port);
}

std::string_view show_tls(maild::remote::Route const& route)
{
    if (route.start == TlsStart::at_once) return "implicit";
    switch (route.tls) {
    case TlsRule::opportunistic: return "opportunistic";
    case TlsRule::encrypted: return "required";
    case TlsRule::verified: return "verified";
    case TlsRule::never: return "never";
    }
    return "";
}

std::string user_of(Relay const& relay) { return relay.route.credentials ? relay.route.credentials->name : ""; }

int list(Session& session, Arguments const& arguments)
{
    auto const relays = read_all(session);
    std::vector<Json> entries;
    std::vector<std::vector<std::string>> rows = {
        {session.text("DOMAIN"), session.text("GOES TO"), session.text("TLS"), session.text("LOGIN")}};
    for (auto const& [domain, relay] : relays) {
        auto const& hosts = relay.route.hosts;
        entries.push_back(Json::object({{"domain", Json::text(domain)},
                                        {"way", Json::text(relay.way == Relay::Way::servers   ? "servers"
                                                           : relay.way == Relay::Way::offline ? "offline"
                                                                                              : "mx")},
                                        {"hosts", Json::texts(hosts)},
                                        {"mx_of", Json::text(relay.mx_of)},
                                        {"port", Json::number(relay.route.port)},
                                        {"tls", Json::text(show_tls(relay.route))},
                                        {"user", Json::text(user_of(relay))}}));
        rows.push_back({domain, show_way(session, relay), std::string(show_tls(relay.route)), user_of(relay)});
    }
    if (arguments.has("--json")) {
        print(Json::array(entries));
        return 0;
    }
    if (relays.empty())
        print(session.text("Mail goes to the servers of each domain (MX); there are no routes.") + "\n");
    print(show_table(rows));
    return 0;
}

/// The way that mail for one domain takes, by whichever route.
int show(Session& session, Arguments const& arguments)
{
    auto const domain = must_be_domain(session, arguments.operands[0]);
    auto const relay = maild::queue::find_relay(read_all(session), domain);
    print(session.text("Mail for {1} goes this way: {2}", {domain, show_way(session, relay)}) + "\n");
    if (relay.way != Relay::Way::offline) print("TLS: " + std::string(show_tls(relay.route)) + "\n");
    if (relay.route.credentials) print(session.text("LOGIN") + ": " + user_of(relay) + "\n");
    return 0;
}

int set(Session& session, Arguments const& arguments)
{
    auto relays = read_all(session);
    auto const domain = must_be_domain(session, arguments.operands[0]);
    auto relay = make_relay(arguments);
    print(session.text("Mail for {1} goes this way: {2}", {domain, show_way(session, relay)}) + "\n");
    relays[domain] = std::move(relay);
    maild::queue::write_relays(maild::queue::relay_file, relays).value();
    service::poke("run/queue.poke");
    return 0;
}

int remove(Session& session, Arguments const& arguments)
{
    auto relays = read_all(session);
    auto const domain = base::lower(arguments.operands[0]);
    if (relays.erase(domain) == 0)
        throw base::Failure(base::refused(domain, "there is no such route", "see 'kotakpos route list'"));
    maild::queue::write_relays(maild::queue::relay_file, relays).value();
    service::poke("run/queue.poke");
    print(session.text("The route of {1} was deleted.", {domain}) + "\n");
    return 0;
}
} // namespace

std::vector<Command> route_commands()
{
    return {
        {"list", "", 0, 0, {{"--json", ""}}, "Lists which way mail for other domains leaves.", list},
        {"set",
         "DOMAIN|*.DOMAIN|default HOST[:PORT]|mx:DOMAIN|mx|offline",
         2,
         2,
         {{"--tls", "required|verified|implicit|opportunistic|never"}, {"--user", "NAME"}, {"--password-stdin", ""}},
         "Sends mail for a domain, or all of it (default), through a server that you name.",
         set},
        {"show", "DOMAIN|default", 1, 1, {}, "Shows which way mail for a domain leaves.", show},
        {"delete", "DOMAIN|default", 1, 1, {}, "Deletes a route: the mail goes as all other mail does.", remove},
    };
}

} // namespace cli
