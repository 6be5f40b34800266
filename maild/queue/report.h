#pragma once
// Delivery reports (RFC 3464) as new messages of the spool: failed, late, delivered, relayed. Never a report about a
// report.

#include "maild/queue/spool.h"

#include <string>
#include <vector>

namespace directory
{
class Directory;
}

namespace maild::queue
{

enum class Action { failed, delayed, delivered, relayed };

/// What happened to one recipient.
struct Event {
    Action action = Action::failed;
    Recipient recipient;
    std::string address =
        {}; ///< the mailbox in question when it is not the recipient's own address (classes, aliases)
    std::string status = {};     ///< "5.1.1"
    std::string reason = {};     ///< for people: an id of the catalogue
    std::string remote_mta = {}; ///< who answered
    std::string diagnostic = {}; ///< what was answered
};

/// Who we are in reports.
struct Reporter {
    std::string host;   ///< "mail.DOMAIN"
    std::string domain; ///< the From is postmaster there
};

/// Collects the events of a round of work and makes one report per message and kind.
class Reports
{
public:
    Reports(Spool& spool, Reporter reporter) : spool_(spool), reporter_(std::move(reporter)) {}

    /// Notes the event if the sender wants to know (RFC 3461 4.1); logs it when nobody can be told. What failed goes
    /// to the trace in any case.
    void add(Message const& message, Event event);
    /// Writes the reports into the settlement. Throws StoreError.
    void write(Settlement& settlement, base::Timestamp now);

private:
    struct Pending {
        Message const* message;
        std::vector<Event> events;
    };
    void write_one(Settlement& settlement, Message const& message, std::vector<Event> const& events,
                   base::Timestamp now);

    Spool& spool_;
    Reporter reporter_;
    std::vector<Pending> pending_;
    std::vector<TraceEvent> traced_; ///< go into the settlement with the reports
};

} // namespace maild::queue
