#include "maild/queue/local.h"

#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "maild/host_name.h"
#include "maild/limits.h"
#include "maild/queue/retry.h"

#include <algorithm>

namespace maild::queue
{

namespace
{
using Outcome = mailbox::Delivered::Outcome;

/// What a list or alias means, for the trace; nothing for a person's own address.
std::optional<TraceEvent> expansion(Message const& message, Recipient const& recipient, Route const& route)
{
    if (route.kind != Route::Kind::here) return std::nullopt;
    bool const is_one = route.users.size() == 1 && route.elsewhere.empty();
    if (is_one && recipient.address.starts_with(route.users.front().login + '@')) return std::nullopt;
    std::vector<std::string> places;
    for (auto const& user : route.users) places.push_back(user.login);
    for (auto const& other : route.elsewhere) places.push_back(other.address);
    return TraceEvent{.message = message.id,
                      .kind = TraceKind::expanded,
                      .recipient = recipient.address,
                      .place = base::join(places, "\n")};
}
} // namespace

std::size_t LocalDelivery::run()
{
    auto const now = context_.clock.now();
    auto const messages = context_.spool.due(now, limits::local_batch);
    if (messages.empty()) return 0;
    std::vector<Work> works;
    works.reserve(messages.size());
    for (auto const& message : messages) works.push_back(route_message(message));
    deliver(works);

    Settlement settlement;
    Reports reports(context_.spool, {host_name(context_.config, context_.directory), context_.directory.domain()});
    for (auto const& work : works) settle_work(work, settlement, reports, now);
    reports.write(settlement, now);
    context_.spool.settle(settlement);
    return messages.size();
}

LocalDelivery::Work LocalDelivery::route_message(Message const& message)
{
    Work work{&message, {}, {}, {}};
    for (auto const& recipient : message.recipients) {
        work.routed.push_back({&recipient, route(context_.directory, recipient.address)});
        for (auto const& user : work.routed.back().route.users) work.users.try_emplace(user.id, user);
    }
    return work;
}

void LocalDelivery::deliver(std::vector<Work>& works)
{
    std::vector<Work*> local;
    for (auto& work : works)
        if (!work.users.empty()) local.push_back(&work);
    if (local.empty()) return;
    try {
        deliver_together(local);
    } catch (std::exception const& error) { // one bad message must not hold up the others
        base::log(base::Level::error, "", "delivery-failed",
                  {{"messages", std::to_string(local.size())}, {"why", error.what()}});
        if (local.size() == 1) throw;
        deliver_each(works);
    }
}

/// Throws when no message goes in: then it is the store that is broken.
void LocalDelivery::deliver_each(std::vector<Work>& works)
{
    bool any = false;
    for (auto& work : works) {
        if (work.users.empty()) continue;
        try {
            deliver_together({&work});
            any = true;
        } catch (std::exception const& error) { // noted: it is tried again later by itself
            base::log(base::Level::error, "", "delivery-failed",
                      {{"id", show(work.message->id)}, {"why", error.what()}});
            work.failed = true;
        }
    }
    if (!any) throw base::StoreError(base::StoreFault::unavailable, "the mail store takes nothing");
}

mailbox::Delivery LocalDelivery::delivery_of(Work const& work)
{
    auto const& message = *work.message;
    mailbox::Delivery delivery{
        {message.body.bytes, message.body.file, message.body.head}, message.received, {}, message.id};
    for (auto const& [id, user] : work.users)
        delivery.to.push_back({.account = id,
                               .mailbox = message.envelope.junk ? "Junk" : "INBOX",
                               .quota = user.quota,
                               .key = show(message.id) + '/' + std::to_string(id)});
    return delivery;
}

void LocalDelivery::deliver_together(std::vector<Work*> const& works)
{
    std::vector<mailbox::Delivery> deliveries;
    for (auto const* work : works) deliveries.push_back(delivery_of(*work));
    auto const delivered = context_.store.deliver(deliveries);
    for (std::size_t i = 0; i < works.size(); ++i)
        for (std::size_t k = 0; k < deliveries[i].to.size(); ++k) {
            auto const account = deliveries[i].to[k].account;
            works[i]->outcomes[account] = delivered[i][k];
            quotas_.changed(works[i]->users[account], works[i]->message->size);
        }
}

void LocalDelivery::settle_work(Work const& work, Settlement& settlement, Reports& reports, base::Timestamp now)
{
    auto const& message = *work.message;
    if (!work.failed) {
        for (auto const& routed : work.routed) settle_recipient(work, routed, settlement, reports);
        return;
    }
    for (auto const& recipient : message.recipients) {
        auto const attempts = recipient.attempts + 1;
        settlement.later.push_back({.message = message.id,
                                    .number = recipient.number,
                                    .next_try = next_try(now, attempts, spread()),
                                    .attempts = attempts,
                                    .last_try = now,
                                    .reply = "the mail store could not take it",
                                    .warned = recipient.warned});
        auto const& change = settlement.later.back();
        settlement.events.push_back({.message = message.id,
                                     .kind = TraceKind::deferred,
                                     .recipient = recipient.address,
                                     .reply = change.reply,
                                     .next_try = change.next_try});
    }
}

void LocalDelivery::settle_recipient(Work const& work, Routed const& routed, Settlement& settlement, Reports& reports)
{
    auto const& message = *work.message;
    auto const& recipient = *routed.recipient;
    settlement.done.push_back({message.id, recipient.number});
    if (auto expanded = expansion(message, recipient, routed.route))
        settlement.events.push_back(std::move(*expanded));
    if (routed.route.kind == Route::Kind::nowhere)
        reports.add(message, {.action = Action::failed,
                              .recipient = recipient,
                              .status = routed.route.status,
                              .reason = routed.route.reason});
    bool const is_offline = !routed.route.elsewhere.empty() && context_.directory.is_offline();
    for (auto const& other : routed.route.elsewhere) {
        if (is_offline) { // of an alias, or the box was online when it was accepted: nothing may wait in silence
            reports.add(message, {.action = Action::failed,
                                  .recipient = recipient,
                                  .address = other.address,
                                  .status = "5.4.4",
                                  .reason = "this box is offline: mail goes only to addresses of this school"});
            continue;
        }
        auto const original = recipient.original.empty() ? "rfc822;" + recipient.address : recipient.original;
        settlement.onward.push_back({message.id, {other.address, original, recipient.notify}, other.destination});
    }
    std::vector<std::string> delivered;
    for (auto const& user : routed.route.users) {
        if (work.outcomes.at(user.id).outcome != Outcome::over_quota) {
            delivered.push_back(user.login);
            continue;
        }
        bool const is_one = routed.route.users.size() == 1;
        reports.add(message, {.action = Action::failed,
                              .recipient = recipient,
                              .address = is_one ? recipient.address : user.login + '@' + context_.directory.domain(),
                              .status = "5.2.2",
                              .reason = "the mailbox is full"});
    }
    if (delivered.empty()) return;
    settlement.events.push_back({.message = message.id,
                                 .kind = TraceKind::delivered,
                                 .recipient = recipient.address,
                                 .place = base::join(delivered, "\n")});
    base::log(base::Level::info, "", "delivered",
              {{"id", show(message.id)},
               {"from", '<' + message.envelope.sender + '>'},
               {"to", recipient.address},
               {"mailboxes", std::to_string(delivered.size())},
               {"size", std::to_string(message.size)}});
    if ((recipient.notify & notify_success) != 0)
        reports.add(message, {.action = Action::delivered, .recipient = recipient, .status = "2.0.0"});
}

} // namespace maild::queue
