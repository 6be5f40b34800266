#include "maild/queue/remote.h"

#include "appliance/base/log.h"
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
} // namespace

RemoteDelivery::RemoteDelivery(Context const& context, remote::DestinationLookup& lookup)
    : context_(context), lookup_(lookup), tls_(net::TlsContext::client(""))
{
}

void RemoteDelivery::run(RemoteJob const& job)
{
    auto const destination = lookup_.find(job.destination, job.route);
    bool any_expired = false;
    for (auto const& message : job.messages) {
        auto const attempt = try_message(destination, message);
        settle(message, attempt.outcomes);
        any_expired = any_expired || is_expired(message.received, context_.clock.now());
        if (attempt.reached == Reached::yes || any_expired) continue;
        // Nobody is there: everything else for it waits too, instead of being tried one by one.
        context_.spool.defer_destination(job.destination, next_try(context_.clock.now(), 1, spread()));
        return;
    }
}

RemoteDelivery::Attempt RemoteDelivery::all(Message const& message, Outcome const& outcome, Reached reached,
                                            NextHost next_host)
{
    return {std::vector<Outcome>(message.recipients.size(), outcome), reached, next_host};
}

RemoteDelivery::Attempt RemoteDelivery::try_message(remote::Destination const& destination, Message const& message)
{
    using Kind = Outcome::Kind;
    if (destination.kind == remote::Destination::Kind::nowhere)
        return all(message, {Kind::failed, destination.status, destination.reason, {}, {}}, Reached::yes,
                   NextHost::no);
    auto last =
        all(message, {Kind::later, destination.status, destination.reason, {}, {}}, Reached::no, NextHost::no);
    for (auto const& host : destination.hosts) {
        last = try_host(host, message);
        if (last.next_host == NextHost::no) break;
    }
    return last;
}

remote::SmtpClient RemoteDelivery::connect(remote::MailHost const& host)
{
    auto const name = host_name(context_.config, context_.directory);
    try {
        remote::SmtpClient client(net::Stream::connect(host.endpoint, net::after(limits::connect_wait)), name);
        client.open(tls_.get(), host.name);
        client.sign_with(context_.signer);
        return client;
    } catch (remote::TlsFailure const& error) { // RFC 7435: TLS that does not work is no reason not to deliver
        base::log(base::Level::warning, "", "tls-failed", {{"host", host.name}, {"why", error.what()}});
    }
    remote::SmtpClient client(net::Stream::connect(host.endpoint, net::after(limits::connect_wait)), name);
    client.open(nullptr, host.name);
    client.sign_with(context_.signer);
    return client;
}

RemoteDelivery::Attempt RemoteDelivery::try_host(remote::MailHost const& host, Message const& message)
{
    using Kind = Outcome::Kind;
    try {
        auto client = connect(host);
        auto outcomes = send(client, host, message);
        client.quit();
        return {std::move(outcomes), Reached::yes, NextHost::no};
    } catch (remote::ServerRefusal const&
                 refusal) { // its answer counts for every recipient; "not now" leaves the other servers
        auto const& reply = refusal.reply();
        bool const is_final = reply.is_permanent();
        return all(message,
                   {is_final ? Kind::failed : Kind::later, status_of(reply), "the other server refused", host.name,
                    reply.show()},
                   Reached::yes, is_final ? NextHost::no : NextHost::yes);
    } catch (remote::Doubt const& doubt) { // not lost rather than not doubled: it is sent again later
        base::log(base::Level::warning, "", "doubtful",
                  {{"id", show(message.id)}, {"host", host.name}, {"why", doubt.what()}});
        return all(message,
                   {Kind::later, "4.4.2", "the other server did not confirm that it took the mail", host.name, {}},
                   Reached::yes, NextHost::no);
    } catch (net::Disconnected const& error) { // this server is not there: perhaps the next one
        base::log(base::Level::info, "", "unreachable",
                  {{"host", host.name}, {"address", host.endpoint.show()}, {"why", error.what()}});
        return all(message, {Kind::later, "4.4.1", "no connection to the other server", host.name, {}}, Reached::no,
                   NextHost::yes);
    }
}

std::vector<RemoteDelivery::Outcome> RemoteDelivery::send(remote::SmtpClient& client, remote::MailHost const& host,
                                                          Message const& message)
{
    using Kind = Outcome::Kind;
    std::vector<Outcome> outcomes;
    for (auto const& reply : client.send(message, message.recipients)) {
        auto kind = reply.is_permanent() ? Kind::failed : Kind::later;
        if (reply.is_good()) kind = client.offers("DSN") ? Kind::delivered : Kind::relayed;
        outcomes.push_back(
            {kind, status_of(reply), reply.is_good() ? "" : "the other server refused", host.name, reply.show()});
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
