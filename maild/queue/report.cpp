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

/// Nobody knows which language the sender reads: reports come in all of ours.
constexpr std::string_view languages[] = {"id", "en"};

Wording const& words(Action action)
{
    switch (action) {
    case Action::failed: return failed_words;
    case Action::delayed: return delayed_words;
    case Action::delivered: return delivered_words;
    case Action::relayed: return relayed_words;
    }
    return failed_words;
}

bool is_wanted(Action action, unsigned notify)
{
    switch (action) {
    case Action::failed: return wants_failure(notify);
    case Action::delayed: return wants_delay(notify);
    case Action::delivered:
    case Action::relayed: return (notify & notify_success) != 0;
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
        if (!event.diagnostic.empty())
            text +=
                "    " + base::format(catalog.text("{1} answered: {2}"), {event.remote_mta, event.diagnostic}) + '\n';
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

message::ReportRecipient report_recipient(Event const& event, base::Timestamp received, base::Timestamp now)
{
    message::ReportRecipient recipient;
    recipient.original = event.recipient.original;
    recipient.final = address_of(event);
    recipient.action = words(event.action).action;
    recipient.status = event.status;
    recipient.remote_mta = event.remote_mta;
    recipient.diagnostic = event.diagnostic;
    recipient.last_attempt = now;
    if (event.action == Action::delayed) recipient.retry_until = expiry(received);
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
    if (message.envelope.sender.empty()) {
        // RFC 5321 6.1: never an answer to the null sender, or two boxes report to each other for ever.
        if (event.action != Action::failed) return;
        log_event(message, event, "report-undeliverable");
        traced_.push_back({.message = message.id, .kind = TraceKind::unreported, .recipient = address_of(event)});
        return;
    }
    for (auto& pending : pending_) {
        if (pending.message->id != message.id || pending.events.front().action != event.action) continue;
        pending.events.push_back(std::move(event));
        return;
    }
    pending_.push_back({&message, {}});
    pending_.back().events.push_back(std::move(event));
}

void Reports::write(Settlement& settlement, base::Timestamp now)
{
    settlement.events.insert(settlement.events.end(), std::make_move_iterator(traced_.begin()),
                             std::make_move_iterator(traced_.end()));
    traced_.clear();
    for (auto const& pending : pending_) write_one(settlement, *pending.message, pending.events, now);
    pending_.clear();
}

void Reports::write_one(Settlement& settlement, Message const& message, std::vector<Event> const& events,
                        base::Timestamp now)
{
    auto const sender = message::Address::parse(message.envelope.sender, message::Utf8::allow);
    if (!sender) return;
    auto const whole = message.size <= limits::returned_message;
    auto const original = message.body.read(message.return_path, limits::returned_message);
    auto const header = message::Header::parse(original);

    message::DeliveryReport report;
    report.from = {.name = "Mail Delivery System", .route = {}, .mailbox = "postmaster", .host = reporter_.domain};
    report.to = *sender;
    report.subject = subject_of(events.front().action);
    report.date = now;
    report.message_id = message::new_message_id(reporter_.domain);
    report.in_reply_to = header.first("Message-ID");
    report.text = for_people(events);
    report.reporting_mta = reporter_.host;
    report.envelope_id = message.envelope.envelope_id;
    report.arrival = message.received;
    for (auto const& event : events) report.recipients.push_back(report_recipient(event, message.received, now));
    report.original = original;
    report.return_whole_message =
        whole && events.front().action == Action::failed && message.envelope.returns != Returns::headers;

    auto body = spool_.begin();
    body.add_return_path("");
    body.append(message::compose_report(report));
    base::log(base::Level::info, "", "report",
              {{"id", show(body.id())}, {"about", show(message.id)}, {"to", message.envelope.sender}});
    Envelope envelope;
    envelope.smtputf8 = message.envelope.smtputf8;
    envelope.arrival.header_id = report.message_id;
    envelope.arrival.about = message.id;
    settlement.events.push_back({.message = message.id,
                                 .kind = TraceKind::reported,
                                 .recipient = message.envelope.sender,
                                 .place = show(body.id()),
                                 .reply = std::string(words(events.front().action).action)});
    settlement.reports.push_back(
        {std::move(body), std::move(envelope), {{message.envelope.sender, {}, notify_never}}});
}

} // namespace maild::queue
