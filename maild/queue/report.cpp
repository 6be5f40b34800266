#include "maild/queue/report.h"

#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/i18n/catalog.h"
#include "appliance/message/compose.h"
#include "appliance/message/header.h"
#include "maild/limits.h"
#include "maild/queue/retry.h"

namespace maild::queue
{

namespace
{
struct Wording {
    std::string_view action; ///< RFC 3464 2.3.3
    std::string_view subject;
    std::string_view sentence;
};

constexpr Wording failed_words = {"failed", "Mail not delivered", "Your mail could not be delivered to:"};
constexpr Wording delayed_words = {
    "delayed", "Mail delayed",
    "Your mail is still waiting; nothing needs to be done, we keep trying. It has not reached:"};
constexpr Wording delivered_words = {"delivered", "Mail delivered", "Your mail was delivered to:"};
constexpr Wording relayed_words = {"relayed", "Mail passed on",
                                   "Your mail was passed on to a server that does not report deliveries, for:"};
constexpr Wording expanded_words = {"expanded", "Mail passed on to several",
                                    "Your mail was passed on to several addresses, for:"};

/// Nobody knows which language the sender reads: reports come in all of ours.
constexpr std::string_view languages[] = {"id", "en"};

Wording const& words(Action action)
{
    switch (action) {
    case Action::failed: return failed_words;
    case Action::delayed: return delayed_words;
    case Action::delivered: return delivered_words;
    case Action::relayed: return relayed_words;
    case Action::expanded: return expanded_words;
    }
    return failed_words;
}

bool is_wanted(Action action, unsigned notify)
{
    switch (action) {
    case Action::failed: return wants_failure(notify);
    case Action::delayed: return wants_delay(notify);
    case Action::delivered:
    case Action::relayed:
    case Action::expanded: return (notify & notify_success) != 0;
    }
    return true;
}

std::string const& address_of(Event const& event)
{
    return event.address.empty() ? event.recipient.address : event.address;
}

std::string paragraph(i18n::Catalog const& catalog, std::vector<Event> const& events)
{
    std::string text = catalog.text(words(events.front().action).sentence) + "\n\n";
    for (auto const& event : events) {
        text += "  " + address_of(event) + '\n';
        if (!event.reason.empty()) text += "    " + catalog.text(event.reason) + '\n';
        auto const& who = event.remote_mta.empty() ? event.recipient.destination : event.remote_mta;
        if (!event.diagnostic.empty())
            text += "    " + base::format(catalog.text("{1} answered: {2}"), {who, event.diagnostic}) + '\n';
    }
    return text;
}

std::string for_people(std::vector<Event> const& events)
{
    std::vector<std::string> parts;
    for (auto const language : languages) parts.push_back(paragraph(i18n::catalog(language), events));
    return base::join(parts, "\n\n");
}

std::string subject_of(Action action)
{
    std::vector<std::string> parts;
    for (auto const language : languages) parts.push_back(i18n::catalog(language).text(words(action).subject));
    return base::join(parts, " / ");
}

message::ReportRecipient report_recipient(Event const& event, Message const& message, RetryRule const& rule)
{
    message::ReportRecipient recipient;
    recipient.original = event.recipient.original;
    recipient.final = address_of(event);
    recipient.action = words(event.action).action;
    recipient.status = event.status;
    recipient.remote_mta = event.remote_mta;
    recipient.diagnostic = event.diagnostic;
    if (event.last_attempt > 0) recipient.last_attempt = event.last_attempt;
    if (event.action == Action::delayed) recipient.retry_until = expiry(rule, message);
    return recipient;
}

void log_event(Message const& message, Event const& event, std::string_view name)
{
    base::log(event.action == Action::failed ? base::Level::warning : base::Level::info, "", name,
              {{"id", show(message.id)},
               {"from", '<' + message.envelope.sender + '>'},
               {"to", address_of(event)},
               {"status", event.status},
               {"why", event.diagnostic.empty() ? event.reason : event.diagnostic}});
}

TraceEvent traced(Message const& message, Event const& event, TraceKind kind)
{
    return {.message = message.id,
            .kind = kind,
            .recipient = address_of(event),
            .place = event.remote_mta,
            .status = event.status,
            .reply = event.diagnostic.empty() ? event.reason : event.diagnostic};
}

/// RFC 3463 3.5: X.4.7, the delivery time has expired.
bool is_expiry(Event const& event) { return event.status == "4.4.7" || event.status == "5.4.7"; }
} // namespace

void Reports::add(Message const& message, Event event)
{
    // Successes are logged by whoever delivered.
    if (event.action == Action::failed || event.action == Action::delayed)
        log_event(message, event, words(event.action).action);
    if (event.action == Action::failed)
        traced_.push_back(traced(message, event, is_expiry(event) ? TraceKind::expired : TraceKind::failed));
    if (!is_wanted(event.action, event.recipient.notify)) return;
    auto const to = addressee(message, event);
    if (!to) {
        note_unreportable(message, event);
        return;
    }
    for (auto& pending : pending_) {
        if (pending.message->id != message.id || pending.events.front().action != event.action || pending.to != *to)
            continue;
        pending.events.push_back(std::move(event));
        return;
    }
    pending_.push_back({&message, {}, *to});
    pending_.back().events.push_back(std::move(event));
}

std::optional<std::string> Reports::addressee(Message const& message, Event const& event) const
{
    // RFC 5321 6.1: never an answer to the null sender, or two boxes report to each other for ever.
    if (message.envelope.sender.empty()) return std::nullopt;
    if (message.envelope.sender_verified || !message.envelope.login.empty()) return message.envelope.sender;
    if (event.of_list && event.action == Action::failed) return "postmaster@" + reporter_.domain;
    return std::nullopt;
}

void Reports::note_unreportable(Message const& message, Event const& event)
{
    if (event.action != Action::failed) return;
    log_event(message, event, "report-undeliverable");
    traced_.push_back({.message = message.id, .kind = TraceKind::unreported, .recipient = address_of(event)});
    if (reporter_.holds_unreportable) kept_.push_back({message.id, event.recipient.number});
}

void Reports::write(Settlement& settlement, base::Timestamp now)
{
    settlement.events.insert(settlement.events.end(), std::make_move_iterator(traced_.begin()),
                             std::make_move_iterator(traced_.end()));
    traced_.clear();
    for (auto const& pending : pending_) write_one(settlement, pending, now);
    pending_.clear();
    for (auto const& key : kept_) {
        std::erase_if(settlement.done,
                      [&](auto const& done) { return done.message == key.message && done.number == key.number; });
        settlement.held.push_back(key);
    }
    kept_.clear();
}

void Reports::write_one(Settlement& settlement, Pending const& pending, base::Timestamp now)
{
    auto const& message = *pending.message;
    auto const& events = pending.events;
    auto const to = message::Address::parse(pending.to, message::Utf8::allow);
    if (!to) return;
    auto const whole = message.size <= limits::returned_message;
    auto const original = message.body.read(message.return_path, limits::returned_message);
    auto const header = message::Header::parse(original);

    message::DeliveryReport report;
    report.from = {.name = "Mail Delivery System", .route = {}, .mailbox = "postmaster", .host = reporter_.domain};
    report.to = *to;
    report.subject = subject_of(events.front().action);
    report.date = now;
    report.message_id = message::new_message_id(reporter_.domain);
    report.in_reply_to = header.first("Message-ID");
    report.text = for_people(events);
    report.reporting_mta = reporter_.host;
    report.envelope_id = message.envelope.envelope_id;
    report.arrival = message.received;
    for (auto const& event : events) report.recipients.push_back(report_recipient(event, message, reporter_.rule));
    report.utf8 = message.envelope.smtputf8;
    report.original = original;
    report.return_whole_message =
        whole && events.front().action == Action::failed && message.envelope.returns != Returns::headers;

    auto body = spool_.begin();
    body.add_return_path("");
    body.append(message::compose_report(report));
    base::log(base::Level::info, "", "report",
              {{"id", show(body.id())}, {"about", show(message.id)}, {"to", pending.to}});
    Envelope envelope;
    envelope.smtputf8 = message.envelope.smtputf8;
    envelope.body_type = BodyType::eight_bit;
    envelope.arrival.header_id = report.message_id;
    envelope.arrival.about = message.id;
    settlement.events.push_back({.message = message.id,
                                 .kind = TraceKind::reported,
                                 .recipient = pending.to,
                                 .place = show(body.id()),
                                 .reply = std::string(words(events.front().action).action)});
    settlement.reports.push_back({std::move(body), std::move(envelope), {{pending.to, {}, notify_never}}});
}

} // namespace maild::queue
