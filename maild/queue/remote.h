#pragma once
// Carries messages to other servers: which server, what its answer means for each recipient, when to try again.

#include "maild/queue/outcome.h"
#include "maild/remote/connections.h"
#include "maild/remote/mx.h"
#include "maild/remote/smtp_client.h"
#include "maild/remote/tls_policy.h"

namespace maild::queue
{

/// Messages for one destination, to be handled by one thread.
struct RemoteJob {
    std::string destination;
    std::vector<Message> messages;
    remote::Route route = {};
    std::string mx_of = {}; ///< by the MX of this domain instead of the destination's own
};

/// How a destination received a job, for how many connections it gets (destination_pace.h).
struct Reception {
    enum class Kind {
        good,
        busy,   ///< somebody answered, but took something only later
        nobody, ///< nobody answered: the rest of the job was not tried
        full,   ///< our own disk is: what became of the job could not be noted
    };
    Kind kind = Kind::good;
    std::string reply = {}; ///< of the last one that did not go well
};

class RemoteDelivery
{
public:
    RemoteDelivery(Context const& context, remote::DestinationLookup& lookup);

    /// Tries each message and settles it in the spool. Throws base::StoreError; what was not settled stays due.
    Reception run(RemoteJob const& job);
    /// Says goodbye on connections that nobody has needed for some seconds.
    void close_old_connections() { connections_.close_old(); }

private:
    enum class Reached { no, yes };  ///< somebody answered: the other messages are worth a try
    enum class NextHost { no, yes }; ///< the domain's other servers are worth a try

    /// One message of a job: what has become of its recipients so far.
    struct Attempt {
        Message const& message;
        std::vector<Outcome> outcomes;    ///< one per recipient
        std::vector<std::size_t> waiting; ///< recipients of whom no server has decided yet
        Reached reached = Reached::no;
        std::vector<TraceEvent> events = {};
    };

    /// One job's way: where to, and the connection that its messages share.
    struct Way {
        RemoteJob const& job;
        remote::Destination destination;
        std::string key; ///< of connections_
        std::optional<remote::OpenConnection> open = std::nullopt;
    };

    Attempt try_message(Way& way, Message const& message);
    NextHost try_host(Way& way, remote::MailHost const& host, Attempt& attempt, remote::TlsWish wish);
    NextHost deliver(Way& way, remote::MailHost const& host, Attempt& attempt, remote::TlsDemand const& demand);
    NextHost transact(Way& way, remote::MailHost const& host, Attempt& attempt, remote::TlsDemand const& demand);
    void send(Way& way, Attempt& attempt);
    static NextHost refused(Attempt& attempt, std::string const& host, remote::ServerReply const& reply);
    remote::SmtpClient connect(Way const& way, remote::MailHost const& host, remote::TlsDemand const& demand);
    remote::SmtpClient connect_once(Way const& way, remote::MailHost const& host, remote::TlsDemand const& demand);
    /// Fields that belong in front of what is really sent.
    std::string outgoing_headers(Message const& message, remote::Content const& content);
    /// The outcome of all who wait; they go on waiting.
    static void note(Attempt& attempt, Outcome const& outcome);
    /// What one server did to those recipients.
    static void trace(Attempt& attempt, TraceKind kind, std::vector<std::size_t> const& recipients);

    Context context_;
    Settling settling_;
    remote::DestinationLookup& lookup_;
    remote::Connections connections_;
    net::StrangersTls tls_;
};

} // namespace maild::queue
