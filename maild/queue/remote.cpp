#include "maild/queue/remote.h"

#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "maild/auth/outbound.h"
#include "maild/host_name.h"
#include "maild/limits.h"
#include "maild/queue/retry.h"

#include <algorithm>

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
    return job.destination + ' ' + base::join(route.hosts, ",") + ' ' + std::to_string(route.port) + ' ' +
           (route.credentials ? route.credentials->name : "");
}

std::string describe(remote::Security security, remote::TlsDemand const& demand)
{
    switch (security) {
    case remote::Security::clear: return "none";
    case remote::Security::encrypted: return demand.by.empty() ? "encrypted" : "encrypted by " + demand.by;
    case remote::Security::verified: break;
    }
    return "verified by " + demand.by;
}
} // namespace

RemoteDelivery::RemoteDelivery(Context const& context, remote::DestinationLookup& lookup)
    : context_(context), lookup_(lookup), tls_(net::TlsContext::client_of_strangers())
{
}

void RemoteDelivery::run(RemoteJob const& job)
{
    Way way{job, lookup_.find(job.destination, job.route), connection_key(job)};
    way.open = connections_.take(way.key);
    bool any_expired = false;
    for (auto const& message : job.messages) {
        auto const attempt = try_message(way, message);
        settle(message, attempt.outcomes);
        any_expired = any_expired || is_expired(message.received, context_.clock.now());
        if (attempt.reached == Reached::yes || any_expired) continue;
        // Nobody is there: everything else for it waits too, instead of being tried one by one.
        context_.spool.defer_destination(job.destination, next_try(context_.clock.now(), 1, spread()));
        break;
    }
    if (way.open && way.open->client.takes_more()) return connections_.keep(std::move(*way.open));
    if (way.open) way.open->client.quit();
}

RemoteDelivery::Attempt RemoteDelivery::all(Message const& message, Outcome const& outcome, Reached reached,
                                            NextHost next_host)
{
    return {std::vector<Outcome>(message.recipients.size(), outcome), reached, next_host};
}

RemoteDelivery::Attempt RemoteDelivery::try_message(Way& way, Message const& message)
{
    using Kind = Outcome::Kind;
    auto const& destination = way.destination;
    if (destination.kind == remote::Destination::Kind::nowhere)
        return all(message, {Kind::failed, destination.status, destination.reason, {}, {}}, Reached::yes,
                   NextHost::no);
    auto last =
        all(message, {Kind::later, destination.status, destination.reason, {}, {}}, Reached::no, NextHost::no);
    auto hosts = destination.hosts;
    if (way.open) { // rather this one than those that did not answer a moment ago
        std::erase_if(hosts, [&](auto const& host) { return host.endpoint == way.open->host.endpoint; });
        if (hosts.size() < destination.hosts.size()) hosts.insert(hosts.begin(), way.open->host);
    }
    auto const header = message.body.read(message.return_path, limits::header_looked_at);
    auto const wish = remote::tls_wish(message.envelope.require_tls, header);
    bool any_reached = false;
    for (auto const& host : hosts) {
        last = try_host(way, host, message, wish);
        any_reached = any_reached || last.reached == Reached::yes;
        if (last.next_host == NextHost::no) break;
    }
    if (any_reached) last.reached = Reached::yes;
    return last;
}

RemoteDelivery::Attempt RemoteDelivery::try_host(Way& way, remote::MailHost const& host, Message const& message,
                                                 remote::TlsWish wish)
{
    using Kind = Outcome::Kind;
    auto const decision = remote::decide_tls(way.job.route, way.destination, host, wish);
    auto const reached = wish == remote::TlsWish::required ? Reached::yes : Reached::no; // the others may go
    if (!decision.obstacle.empty()) {
        base::log(base::Level::warning, "", "tls-refused",
                  {{"id", show(message.id)}, {"host", host.name}, {"why", decision.obstacle}});
        auto const kind = decision.status.starts_with('5') ? Kind::failed : Kind::later;
        return all(message, {kind, decision.status, decision.obstacle, host.name, {}}, reached, NextHost::yes);
    }
    try {
        return deliver(way, host, message, decision.demand);
    } catch (remote::TlsFailure const& error) { // and it may not go without
        base::log(base::Level::warning, "", "tls-refused",
                  {{"id", show(message.id)}, {"host", host.name}, {"by", decision.demand.by}, {"why", error.what()}});
        bool const is_final = wish == remote::TlsWish::required; // RFC 8689 4.2.1
        return all(message,
                   {is_final ? Kind::failed : Kind::later, is_final ? "5.7.10" : "4.7.5",
                    "the other server could not prove that it is the right one", host.name, error.what()},
                   reached, NextHost::yes);
    } catch (remote::Doubt const& doubt) { // not lost rather than not doubled: it is sent again later
        way.open.reset();
        base::log(base::Level::warning, "", "doubtful",
                  {{"id", show(message.id)}, {"host", host.name}, {"why", doubt.what()}});
        return all(message,
                   {Kind::later, "4.4.2", "the other server did not confirm that it took the mail", host.name, {}},
                   Reached::yes, NextHost::no);
    } catch (net::Disconnected const& error) { // this server is not there: perhaps the next one
        way.open.reset();
        base::log(base::Level::info, "", "unreachable",
                  {{"host", host.name}, {"address", host.endpoint.show()}, {"why", error.what()}});
        return all(message, {Kind::later, "4.4.1", "no connection to the other server", host.name, {}}, Reached::no,
                   NextHost::yes);
    }
}

/// Over the open connection when it is good enough, else (or when it breaks) over a new one.
RemoteDelivery::Attempt RemoteDelivery::deliver(Way& way, remote::MailHost const& host, Message const& message,
                                                remote::TlsDemand const& demand)
{
    for (;;) {
        bool const is_used = way.open && way.open->host.endpoint == host.endpoint && way.open->client.takes_more() &&
                             way.open->client.security() >= demand.least;
        try {
            if (!is_used) {
                if (way.open) way.open->client.quit();
                way.open.reset();
                way.open.emplace(remote::OpenConnection{way.key, host, connect(way, host, demand)});
            }
            auto const tls = describe(way.open->client.security(), demand);
            return {send(way, message, tls), Reached::yes, NextHost::no};
        } catch (remote::ServerRefusal const& refusal) { // counts for every recipient
            bool const is_ending = refusal.reply().code == 421;
            if (is_ending) way.open.reset();
            if (is_ending && is_used) continue;
            return refused(message, host.name, refusal.reply());
        } catch (remote::Doubt const&) {
            throw;
        } catch (net::Disconnected const&) {
            way.open.reset();
            if (!is_used) throw;
        }
    }
}

RemoteDelivery::Attempt RemoteDelivery::refused(Message const& message, std::string const& host,
                                                remote::ServerReply const& reply)
{
    using Kind = Outcome::Kind;
    auto const kind = reply.is_permanent() ? Kind::failed : Kind::later;
    if (reply.is_ours) // another server of the domain may be able to
        return all(message, {kind, status_of(reply), reply.text, host, {}}, Reached::yes, NextHost::yes);
    return all(message, {kind, status_of(reply), "the other server refused", host, reply.show()}, Reached::yes,
               reply.is_permanent() ? NextHost::no : NextHost::yes);
}

remote::SmtpClient RemoteDelivery::connect(Way const& way, remote::MailHost const& host,
                                           remote::TlsDemand const& demand)
{
    try {
        return connect_once(way, host, demand);
    } catch (remote::TlsFailure const& error) { // RFC 7435: TLS that does not work is no reason not to deliver
        bool const may_go_without = demand.least == remote::Security::clear && !way.job.route.credentials;
        if (!may_go_without) throw;
        base::log(base::Level::warning, "", "tls-failed", {{"host", host.name}, {"why", error.what()}});
    }
    auto without = demand;
    without.try_tls = false;
    return connect_once(way, host, without);
}

remote::SmtpClient RemoteDelivery::connect_once(Way const& way, remote::MailHost const& host,
                                                remote::TlsDemand const& demand)
{
    remote::SmtpClient client(net::Stream::connect(host.endpoint, net::after(limits::connect_wait)),
                              host_name(context_.config, context_.directory));
    client.open(*tls_, demand, way.job.route.credentials);
    return client;
}

/// The place where a signature over what is sent comes in.
std::string RemoteDelivery::outgoing_headers(Message const& message, remote::Content const& content)
{
    if (!context_.signer) return {};
    return context_.signer->fields_for(
        [&](std::uint64_t offset, std::size_t most) { return content.read(offset, most); }, show(message.id));
}

std::vector<RemoteDelivery::Outcome> RemoteDelivery::send(Way& way, Message const& message, std::string const& tls)
{
    using Kind = Outcome::Kind;
    auto& client = way.open->client;
    auto const replies = client.send(message, message.recipients, [&](remote::Content const& content) {
        return outgoing_headers(message, content);
    });
    std::vector<Outcome> outcomes;
    for (auto const& reply : replies) {
        auto kind = reply.is_permanent() ? Kind::failed : Kind::later;
        if (reply.is_good()) kind = client.offers("DSN") ? Kind::delivered : Kind::relayed;
        outcomes.push_back({kind, status_of(reply), reply.is_good() ? "" : "the other server refused",
                            way.open->host.name, reply.show(), tls});
    }
    return outcomes;
}

void RemoteDelivery::settle(Message const& message, std::vector<Outcome> const& outcomes)
{
    using Kind = Outcome::Kind;
    Settlement settlement;
    Reports reports(context_.spool, {host_name(context_.config, context_.directory), context_.directory.domain()});
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        auto const& outcome = outcomes[i];
        auto const& recipient = message.recipients[i];
        Event event{.recipient = recipient,
                    .status = outcome.status,
                    .reason = outcome.reason,
                    .remote_mta = outcome.host,
                    .diagnostic = outcome.reply};
        if (outcome.kind == Kind::later) {
            settle_later(message, recipient, outcome, settlement, reports);
            continue;
        }
        settlement.done.push_back({message.id, recipient.number});
        if (outcome.kind != Kind::failed) {
            base::log(base::Level::info, "", "sent",
                      {{"id", show(message.id)},
                       {"from", '<' + message.envelope.sender + '>'},
                       {"to", recipient.address},
                       {"host", outcome.host},
                       {"tls", outcome.tls},
                       {"reply", outcome.reply}});
            settlement.events.push_back({.message = message.id,
                                         .kind = TraceKind::sent,
                                         .recipient = recipient.address,
                                         .place = outcome.host,
                                         .status = outcome.status,
                                         .reply = outcome.reply});
        }
        event.action = outcome.kind == Kind::failed ? Action::failed : Action::relayed;
        // A server that speaks DSN reports the delivery itself (RFC 3461 5.2.2).
        if (outcome.kind != Kind::delivered) reports.add(message, std::move(event));
    }
    reports.write(settlement, context_.clock.now());
    context_.spool.settle(settlement);
}

void RemoteDelivery::settle_later(Message const& message, Recipient const& recipient, Outcome const& outcome,
                                  Settlement& settlement, Reports& reports)
{
    auto const now = context_.clock.now();
    Event event{.recipient = recipient,
                .status = outcome.status,
                .reason = outcome.reason,
                .remote_mta = outcome.host,
                .diagnostic = outcome.reply};
    if (is_expired(message.received, now)) {
        event.status = "4.4.7";
        event.reason = "it could not be delivered for five days";
        if (event.diagnostic.empty()) event.diagnostic = outcome.reason;
        reports.add(message, std::move(event));
        settlement.done.push_back({message.id, recipient.number});
        return;
    }
    bool const warn = !recipient.warned && is_late(message.received, now);
    auto const attempts = recipient.attempts + 1;
    auto const next = next_try(now, attempts, spread());
    base::log(base::Level::info, "", "deferred",
              {{"id", show(message.id)},
               {"to", recipient.address},
               {"attempts", std::to_string(attempts)},
               {"next", base::iso_date(next)},
               {"why", outcome.reply.empty() ? outcome.reason : outcome.reply}});
    settlement.later.push_back({.message = message.id,
                                .number = recipient.number,
                                .next_try = next,
                                .attempts = attempts,
                                .last_try = now,
                                .reply = outcome.reply.empty() ? outcome.reason : outcome.reply,
                                .warned = recipient.warned || warn});
    settlement.events.push_back({.message = message.id,
                                 .kind = TraceKind::deferred,
                                 .recipient = recipient.address,
                                 .place = outcome.host,
                                 .status = outcome.status,
                                 .reply = settlement.later.back().reply,
                                 .next_try = next});
    if (!warn) return;
    event.action = Action::delayed;
    reports.add(message, std::move(event));
}

} // namespace maild::queue
