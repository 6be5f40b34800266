#include "maild/queue/trace_words.h"

#include "appliance/base/text.h"

namespace maild::queue
{

namespace
{
/// Names in one sentence; a class has more.
constexpr std::size_t names_shown = 8;

class Teller
{
public:
    Teller(i18n::Catalog const& catalog, ShowTime const& show_time) : catalog_(catalog), show_time_(show_time) {}

    std::string connected(TracedMessage const& message) const
    {
        auto const& arrival = message.arrival;
        bool const follows = arrival.peer.empty() && arrival.about != 0;
        if (follows && message.sender.empty()) // as all reports
            return say("this box writes a report about message {1}", {show(arrival.about)});
        if (follows)
            return say("this box passes on message {1}, which an alias or list leads elsewhere",
                       {show(arrival.about)});
        if (arrival.peer.empty()) return say("this box writes it itself");
        if (arrival.peer == "local") return say("the webmail connects");
        auto text = say("{1} connects and calls itself {2}", {arrival.peer, arrival.hello});
        return text + ", " + (arrival.tls.empty() ? say("not encrypted") : say("encrypted with {1}", {arrival.tls}));
    }

    std::string accepted(TracedMessage const& message) const
    {
        auto text = say("accepted for {1}", {names(message.recipients)});
        if (!message.login.empty()) text += ", " + say("sent by {1} after login", {message.login});
        return text;
    }

    std::string event(TraceLine const& line) const
    {
        if (!line.kind) return say("read for the first time by {1} ({2})", {names(line.places), means(line.means)});
        switch (*line.kind) {
        case TraceKind::expanded: return say("{1} stands for {2}", {line.recipient, names(line.places)});
        case TraceKind::delivered: return delivered(line);
        case TraceKind::tried:
            return say("not taken for {1}: {2}; the next server is asked", {line.recipient, answer(line)});
        case TraceKind::sent: return sent(line);
        case TraceKind::deferred:
            return say("{1} must wait: {2}; next attempt: {3}",
                       {line.recipient, answer(line), show_time_(line.next_try)});
        case TraceKind::failed: return say("not delivered to {1}: {2}", {line.recipient, answer(line)});
        case TraceKind::expired:
            return say("given up for {1}, it took too long: {2}", {line.recipient, answer(line)});
        case TraceKind::doubtful:
            return say("{1} hung up before it confirmed the mail for {2}: it may have it, and gets it again",
                       {place(line), line.recipient});
        case TraceKind::reported: return reported(line);
        case TraceKind::unreported: return say("nobody can be told: the mail has no sender");
        case TraceKind::held: return say("held back by an administrator");
        case TraceKind::released: return say("released by an administrator");
        case TraceKind::retried: return say("an administrator has it tried again");
        case TraceKind::deleted:
            return line.places.empty() ? say("deleted from the queue by an administrator")
                                       : say("taken back by its writer before it was sent");
        case TraceKind::filed: return say("a filter of {1} puts it into {2}", {line.recipient, place(line)});
        case TraceKind::copied: return say("a filter of {1} sends a copy: {2}", {line.recipient, place(line)});
        case TraceKind::answered:
            return say("{1} is away: an automatic answer is sent (message {2})", {line.recipient, place(line)});
        }
        return {};
    }

    std::string queued(StillQueued const& one) const
    {
        if (one.is_held) return say("now: {1} is held back until an administrator releases it", {one.recipient});
        if (one.destination.empty()) return say("now: {1} is next", {one.recipient});
        auto text = say("now: {1} waits for a server of {2}, next attempt: {3}",
                        {one.recipient, one.destination, show_time_(one.next_try)});
        return one.reply.empty() ? text : text + ", " + say("last answer: {1}", {catalog_.text(one.reply)});
    }

private:
    std::string say(std::string_view id, std::vector<std::string> const& arguments = {}) const
    {
        return base::format(catalog_.text(id), arguments);
    }

    std::string names(std::vector<std::string> const& all) const
    {
        if (all.size() <= names_shown) return base::join(all, ", ");
        std::vector<std::string> const some(all.begin(), all.begin() + names_shown);
        return say("{1} and {2} more", {base::join(some, ", "), std::to_string(all.size() - names_shown)});
    }

    static std::string place(TraceLine const& line) { return base::join(line.places, ", "); }

    /// "mx.example.org answered: ..." or our own reason.
    std::string answer(TraceLine const& line) const
    {
        auto const reason = catalog_.text(line.reply);
        return line.places.empty() ? reason : say("{1} answered: {2}", {place(line), reason});
    }

    std::string sent(TraceLine const& line) const
    {
        auto const host = line.places.empty() ? std::string() : line.places.front();
        auto text = say("handed over to {1} for {2}: {3}", {host, line.recipient, line.reply});
        if (line.places.size() < 2) return text; // of an older version
        auto const& tls = line.places[1];
        constexpr std::string_view verified_by = "verified by ";
        if (tls == "none") return text + ", " + say("not encrypted");
        if (!tls.starts_with(verified_by)) return text + ", " + say("encrypted");
        return text + ", " + say("encrypted, the server proved who it is ({1})", {tls.substr(verified_by.size())});
    }

    std::string delivered(TraceLine const& line) const
    {
        if (line.places.size() == 1) return say("delivered into the mailbox of {1}", {line.places.front()});
        return say("delivered into {1} mailboxes: {2}", {std::to_string(line.places.size()), names(line.places)});
    }

    std::string reported(TraceLine const& line) const
    {
        auto const report = place(line);
        if (line.reply == "delayed")
            return say("{1} is told that it is late (message {2})", {line.recipient, report});
        if (line.reply == "failed")
            return say("{1} is told that it was not delivered (message {2})", {line.recipient, report});
        return say("{1} is told that it was delivered (message {2})", {line.recipient, report});
    }

    std::string means(TraceLine::Means means) const
    {
        switch (means) {
        case TraceLine::Means::imap: return "IMAP";
        case TraceLine::Means::pop3: return "POP3";
        case TraceLine::Means::webmail: return say("webmail");
        case TraceLine::Means::none: break;
        }
        return "?";
    }

    i18n::Catalog const& catalog_;
    ShowTime const& show_time_;
};

Tone tone_of(TraceLine const& line)
{
    if (!line.kind) return Tone::good;
    switch (*line.kind) {
    case TraceKind::delivered:
    case TraceKind::sent: return Tone::good;
    case TraceKind::tried:
    case TraceKind::deferred:
    case TraceKind::doubtful:
    case TraceKind::held: return Tone::waiting;
    case TraceKind::failed:
    case TraceKind::expired:
    case TraceKind::unreported:
    case TraceKind::deleted: return Tone::bad;
    case TraceKind::expanded:
    case TraceKind::reported:
    case TraceKind::released:
    case TraceKind::retried:
    case TraceKind::filed:
    case TraceKind::copied:
    case TraceKind::answered: break;
    }
    return Tone::plain;
}
} // namespace

std::string_view show(TraceLine const& line)
{
    if (!line.kind) return "read";
    switch (*line.kind) {
    case TraceKind::expanded: return "expanded";
    case TraceKind::delivered: return "delivered";
    case TraceKind::tried: return "tried";
    case TraceKind::sent: return "sent";
    case TraceKind::deferred: return "deferred";
    case TraceKind::failed: return "failed";
    case TraceKind::expired: return "expired";
    case TraceKind::doubtful: return "doubtful";
    case TraceKind::reported: return "reported";
    case TraceKind::unreported: return "unreported";
    case TraceKind::held: return "held";
    case TraceKind::released: return "released";
    case TraceKind::retried: return "retried";
    case TraceKind::deleted: return "deleted";
    case TraceKind::filed: return "filed";
    case TraceKind::copied: return "copied";
    case TraceKind::answered: return "answered";
    }
    return "";
}

std::string_view show(TraceLine::Means means)
{
    switch (means) {
    case TraceLine::Means::imap: return "imap";
    case TraceLine::Means::pop3: return "pop3";
    case TraceLine::Means::webmail: return "webmail";
    case TraceLine::Means::none: break;
    }
    return "";
}

std::vector<StoryLine> story(i18n::Catalog const& catalog, TracedMessage const& message, ShowTime const& show_time,
                             base::Timestamp now)
{
    Teller const teller(catalog, show_time);
    std::vector<StoryLine> lines = {
        {message.id >> trace_id_bits, "connected", teller.connected(message)},
        {message.accepted, "accepted", teller.accepted(message)},
    };
    for (auto const& line : message.lines)
        lines.push_back({line.at, std::string(show(line)), teller.event(line), tone_of(line)});
    for (auto const& one : message.queued) lines.push_back({now, "queued", teller.queued(one), Tone::waiting});
    return lines;
}

StoryLine story(i18n::Catalog const& catalog, RefusedMail const& refused)
{
    auto const say = [&](std::string_view id, std::vector<std::string> const& arguments) {
        return base::format(catalog.text(id), arguments);
    };
    auto const peer = refused.peer.empty() ? catalog.text("many others") : refused.peer;
    auto const times =
        base::format(catalog.plural("{1} time", "{1} times", static_cast<unsigned long>(refused.count)),
                     {std::to_string(refused.count)});
    if (refused.reply.empty())
        return {refused.first, "refused", say("{1}: more mail was refused, {2}", {peer, times}), Tone::bad};
    auto const sender = refused.sender.empty() ? "<>" : refused.sender;
    auto text =
        refused.recipient.empty()
            ? say("{1}, which calls itself {2}, was refused a mail from {3}: {4}",
                  {peer, refused.hello, sender, refused.reply})
            : say("{1}, which calls itself {2}, was refused a mail from {3} to {4}: {5}",
                  {peer, refused.hello, sender, base::replace_all(refused.recipient, "\n", ", "), refused.reply});
    if (refused.count > 1) text += " (" + times + ")";
    return {refused.first, "refused", text, Tone::bad};
}

} // namespace maild::queue
