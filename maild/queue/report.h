#pragma once
// Delivery reports (RFC 3464) as new messages of the spool: failed, late, delivered, relayed. Never a report about a
// report.

#include "maild/queue/retry.h"

#include <string>
#include <vector>

namespace directory
{
class Directory;
}

namespace maild::queue
{

enum class Action { failed, delayed, delivered, relayed, expanded };

/// What happened to one recipient.
struct Event {
    Action action = Action::failed;
    Recipient recipient;
    std::string address =
        {}; ///< the mailbox in question when it is not the recipient's own address (classes, aliases)
    std::string status = {};          ///< "5.1.1"
    std::string reason = {};          ///< for people: an id of the catalogue
    std::string remote_mta = {};      ///< who answered
    std::string diagnostic = {};      ///< what was answered
    base::Timestamp last_attempt = 0; ///< 0: never tried
    bool of_list = false;             ///< one of several behind the recipient's address
};

/// Who we are in reports.
struct Reporter {
    std::string host;   ///< "mail.DOMAIN"
    std::string domain; ///< the From is postmaster there
    RetryRule rule = {};
    bool holds_unreportable = false; ///< what fails and may not be reported stays, held
};

/// Collects the events of a round of work and makes one report per message and kind.
class Reports
{
public:
    Reports(Spool& spool, Reporter reporter) : spool_(spool), reporter_(std::move(reporter)) {}

    /// Notes the event if the sender wants to know (RFC 3461 4.1) and may be told: never the null sender, and nobody
    /// whose address may be forged; of a list the postmaster is told then. What failed goes to the trace in any case.
    void add(Message const& message, Event event);
    /// Writes the reports into the settlement. Throws StoreError.
    void write(Settlement& settlement, base::Timestamp now);

private:
    struct Pending {
        Message const* message;
        std::vector<Event> events;
        std::string to; ///< who is told
    };
    /// Who is told of the event; nothing: nobody can be.
    std::optional<std::string> addressee(Message const& message, Event const& event) const;
    void note_unreportable(Message const& message, Event const& event);
    void write_one(Settlement& settlement, Pending const& pending, base::Timestamp now);

    Spool& spool_;
    Reporter reporter_;
    std::vector<Pending> pending_;
    std::vector<Settlement::Key> kept_; ///< failed, but stay for the postmaster
    std::vector<TraceEvent> traced_;    ///< go into the settlement with the reports
};

} // namespace maild::queue
