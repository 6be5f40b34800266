#pragma once
// What became of a message at another server, and what follows of it for the spool and the sender.

#include "maild/queue/policy.h"
#include "maild/queue/queue.h"
#include "maild/queue/report.h"

#include <functional>

namespace maild::queue
{

/// What became of one recipient.
struct Outcome {
    enum class Kind {
        delivered, ///< taken by a server that reports itself (DSN)
        relayed,   ///< taken
        failed,
        later,
    };
    Kind kind = Kind::later;
    std::string status;   ///< "4.4.1"
    std::string reason;   ///< for people: an id of the catalogue
    std::string host;     ///< who answered
    std::string reply;    ///< what was answered
    std::string tls = {}; ///< "none", "encrypted", "verified by DANE"
};

/// Safe from all threads. All throw base::StoreError; then nothing has changed.
class Settling
{
public:
    explicit Settling(Context const& context) : context_(context), policy_(context.directory, context.clock) {}

    /// One outcome for each of the message's recipients; `events`: what happened on the way to them.
    void settle(Message const& message, std::vector<Outcome> const& outcomes, std::vector<TraceEvent> events = {});
    /// Warns of, returns or gives up what is late. `skips`: messages that are being sent or may not be touched. Gives
    /// how many were settled.
    std::size_t settle_late(std::function<bool(Message const&)> const& skips);

private:
    void settle_taken(Message const& message, Recipient const& recipient, Outcome const& outcome,
                      Settlement& settlement, Reports& reports);
    void settle_later(Message const& message, Recipient const& recipient, Outcome const& outcome,
                      Settlement& settlement, RetryRule const& rule);
    void settle_late_one(Message const& message, Recipient const& recipient, Settlement& settlement, Reports& reports,
                         RetryRule const& rule);
    Reports reports();

    Context context_;
    Policy policy_;
};

} // namespace maild::queue
