#include "maild/queue/remote.h"

#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/message/header.h"
#include "maild/auth/outbound.h"
#include "maild/host_name.h"
#include "maild/limits.h"

#include <algorithm>
#include <numeric>

namespace maild::queue
{

namespace
{
/// "5.0.0" for a reply without an enhanced code.
std::string status_of(remote::ServerReply const& reply)
{
    return reply.enhanced.empty() ? std::to_string(reply.code / 100) + ".0.0" : reply.enhanced;
}

/// Connections of another way (port, login) are not for this job.
std::string connection_key(RemoteJob const& job)
{
    auto const& route = job.route;
    return job.destination + ' ' + job.mx_of + ' ' + base::join(route.hosts, ",") + ' ' + std::to_string(route.port) +
           ' ' + (route.credentials ? route.credentials->name : "");
}

/// Somebody of ours sent it after login, or it is our own report: that has never come in, so it has no Received
/// field. A stranger's mail that an alias passes on must not get the school's word for the From it names.
bool is_ours(Message const& message)
{
    if (!message.envelope.login.empty()) return true;
    if (!message.envelope.sender.empty()) return false;
    auto const header = message.body.read(message.return_path, limits::header_looked_at);
    return !message::Header::parse(header).find("Received");
}

std::string describe(remote::OpenConnection const& open)
{
    switch (open.client.security()) {
    case remote::Security::clear: return "none";
    case remote::Security::encrypted: return "encrypted";
    case remote::Security::verified: break;
    }
    return "verified by " + open.demand.by;
}

/// What a policy of MTA-STS that only tests would have stopped.
void log_testing(remote::MailHost const& host, std::string_view why)
{
    base::log(base::Level::warning, "", "sts-testing", {{"host", host.name}, {"why", std::string(why)}});
}
} // namespace

RemoteDelivery::RemoteDelivery(Context const& context, remote::DestinationLookup& lookup)
    : context_(context), settling_(context), lookup_(lookup)
{
}

Reception RemoteDelivery::run(RemoteJob const& job)
{
    Way way{job, lookup_.find(job.mx_of.empty() ? job.destination : job.mx_of, job.route), connection_key(job)};
    way.open = connections_.take(way.key);
    Reception reception;
    for (auto const& message : job.messages) {
        auto attempt = try_message(way, message);
        settling_.settle(message, attempt.outcomes, std::move(attempt.events));
        for (auto const& outcome : attempt.outcomes)
            if (outcome.kind == Outcome::Kind::later)
                reception = {Reception::Kind::busy, outcome.reply.empty() ? outcome.reason : outcome.reply};
        if (attempt.reached == Reached::yes) continue;
        reception.kind = Reception::Kind::nobody;
        break;
    }
    if (way.open && way.open->client.takes_more())
        connections_.keep(std::move(*way.open));
    else if (way.open)
        way.open->client.quit();
    return reception;
}

void RemoteDelivery::note(Attempt& attempt, Outcome const& outcome)
{
    for (auto const index : attempt.waiting) attempt.outcomes[index] = outcome;
}

void RemoteDelivery::trace(Attempt& attempt, TraceKind kind, std::vector<std::size_t> const& recipients)
{
    for (auto const index : recipients) {
        auto const& outcome = attempt.outcomes[index];
        attempt.events.push_back({.message = attempt.message.id,
                                  .kind = kind,
                                  .recipient = attempt.message.recipients[index].address,
                                  .place = outcome.host,
                                  .status = outcome.status,
                                  .reply = outcome.reply.empty() ? outcome.reason : outcome.reply});
    }
}

RemoteDelivery::Attempt RemoteDelivery::try_message(Way& way, Message const& message)
{
    using Kind = Outcome::Kind;
    auto& destination = way.destination;
    bool const is_nowhere = destination.kind == remote::Destination::Kind::nowhere;
    Outcome const unasked{is_nowhere ? Kind::failed : Kind::later, destination.status, destination.reason, {}, {}};
    auto const count = message.recipients.size();
    Attempt attempt{
        message, {count, unasked}, std::vector<std::size_t>(count), is_nowhere ? Reached::yes : Reached::no};
    std::iota(attempt.waiting.begin(), attempt.waiting.end(), 0U);
    if (destination.kind != remote::Destination::Kind::found) return attempt;

    auto const header = message.body.read(message.return_path, limits::header_looked_at);
    auto const wish = remote::tls_wish(message.envelope.require_tls, header);
    if (wish != remote::TlsWish::optional) lookup_.find_policies(destination, way.job.route);
    auto hosts = destination.hosts;
    if (way.open) { // rather this one than those that did not answer a moment ago
        auto const is_open = [&](auto const& host) { return host.endpoint == way.open->host.endpoint; };
        std::stable_partition(hosts.begin(), hosts.end(), is_open);
    }
    for (auto const& host : hosts) {
        if (try_host(way, host, attempt, wish) == NextHost::no) break;
        if (&host != &hosts.back()) trace(attempt, TraceKind::tried, attempt.waiting);
    }
    return attempt;
}

RemoteDelivery::NextHost RemoteDelivery::try_host(Way& way, remote::MailHost const& host, Attempt& attempt,
                                                  remote::TlsWish wish)
{
    using Kind = Outcome::Kind;
    auto const id = show(attempt.message.id);
    auto const decision = remote::decide_tls(way.job.route, way.destination, host, wish);
    bool const is_required = wish == remote::TlsWish::required;
    if (!decision.warning.empty()) log_testing(host, decision.warning);
    if (!decision.obstacle.empty()) {
        base::log(base::Level::warning, "", "tls-refused",
                  {{"id", id}, {"host", host.name}, {"why", decision.obstacle}});
        auto const kind = decision.status.starts_with('5') ? Kind::failed : Kind::later;
        note(attempt, {kind, decision.status, decision.obstacle, host.name, {}});
        if (is_required) attempt.reached = Reached::yes; // the others may go
        return NextHost::yes;
    }
    try {
        return deliver(way, host, attempt, decision.demand);
    } catch (remote::TlsFailure const& error) { // and it may not go without
        base::log(base::Level::warning, "", "tls-refused",
                  {{"id", id}, {"host", host.name}, {"by", decision.demand.by}, {"why", error.what()}});
        note(attempt, {is_required ? Kind::failed : Kind::later, is_required ? "5.7.10" : "4.7.5", // RFC 8689 4.2.1
                       "the other server could not prove that it is the right one", host.name, error.what()});
        if (is_required) attempt.reached = Reached::yes;
        return NextHost::yes;
    } catch (net::Disconnected const& error) { // this server is not there: perhaps the next one
        way.open.reset();
        base::log(base::Level::info, "", "unreachable",
                  {{"host", host.name}, {"address", host.endpoint.show()}, {"why", error.what()}});
        note(attempt, {Kind::later, "4.4.1", "no connection to the other server", host.name, {}});
        return NextHost::yes;
    }
}

/// As many transactions as the server's limits make necessary, over new connections where those do.
RemoteDelivery::NextHost RemoteDelivery::deliver(Way& way, remote::MailHost const& host, Attempt& attempt,
                                                 remote::TlsDemand const& demand)
{
    auto next_host = NextHost::no;
    while (next_host == NextHost::no && !attempt.waiting.empty()) next_host = transact(way, host, attempt, demand);
    return next_host;
}

/// One transaction, over the open connection when it is good enough, else over a new one. A used connection that
/// breaks is no failure: `yes` only when a fresh one does not do.
RemoteDelivery::NextHost RemoteDelivery::transact(Way& way, remote::MailHost const& host, Attempt& attempt,
                                                  remote::TlsDemand const& demand)
{
    auto const& next = attempt.message.recipients[attempt.waiting.front()];
    bool const is_used = way.open && way.open->serves(host, demand) && way.open->client.takes_more(next);
    try {
        if (!is_used) {
            if (way.open) way.open->client.quit();
            way.open.reset();
            way.open.emplace(remote::OpenConnection{way.key, host, demand, connect(way, host, demand)});
        }
        send(way, attempt);
    } catch (remote::ServerRefusal const& refusal) { // counts for every recipient
        bool const is_ending = refusal.reply().code == 421;
        if (is_ending) way.open.reset();
        if (!is_ending || !is_used) return refused(attempt, host.name, refusal.reply());
    } catch (net::Disconnected const&) {
        way.open.reset();
        if (!is_used) throw;
    }
    return NextHost::no;
}

RemoteDelivery::NextHost RemoteDelivery::refused(Attempt& attempt, std::string const& host,
                                                 remote::ServerReply const& reply)
{
    using Kind = Outcome::Kind;
    auto const kind = reply.is_permanent() ? Kind::failed : Kind::later;
    attempt.reached = Reached::yes;
    if (reply.is_ours) { // another server of the domain may be able to
        note(attempt, {kind, status_of(reply), reply.text, host, {}});
        return NextHost::yes;
    }
    note(attempt, {kind, status_of(reply), "the other server refused", host, reply.show()});
    if (!reply.is_permanent()) return NextHost::yes;
    attempt.waiting.clear();
    return NextHost::no;
}

remote::SmtpClient RemoteDelivery::connect(Way const& way, remote::MailHost const& host,
                                           remote::TlsDemand const& demand)
{
    auto now = demand;
    if (demand.is_testing) {
        try {
            auto client = connect_once(way, host, demand);
            if (client.security() == remote::Security::clear) log_testing(host, "the server offers no TLS");
            return client;
        } catch (remote::TlsFailure const& error) {
            log_testing(host, error.what());
        }
        now.peer.verify = false;
    }
    try {
        return connect_once(way, host, now);
    } catch (remote::TlsFailure const& error) { // RFC 7435: TLS that does not work is no reason not to deliver
        bool const may_go_without = demand.least == remote::Security::clear && !way.job.route.credentials;
        if (!may_go_without) throw;
        base::log(base::Level::warning, "", "tls-failed", {{"host", host.name}, {"why", error.what()}});
    }
    now.try_tls = false;
    return connect_once(way, host, now);
}

remote::SmtpClient RemoteDelivery::connect_once(Way const& way, remote::MailHost const& host,
                                                remote::TlsDemand const& demand)
{
    remote::SmtpClient client(net::Stream::connect(host.endpoint, net::after(limits::connect_wait)),
                              host_name(context_.config, context_.directory));
    client.open(tls_.context(), demand, way.job.route.credentials);
    return client;
}

std::string RemoteDelivery::outgoing_headers(Message const& message, remote::Content const& content)
{
    if (!context_.signer || !is_ours(message)) return {};
    auto const cache_name = content.rewritten ? "" : show(message.id); // other bytes, another signature
    return context_.signer->fields_for(
        [&](std::uint64_t offset, std::size_t most) { return content.read(offset, most); }, cache_name);
}

void RemoteDelivery::send(Way& way, Attempt& attempt)
{
    using Kind = Outcome::Kind;
    auto& client = way.open->client;
    auto const host = way.open->host.name;
    std::vector<Recipient> recipients;
    for (auto const index : attempt.waiting) recipients.push_back(attempt.message.recipients[index]);
    auto const replies = client.send(attempt.message, recipients, [&](remote::Content const& content) {
        return outgoing_headers(attempt.message, content);
    });
    attempt.reached = Reached::yes;
    std::vector<std::size_t> unasked;
    std::vector<std::size_t> doubtful;
    for (std::size_t i = 0; i < replies.size(); ++i) {
        auto const& reply = replies[i];
        auto const index = attempt.waiting[i];
        auto& outcome = attempt.outcomes[index];
        if (!reply.is_asked()) {
            unasked.push_back(index);
        } else if (reply.is_doubtful) { // not lost rather than not doubled: it is sent again later
            outcome = {Kind::later, "4.4.2", "the other server did not confirm that it took the mail", host, {}};
            doubtful.push_back(index);
            base::log(base::Level::warning, "", "doubtful",
                      {{"id", show(attempt.message.id)},
                       {"to", recipients[i].address},
                       {"host", host},
                       {"why", reply.text}});
        } else {
            auto kind = reply.is_permanent() ? Kind::failed : Kind::later;
            if (reply.is_good()) kind = client.offers("DSN") ? Kind::delivered : Kind::relayed;
            outcome = {kind, status_of(reply), reply.is_good() ? "" : "the other server refused",
                       host, reply.show(),     describe(*way.open)};
        }
    }
    trace(attempt, TraceKind::doubtful, doubtful);
    attempt.waiting = std::move(unasked);
}

} // namespace maild::queue
