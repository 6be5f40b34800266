#include "setup-tui/apply/smart_host.h"

#include "appliance/base/text.h"
#include "maild/queue/relay_table.h"

namespace setup
{

namespace
{
using maild::queue::Relay;
constexpr std::string_view everything_else = "default";
constexpr std::uint16_t port_smtp = 25, port_submission = 587, port_submissions = 465;

/// "mail.provider.id:465" (checked) and who logs in there. A password is sent over TLS with a good certificate only.
Relay relay_of(Draft const& draft)
{
    auto const host = draft.value("smarthost.host");
    auto const colon = host.find(':');
    auto const user = draft.value("smarthost.user");
    Relay relay;
    relay.way = Relay::Way::servers;
    relay.route.hosts = {base::lower(host.substr(0, colon))};
    relay.route.port = user.empty() ? port_smtp : port_submission;
    if (colon != std::string::npos)
        relay.route.port = static_cast<std::uint16_t>(base::parse_number(host.substr(colon + 1)).value_or(port_smtp));
    if (relay.route.port == port_submissions) relay.route.start = maild::remote::TlsStart::at_once;
    if (user.empty()) return relay;
    relay.route.tls = maild::remote::TlsRule::verified;
    relay.route.credentials = maild::remote::Credentials{user, draft.value("smarthost.password")};
    return relay;
}
} // namespace

base::Result<void> apply_smart_host(std::string const& state, Draft const& draft, std::string const& before)
{
    auto const path = state + "/" + maild::queue::relay_file;
    bool const is_wanted = draft.value("mail.outside") == "smarthost";
    if (!is_wanted && before.empty()) return {};
    auto relays = maild::queue::read_relays(path);
    if (!relays) return relays.error();
    auto const found = relays->find(everything_else);
    if (!is_wanted) {
        if (found == relays->end()) return {};
        relays->erase(found);
        return maild::queue::write_relays(path, *relays);
    }
    auto relay = relay_of(draft);
    auto& credentials = relay.route.credentials;
    if (credentials && credentials->password.empty() && found != relays->end() && found->second.route.credentials &&
        found->second.route.credentials->name == credentials->name)
        credentials->password = found->second.route.credentials->password;
    if (credentials && credentials->password.empty())
        return base::refused("smarthost.password", "the password at the smart host is missing",
                             "give it, or leave the user out");
    relays->insert_or_assign(std::string(everything_else), relay);
    return maild::queue::write_relays(path, *relays);
}

} // namespace setup
