#include "maild/queue/local.h"

#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/message/header.h"
#include "maild/host_name.h"
#include "maild/limits.h"
#include "maild/queue/list_fields.h"
#include "maild/queue/retry.h"

#include <algorithm>
#include <set>

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

/// RFC 2852 section 4: by-mode R goes back when its time has passed.
Route too_late()
{
    Route route;
    route.kind = Route::Kind::nowhere;
    route.status = "5.4.7";
    route.reason = "it could not be delivered by the time that you set";
    return route;
}
} // namespace

std::size_t LocalDelivery::run()
{
    auto const now = context_.clock.now();
    auto const messages = context_.spool.due(now, limits::local_batch);
    if (messages.empty()) return 0;
    rules_.begin_round();
    std::vector<Work> works;
    works.reserve(messages.size());
    for (auto const& message : messages) works.push_back(route_message(message));
    deliver(works);

    Settlement settlement;
    Reports reports(context_.spool, {host_name(context_.config, context_.directory), context_.directory.domain(),
                                     policy_.retry(), policy_.holds_unreportable()});
    settlement.bulk = policy_.bulk();
    for (auto const& work : works) settle_work(work, settlement, reports, now);
    reports.write(settlement, now);
    context_.spool.settle(settlement);
    return messages.size();
}

LocalDelivery::Work LocalDelivery::route_message(Message const& message)
{
    Work work{&message, {}, {}, {}, {}, {}};
    for (auto const& recipient : message.recipients) {
        work.routed.push_back({&recipient, is_to_return(message, context_.clock.now())
                                               ? too_late()
                                               : route_recipient(message, recipient)});
        for (auto const& user : work.routed.back().route.users) work.users.try_emplace(user.id, user);
    }
    work.copies = copies_of(work.routed, context_.directory.domain());
    judge_work(work);
    return work;
}

/// An alias that leads to another school's server, from where the mail is sent back to the alias.
Route LocalDelivery::route_recipient(Message const& message, Recipient const& recipient)
{
    auto found = route(context_.directory, recipient.address);
    bool const leads_away = found.kind == Route::Kind::here && !found.elsewhere.empty();
    if (!leads_away || !has_been_at(message, recipient.address)) return found;
    return {Route::Kind::nowhere, {}, {}, "5.4.6", "the mail has been at this address before: it is going round"};
}

/// Who is addressed himself gets the mail as it is, everybody else as the first of his lists sends it.
std::vector<LocalDelivery::Copy> LocalDelivery::copies_of(std::vector<Routed> const& routed, std::string_view domain)
{
    std::vector<Copy> copies;
    std::set<directory::UserId> taken;
    auto const add = [&](Routed const& one, std::string fields) {
        Copy copy{std::move(fields), {}};
        for (auto const& user : one.route.users)
            if (taken.insert(user.id).second) copy.users.push_back(user.id);
        if (!copies.empty() && copies.back().fields == copy.fields)
            copies.back().users.insert(copies.back().users.end(), copy.users.begin(), copy.users.end());
        else if (!copy.users.empty())
            copies.push_back(std::move(copy));
    };
    for (auto const& one : routed)
        if (!one.route.list) add(one, {});
    for (auto const& one : routed)
        if (one.route.list) add(one, list_fields(*one.route.list, domain));
    return copies;
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
            work.stored = base::is_disk_full(error) ? Stored::no_room : Stored::no;
        }
    }
    if (!any) throw base::StoreError(base::StoreFault::unavailable, "the mail store takes nothing");
}

mailbox::Delivery LocalDelivery::delivery_of(Work const& work, Copy const& copy)
{
    auto const& message = *work.message;
    mailbox::Delivery delivery{
        {message.body.bytes, message.body.file, message.body.head + copy.fields}, message.received, {}, message.id};
    for (auto const id : copy.users) {
        auto const found = work.verdicts.find(id);
        auto const verdict = found == work.verdicts.end() ? Verdict() : found->second;
        delivery.to.push_back({.account = id,
                               .mailbox = message.envelope.junk ? "Junk" : verdict.mailbox,
                               .quota = work.users.at(id).quota,
                               .key = show(message.id) + '/' + std::to_string(id),
                               .flags = verdict.flags});
    }
    return delivery;
}

void LocalDelivery::deliver_together(std::vector<Work*> const& works)
{
    std::vector<mailbox::Delivery> deliveries;
    std::vector<Work*> owners; // of each delivery
    for (auto* work : works)
        for (auto const& copy : work->copies) {
            deliveries.push_back(delivery_of(*work, copy));
            owners.push_back(work);
        }
    auto const delivered = context_.store.deliver(deliveries);
    for (std::size_t i = 0; i < deliveries.size(); ++i)
        for (std::size_t k = 0; k < deliveries[i].to.size(); ++k) {
            auto const account = deliveries[i].to[k].account;
            owners[i]->outcomes[account] = delivered[i][k];
            quotas_.changed(owners[i]->users[account], owners[i]->message->size);
        }
}

void LocalDelivery::settle_work(Work const& work, Settlement& settlement, Reports& reports, base::Timestamp now)
{
    if (work.stored != Stored::yes) return settle_unstored(work, settlement, now);
    for (auto const& routed : work.routed) settle_recipient(work, routed, settlement, reports);
    settle_rules(work, settlement, now);
}

/// For want of room no mail waits longer than the others, and its trace says so once.
void LocalDelivery::settle_unstored(Work const& work, Settlement& settlement, base::Timestamp now)
{
    bool const is_full = work.stored == Stored::no_room;
    auto const& message = *work.message;
    for (auto const& recipient : message.recipients) {
        auto const attempts = recipient.attempts + (is_full ? 0 : 1);
        settlement.later.push_back({.message = message.id,
                                    .number = recipient.number,
                                    .next_try = is_full ? now + limits::no_room_wait.count()
                                                        : next_try(policy_.retry(), now, attempts, spread()),
                                    .attempts = attempts,
                                    .last_try = now,
                                    .reply = is_full ? "the box's disk is full" : "the mail store could not take it",
                                    .warned = recipient.warned});
        auto const& change = settlement.later.back();
        if (is_full && recipient.last_reply == change.reply) continue;
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
    send_onward(message, routed, settlement, reports);
    std::vector<std::string> delivered;
    std::vector<std::string> full;
    for (auto const& user : routed.route.users)
        (work.outcomes.at(user.id).outcome == Outcome::over_quota ? full : delivered).push_back(user.login);
    report_full(message, routed, full, reports);
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
    // With addresses elsewhere the report is that it was expanded.
    if ((recipient.notify & notify_success) != 0 && routed.route.elsewhere.empty())
        reports.add(message, {.action = Action::delivered, .recipient = recipient, .status = "2.0.0"});
}

/// To other domains: as it is, or as an alias's own message that says so, which makes a loop visible.
void LocalDelivery::send_onward(Message const& message, Routed const& routed, Settlement& settlement,
                                Reports& reports)
{
    auto const& recipient = *routed.recipient;
    if (routed.route.elsewhere.empty()) return;
    bool const is_several = routed.route.elsewhere.size() + routed.route.users.size() > 1;
    if (context_.directory.is_offline()) {
        // Of an alias, or the box was online when it was accepted: nothing may wait in silence.
        for (auto const& other : routed.route.elsewhere)
            reports.add(message, {.action = Action::failed,
                                  .recipient = recipient,
                                  .address = other.address,
                                  .status = "5.4.4",
                                  .reason = "this box is offline: mail goes only to addresses of this school",
                                  .of_list = is_several});
        return;
    }
    auto const original = recipient.original.empty() ? "rfc822;" + recipient.address : recipient.original;
    if (routed.route.kind == Route::Kind::elsewhere) {
        for (auto const& other : routed.route.elsewhere)
            settlement.onward.push_back({message.id,
                                         {other.address, original, recipient.notify},
                                         other.destination,
                                         policy_.class_of(message.envelope),
                                         deadline(policy_.retry(), message, recipient.notify, false)});
        return;
    }
    auto notify = recipient.notify;
    if (is_several && (notify & notify_success) != 0) {
        // RFC 3461 5.2.7.3: one report that it was expanded, instead of one of each
        reports.add(message, {.action = Action::expanded, .recipient = recipient, .status = "2.0.0"});
        notify = notify == notify_success ? unsigned{notify_never} : notify & ~unsigned{notify_success};
    }
    auto copy = passed_on(message, recipient.address, message.envelope.sender);
    for (auto const& other : routed.route.elsewhere) copy.recipients.push_back({other.address, original, notify});
    settlement.reports.push_back(std::move(copy));
}

Settlement::NewMessage LocalDelivery::passed_on(Message const& message, std::string const& address,
                                                std::string const& sender) const
{
    Settlement::NewMessage copy{context_.spool.begin(), message.envelope, {}};
    copy.envelope.arrival.about = message.id;
    copy.envelope.sender = sender;
    copy.body.add_return_path(sender);
    copy.body.add_head(delivered_to(address));
    for (std::uint64_t at = message.return_path; at < message.size;) {
        auto const piece = message.body.read(at, limits::inline_body);
        if (piece.empty()) throw base::StoreError(base::StoreFault::corrupt, "a body of the spool is too short");
        copy.body.append(piece);
        at += piece.size();
    }
    return copy;
}

/// A stranger learns that the list was not reached whole, not who is in it.
void LocalDelivery::report_full(Message const& message, Routed const& routed, std::vector<std::string> const& full,
                                Reports& reports) const
{
    if (full.empty()) return;
    Event event{.action = Action::failed, .recipient = *routed.recipient, .status = "5.2.2"};
    event.of_list = routed.route.list || routed.route.users.size() > 1;
    if (routed.route.list && message.envelope.login.empty()) {
        event.reason = "a mailbox of the list is full";
        return reports.add(message, std::move(event));
    }
    event.reason = "the mailbox is full";
    for (auto const& login : full) {
        if (routed.route.users.size() > 1) event.address = login + '@' + context_.directory.domain();
        reports.add(message, event);
    }
}

} // namespace maild::queue
