#pragma once
// Accepted mail on its way: what SMTP appends, the queue works off and `kotakpos queue` shows. Speaks the domain, not
// SQL. Not for mailboxes (mailbox/store.h).

#include "appliance/base/clock.h"
#include "maild/queue/spool_body.h"
#include "maild/queue/trace_event.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace maild::queue
{

/// NOTIFY of RFC 3461 4.1 as bits; 0: not said (failure, and delay once).
enum Notify : unsigned {
    notify_unsaid = 0,
    notify_never = 1,
    notify_success = 2,
    notify_failure = 4,
    notify_delay = 8
};
bool wants_failure(unsigned notify);
bool wants_delay(unsigned notify);

/// RET of RFC 3461 4.3.
enum class Returns { unsaid = 0, full = 1, headers = 2 };

/// BODY of RFC 6152 and RFC 3030.
enum class BodyType { seven_bit = 0, eight_bit = 1, binary = 2 };

/// BY of RFC 2852 section 4.
struct DeliverBy {
    base::Timestamp until = 0;
    bool returns = false; ///< by-mode R: goes back when it is late; else N: the sender is told
    bool trace = false;   ///< by-trace: every hop tells that it has passed
};

struct Envelope {
    std::string sender = {}; ///< "local@domain"; empty: the null sender
    std::string login = {};  ///< who submitted it; empty: from outside, or a report of our own
    std::string envelope_id = {};
    Returns returns = Returns::unsaid;
    bool smtputf8 = false;
    /// Its sender really is who it says: only then a report goes there (README.md, "Backscatter").
    bool sender_verified = false;
    BodyType body_type = BodyType::seven_bit;
    int priority = 0;            ///< MT-PRIORITY of RFC 6710: -9 to 9
    bool require_tls = false;    ///< REQUIRETLS of RFC 8689
    base::Timestamp release = 0; ///< FUTURERELEASE of RFC 4865: waits until then; 0: at once
    std::optional<DeliverBy> deliver_by = std::nullopt;
    bool junk = false;    ///< for the mailbox Junk: DMARC of the From domain says so
    Arrival arrival = {}; ///< for the trace; empty when a message is read
};

struct NewRecipient {
    std::string address;       ///< "local@domain"
    std::string original = {}; ///< ORCPT ("rfc822;..."), may be empty
    unsigned notify = notify_unsaid;
};

/// Their addresses, a line each.
std::string lines_of(std::vector<NewRecipient> const& recipients);

enum class State {
    incoming = 0, ///< to be routed: to mailboxes here, or on to a destination
    remote = 1,   ///< waits for its destination
    held = 2,     ///< waits for a person
};

struct Recipient {
    int number = 0;
    std::string address;
    std::string original;
    unsigned notify = notify_unsaid;
    State state = State::incoming;
    std::string destination;
    base::Timestamp next_try = 0;
    unsigned attempts = 0;
    base::Timestamp last_try = 0;
    std::string last_reply;
    bool warned = false;
};

struct Message {
    MessageId id = 0;
    Envelope envelope;
    base::Timestamp received = 0;
    std::uint64_t size = 0;
    std::size_t return_path = 0; ///< length of the Return-Path line in front of the bytes
    StoredBody body;             ///< empty when only the list was asked for
    std::vector<Recipient> recipients;
};

/// What becomes of recipients after a round of work: one commit, all or none.
struct Settlement {
    struct Change {
        MessageId message = 0;
        int number = 0;
        base::Timestamp next_try = 0;
        unsigned attempts = 0;
        base::Timestamp last_try = 0;
        std::string reply = {};
        bool warned = false;
    };
    struct Key {
        MessageId message = 0;
        int number = 0;
    };
    struct Onward { ///< becomes a recipient of its own
        MessageId message = 0;
        NewRecipient recipient;
        std::string destination;
    };
    struct NewMessage {
        SpoolBody body;
        Envelope envelope;
        std::vector<NewRecipient> recipients;
    };
    std::vector<Key> done;      ///< delivered, refused or given up: goes
    std::vector<Change> later;  ///< stays as it is until next_try
    std::vector<Onward> onward; ///< addresses elsewhere; waits for its destination from now on
    std::vector<NewMessage> reports;
    std::vector<TraceEvent> events; ///< what the trace says of it

    bool empty() const
    {
        return done.empty() && later.empty() && onward.empty() && reports.empty() && events.empty();
    }
};

/// What a person has submitted.
struct LoginUse {
    std::string login;
    std::uint64_t messages = 0;
    std::uint64_t recipients = 0; ///< a class or alias counts as one
};

struct Room {
    std::int64_t account = 0;
    std::int64_t bytes = 0;
};

struct QueueCounts {
    std::uint64_t messages = 0;
    std::uint64_t incoming = 0; ///< recipients by state
    std::uint64_t remote = 0;
    std::uint64_t held = 0;
    base::Timestamp oldest = 0; ///< arrival of the oldest message, 0: empty
};

/// All functions may be called from any thread and process, and throw base::StoreError when the store fails; then
/// nothing has changed. When a changing function has returned, the change is on stable storage.
class Spool
{
public:
    virtual ~Spool() = default;

    // --- SMTP
    // -------------------------------------------------------------------------------------------------------
    /// An empty body with a new id, to be filled and committed.
    virtual SpoolBody begin() = 0;
    /// Whether a message of so many bytes fits, here and once more in a mailbox (the reserve is left alone).
    virtual bool has_space(std::uint64_t bytes) = 0;
    /// After it the message may be acknowledged. Throws also what went wrong while the body was written.
    virtual void commit(SpoolBody& body, Envelope const& envelope, std::vector<NewRecipient> const& recipients) = 0;
    /// The room left in a mailbox when it is nearly full.
    virtual std::optional<std::int64_t> room(std::int64_t account) = 0;
    /// What people have submitted since then, from the trace; of all, or of one login. Reads every message since
    /// then.
    virtual std::vector<LoginUse> use_since(base::Timestamp since, std::string_view login = {}) = 0;
    /// For the trace: what was refused. The caller bounds how much that is (smtp/refusal_log.h).
    virtual void note_refused(std::vector<RefusedMail> const& refused) = 0;

    // --- the queue
    // --------------------------------------------------------------------------------------------------
    /// The oldest messages with recipients to be routed now (only those recipients), with bodies.
    virtual std::vector<Message> due(base::Timestamp now, std::size_t most) = 0;
    virtual std::vector<std::string> due_destinations(base::Timestamp now) = 0;
    /// Messages for one destination (only those recipients), with bodies.
    virtual std::vector<Message> due_for(std::string_view destination, base::Timestamp now, std::size_t most) = 0;
    virtual void settle(Settlement& settlement) = 0;
    /// Nobody answers there: everything for the destination waits until then.
    virtual void defer_destination(std::string_view destination, base::Timestamp until) = 0;
    virtual std::vector<Room> rooms() = 0;
    /// A room of `nothing` means: no longer nearly full.
    virtual void publish_room(std::int64_t account, std::optional<std::int64_t> bytes) = 0;
    /// Removes body files without a row. Called now and then by the queue.
    virtual void sweep() = 0;
    /// Forgets the way of messages that were accepted before that moment and have left the queue; in small steps.
    virtual void forget_trace(base::Timestamp before) = 0;

    // --- people
    // -----------------------------------------------------------------------------------------------------
    /// All messages in order of arrival, without bodies, from behind `after`.
    virtual std::vector<Message> list(std::size_t most, MessageId after = 0) = 0;
    /// With its body.
    virtual std::optional<Message> find(MessageId id) = 0;
    virtual QueueCounts counts() = 0;
    /// Tries every recipient now; held ones too. False: no such message.
    virtual bool retry(MessageId id) = 0;
    virtual bool hold(MessageId id) = 0;
    virtual bool remove(MessageId id) = 0;
};

/// The implementation: spool.db and body/ in `folder` (made when missing). `clock` must outlive it.
std::unique_ptr<Spool> make_sql_spool(std::string const& folder, base::Clock const& clock = base::system_clock());

} // namespace maild::queue
