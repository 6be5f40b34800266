#pragma once
// Carries messages to other servers: which server, what its answer means for each recipient, when to try again.

#include "maild/queue/queue.h"
#include "maild/queue/report.h"
#include "maild/remote/mx.h"
#include "maild/remote/smtp_client.h"

namespace maild::queue
{

/// Messages for one destination, to be handled by one thread.
struct RemoteJob {
    std::string destination;
    std::vector<Message> messages;
    remote::Route route = {};
};

class RemoteDelivery
{
public:
    RemoteDelivery(Context const& context, remote::DestinationLookup& lookup);

    /// Tries each message and settles it in the spool. Throws base::StoreError; what was not settled stays due.
    void run(RemoteJob const& job);

private:
    /// What became of one recipient.
    struct Outcome {
        enum class Kind { delivered, relayed, failed, later };
        Kind kind = Kind::later;
        std::string status;
        std::string reason;
        std::string host;
        std::string reply;
    };
    enum class Reached { no, yes };  ///< somebody answered: the other messages are worth a try
    enum class NextHost { no, yes }; ///< the domain's other servers are worth a try
    struct Attempt {
        std::vector<Outcome> outcomes; ///< one per recipient of the message
        Reached reached = Reached::no;
        NextHost next_host = NextHost::no;
    };

    Attempt try_message(remote::Destination const& destination, Message const& message);
    Attempt try_host(remote::MailHost const& host, Message const& message);
    remote::SmtpClient connect(remote::MailHost const& host);
    std::vector<Outcome> send(remote::SmtpClient& client, remote::MailHost const& host, Message const& message);
    void settle(Message const& message, std::vector<Outcome> const& outcomes);
    void settle_later(Message const& message, Recipient const& recipient, Outcome const& outcome,
                      Settlement& settlement, Reports& reports);
    static Attempt all(Message const& message, Outcome const& outcome, Reached reached, NextHost next_host);

    Context context_;
    remote::DestinationLookup& lookup_;
    std::shared_ptr<net::TlsContext> tls_;
};

} // namespace maild::queue
