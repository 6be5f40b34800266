#include "maild/queue/outcome.h"

#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "maild/host_name.h"
#include "maild/limits.h"

namespace maild::queue
{

namespace
{
Event event_of(Recipient const& recipient, Outcome const& outcome)
{
    return {.recipient = recipient,
            .status = outcome.status,
            .reason = outcome.reason,
            .remote_mta = outcome.host,
            .diagnostic = outcome.reply,
            .last_attempt = recipient.last_try};
}

/// `last_reply` is what a server said, or else why it could not be asked.
bool is_servers_reply(std::string_view text)
{
    return text.size() > 3 && base::parse_number(text.substr(0, 3), 599).has_value() &&
           (text[3] == ' ' || text[3] == '-');
}

std::string const& words_of(Outcome const& outcome) { return outcome.reply.empty() ? outcome.reason : outcome.reply; }
} // namespace

Reports Settling::reports()
{
    return {context_.spool,
            {host_name(context_.config, context_.directory), context_.directory.domain(), policy_.retry(),
             policy_.holds_unreportable()}};
}

void Settling::settle(Message const& message, std::vector<Outcome> const& outcomes, std::vector<TraceEvent> events)
{
    using Kind = Outcome::Kind;
    auto const now = context_.clock.now();
    auto const rule = policy_.retry();
    Settlement settlement;
    settlement.events = std::move(events);
    auto reports = this->reports();
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        auto const& outcome = outcomes[i];
        auto const& recipient = message.recipients[i];
        if (outcome.kind == Kind::later) {
            settle_later(message, recipient, outcome, settlement, rule);
            continue;
        }
        settlement.done.push_back({message.id, recipient.number});
        if (outcome.kind != Kind::failed) {
            settle_taken(message, recipient, outcome, settlement, reports);
            continue;
        }
        auto event = event_of(recipient, outcome);
        event.last_attempt = now;
        reports.add(message, std::move(event));
    }
    reports.write(settlement, now);
    context_.spool.settle(settlement);
}

void Settling::settle_taken(Message const& message, Recipient const& recipient, Outcome const& outcome,
                            Settlement& settlement, Reports& reports)
{
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
                                 .place = outcome.host + '\n' + outcome.tls,
                                 .status = outcome.status,
                                 .reply = outcome.reply});
    // A server that speaks DSN reports the delivery itself (RFC 3461 5.2.2); by-trace wants to hear of every hop.
    auto const& by = message.envelope.deliver_by;
    bool const is_traced = by && by->trace && (recipient.notify & notify_never) == 0;
    if (outcome.kind == Outcome::Kind::delivered && !is_traced) return;
    auto event = event_of(recipient, outcome);
    event.action = Action::relayed;
    event.last_attempt = context_.clock.now();
    if (is_traced) event.recipient.notify |= notify_success;
    reports.add(message, std::move(event));
}

void Settling::settle_later(Message const& message, Recipient const& recipient, Outcome const& outcome,
                            Settlement& settlement, RetryRule const& rule)
{
    auto const now = context_.clock.now();
    auto const attempts = recipient.attempts + 1;
    auto const next = next_try(rule, now, attempts, spread());
    base::log(base::Level::info, "", "deferred",
              {{"id", show(message.id)},
               {"to", recipient.address},
               {"attempts", std::to_string(attempts)},
               {"next", base::iso_date(next)},
               {"why", words_of(outcome)}});
    settlement.later.push_back({.message = message.id,
                                .number = recipient.number,
                                .next_try = next,
                                .attempts = attempts,
                                .last_try = now,
                                .reply = words_of(outcome),
                                .warned = recipient.warned,
                                .deadline = deadline(rule, message, recipient.notify, recipient.warned)});
    settlement.events.push_back({.message = message.id,
                                 .kind = TraceKind::deferred,
                                 .recipient = recipient.address,
                                 .place = outcome.host,
                                 .status = outcome.status,
                                 .reply = words_of(outcome),
                                 .next_try = next});
}

std::size_t Settling::settle_late(std::function<bool(Message const&)> const& skips)
{
    auto const rule = policy_.retry();
    auto const messages = context_.spool.late(context_.clock.now(), limits::local_batch);
    std::size_t count = 0;
    Settlement settlement;
    auto reports = this->reports();
    for (auto const& message : messages) {
        if (skips(message)) continue;
        ++count;
        for (auto const& recipient : message.recipients)
            settle_late_one(message, recipient, settlement, reports, rule);
    }
    reports.write(settlement, context_.clock.now());
    context_.spool.settle(settlement);
    return count;
}

void Settling::settle_late_one(Message const& message, Recipient const& recipient, Settlement& settlement,
                               Reports& reports, RetryRule const& rule)
{
    auto const now = context_.clock.now();
    bool const was_answered = is_servers_reply(recipient.last_reply);
    Outcome outcome{Outcome::Kind::failed, "", was_answered ? "" : recipient.last_reply, "",
                    was_answered ? recipient.last_reply : ""};
    if (recipient.deadline == give_up) {
        outcome.status = "5.4.7";
        outcome.reason = "the administrator has taken it out of the queue";
    } else if (is_to_return(message, now)) {
        outcome.status = "5.4.7";
        outcome.reason = "it could not be delivered by the time that you set";
    } else if (expiry(rule, message) <= now) {
        outcome.status = "4.4.7";
        outcome.reason = "it could not be delivered for days; we have given up";
    }
    if (!outcome.status.empty()) {
        settlement.done.push_back({message.id, recipient.number});
        reports.add(message, event_of(recipient, outcome));
        return;
    }
    settlement.later.push_back({.message = message.id,
                                .number = recipient.number,
                                .next_try = recipient.next_try,
                                .attempts = recipient.attempts,
                                .last_try = recipient.last_try,
                                .reply = recipient.last_reply,
                                .warned = true,
                                .deadline = deadline(rule, message, recipient.notify, true)});
    if (recipient.warned) return; // its lifetime was made longer meanwhile
    auto const& by = message.envelope.deliver_by;
    outcome.status = by && by->until <= now ? "4.4.7" : "4.4.1";
    auto event = event_of(recipient, outcome);
    event.action = Action::delayed;
    reports.add(message, std::move(event));
}

} // namespace maild::queue
