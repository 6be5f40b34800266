// The extensions of SMTP: what EHLO lists in which place, and what of a client's wishes is granted.

#include "appliance/base/text.h"
#include "maild/limits.h"
#include "maild/smtp/session.h"

#include <algorithm>

namespace maild::smtp
{

namespace
{
std::int64_t seconds(base::Microseconds duration)
{
    return std::chrono::duration_cast<std::chrono::seconds>(duration).count();
}

/// max-future-release-interval and max-future-release-date-time (RFC 4865 section 3).
std::string show_future_release(base::Timestamp now)
{
    auto const latest = base::iso_date(now + limits::hold_longest.count());
    return "FUTURERELEASE " + std::to_string(seconds(limits::hold_longest)) + ' ' + latest.substr(0, 19) + 'Z';
}

[[noreturn]] void not_offered()
{
    throw ClientError(555, "5.5.4", "MAIL parameter not recognized or not implemented");
}
} // namespace

std::vector<std::string> Session::extensions() const
{
    bool const submission = purpose_ == Purpose::submission;
    std::vector<std::string> offered = {"PIPELINING", "SIZE " + std::to_string(shared_->message_size()),
                                        "8BITMIME",   "BINARYMIME",
                                        "CHUNKING",   "SMTPUTF8",
                                        "DSN",        "ENHANCEDSTATUSCODES"};
    if (shared_->context.tls && !is_secure()) offered.push_back("STARTTLS");
    if (stream_.is_tls()) offered.push_back("REQUIRETLS");
    if (offers_auth()) offered.push_back("AUTH " + sasl::offered());
    offered.push_back("LIMITS RCPTMAX=" + std::to_string(shared_->settings.number("mail.limit.recipients")));
    if (submission) offered.push_back(show_future_release(shared_->context.clock.now()));
    offered.push_back("DELIVERBY " + std::to_string(seconds(limits::deliver_by_shortest)));
    offered.push_back("MT-PRIORITY");
    if (auto const refused = unwanted_solicitations(); !refused.empty())
        offered.push_back("NO-SOLICITING " + base::join(refused, ","));
    if (submission && stream_.is_local()) offered.push_back("XTAKEBACK");
    offered.push_back("HELP");
    return offered;
}

/// Port 25 only: what our own people send is not theirs to refuse.
std::vector<std::string> Session::unwanted_solicitations() const
{
    if (purpose_ == Purpose::submission) return {};
    return parse_solicitations(shared_->settings.text("mail.no-soliciting"));
}

std::optional<Reply> Session::refuse_solicitation(std::vector<std::string> const& classes) const
{
    if (classes.empty()) return std::nullopt;
    auto const unwanted = unwanted_solicitations();
    auto const found = std::find_first_of(classes.begin(), classes.end(), unwanted.begin(), unwanted.end());
    if (found == classes.end()) return std::nullopt;
    return Reply{550, "5.7.1", "This school does not want mail of the class " + *found};
}

/// Writes what is granted into the envelope. Throws ClientError for what is not.
void Session::must_grant(TransportWishes const& wishes, queue::Envelope& envelope) const
{
    auto const now = shared_->context.clock.now();
    if (wishes.require_tls && !stream_.is_tls()) not_offered(); // RFC 8689 section 2: announced only under TLS
    envelope.require_tls = wishes.require_tls;
    if (!wishes.solicitations.empty() && unwanted_solicitations().empty()) not_offered();
    if (auto const refusal = refuse_solicitation(wishes.solicitations)) throw ClientError(*refusal);
    envelope.release = must_grant_release(wishes, now);
    if (wishes.by) {
        if (wishes.by->returns && wishes.by->seconds < seconds(limits::deliver_by_shortest))
            throw ClientError(550, "5.4.7", "Delivery cannot be promised in so short a time");
        envelope.deliver_by = {now + wishes.by->seconds * std::chrono::microseconds(std::chrono::seconds(1)).count(),
                               wishes.by->returns, wishes.by->trace};
    }
    envelope.priority = std::min(wishes.priority.value_or(0), highest_priority());
}

base::Timestamp Session::must_grant_release(TransportWishes const& wishes, base::Timestamp now) const
{
    if (!wishes.hold_for && !wishes.hold_until) return 0;
    if (purpose_ != Purpose::submission) not_offered(); // RFC 4865 section 4
    auto const release = wishes.hold_until.value_or(now + static_cast<base::Timestamp>(wishes.hold_for.value_or(0)) *
                                                              base::Timestamp{1'000'000});
    if (release - now > limits::hold_longest.count())
        throw ClientError(501, "5.5.4",
                          "A mail is held for at most " + std::to_string(seconds(limits::hold_longest)) + " seconds");
    return release > now ? release : 0;
}

/// RFC 6710 4.1: who is not known, or is a pupil, may say that a mail can wait, but not that it comes first.
int Session::highest_priority() const
{
    return user_ && user_->role != directory::Role::pupil ? limits::priority_of_staff : limits::priority_of_others;
}

} // namespace maild::smtp
