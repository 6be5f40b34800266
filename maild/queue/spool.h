#pragma once
// Accepted mail on its way: what SMTP appends, the queue works off and `kotakpos queue` shows. Speaks the domain, not
// SQL. Not for mailboxes (mailbox/store.h).

#include "appliance/base/clock.h"
#include "maild/queue/spool_body.h"
#include "maild/queue/trace_event.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
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

/// Who is served first where mail waits for other servers.
enum class MailClass { premium = 0, standard = 1, bulk = 2 };
std::string_view show(MailClass mail_class);
std::optional<MailClass> parse_mail_class(std::string_view text);

/// Whose turn it is: the login, of mail from outside the sender.
inline std::string const& origin_of(Envelope const& envelope)
{
    return envelope.login.empty() ? envelope.sender : envelope.login;
}

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
    MailClass mail_class = MailClass::standard;
    base::Timestamp deadline = 0; ///< then somebody is to be told; `give_up`: a person wants it to end
};
inline constexpr base::Timestamp give_up = 1;
inline constexpr base::Timestamp never = std::int64_t{1} << 62;

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
        base::Timestamp deadline = 0;
    };
    struct Key {
        MessageId message = 0;
        int number = 0;
    };
    struct Onward { ///< becomes a recipient of its own
        MessageId message = 0;
        NewRecipient recipient;
        std::string destination;
        MailClass mail_class = MailClass::standard;
        base::Timestamp deadline = 0;
    };
    /// More recipients elsewhere within the window than this, and what its sender sends waits in bulk.
    struct BulkRule {
        std::uint64_t most = 0; ///< 0: no rule
        base::Microseconds window{0};
        std::set<std::string> exempt = {}; ///< origins whose class a person has chosen
    };
    struct NewMessage {
        SpoolBody body;
        Envelope envelope;
        std::vector<NewRecipient> recipients;
    };
    std::vector<Key> done;      ///< delivered, refused or given up: goes
    std::vector<Key> held;      ///< stays, and waits for a person
    std::vector<Change> later;  ///< stays as it is until next_try
    std::vector<Onward> onward; ///< addresses elsewhere; waits for its destination from now on
    struct Answered {           ///< an automatic answer went to that sender (RFC 3834 section 2)
        std::int64_t account = 0;
        std::string sender;
        base::Timestamp when = 0;
    };
    std::vector<NewMessage> reports;
    std::vector<Answered> answered;
    std::vector<TraceEvent> events; ///< what the trace says of it
    BulkRule bulk = {};             ///< for `onward`

    bool empty() const
    {
        return done.empty() && held.empty() && later.empty() && onward.empty() && reports.empty() &&
               answered.empty() && events.empty();
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
    std::uint64_t by_class[3] = {}; ///< of `remote`
    base::Timestamp oldest = 0;     ///< arrival of the oldest message, 0: empty
};

/// A destination at which nobody answers.
struct Resting {
    std::string destination;
    base::Timestamp until = 0;
    unsigned failures = 0; ///< in a row
    std::string reply;
};

/// Which of a destination's messages are next.
struct Turn {
    std::optional<MailClass> only = std::nullopt;
    std::string after = {};           ///< the origin that was served last
    std::set<MessageId> in_work = {}; ///< not these
};

/// A mail that waits for its release and that its writer may still take back.
struct WaitingMail {
    MessageId id = 0;
    base::Timestamp release = 0;
    std::string header_id; ///< the Message-ID field
};

/// Which messages a person means; empty fields mean all.
struct Selection {
    std::string to_domain = {}; ///< a recipient elsewhere in that domain
    std::string from = {};      ///< the sender, or the login
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
    /// Whether a settlement can be counted on: to be asked before something is done that cannot be undone.
    virtual bool can_settle() = 0;
    /// After it the message may be acknowledged. Throws also what went wrong while the body was written. Gives its
    /// id; or that of the one with the same Message-ID which this login had handed in before over the Unix socket and
    /// nobody took back: then nothing is added, so a webmail that lost our answer may ask again.
    virtual MessageId commit(SpoolBody& body, Envelope const& envelope,
                             std::vector<NewRecipient> const& recipients) = 0;
    /// The room left in a mailbox when it is nearly full.
    virtual std::optional<std::int64_t> room(std::int64_t account) = 0;
    /// What people have submitted since then, from the trace; of all, or of one login. Reads every message since
    /// then.
    virtual std::vector<LoginUse> use_since(base::Timestamp since, std::string_view login = {}) = 0;
    /// For the trace: what was refused. The caller bounds how much that is (smtp/refusal_log.h).
    virtual void note_refused(std::vector<RefusedMail> const& refused) = 0;
    /// What waits for its release, the next one first.
    virtual std::vector<WaitingMail> waiting(std::string_view login, std::size_t most) = 0;
    /// Out of the queue, if it is this login's and nothing has been sent of it. True also when it was taken back
    /// before: who lost the answer may ask again.
    virtual bool take_back(MessageId id, std::string_view login) = 0;

    // --- the queue
    // --------------------------------------------------------------------------------------------------
    /// Messages with recipients to be routed now (only those recipients), with bodies; by priority, then by age.
    virtual std::vector<Message> due(base::Timestamp now, std::size_t most) = 0;
    /// Where something may be due, the longest waiting first; those that rest are left out.
    virtual std::vector<std::string> due_destinations(base::Timestamp now, std::size_t most) = 0;
    /// Messages for one destination (only those recipients), with bodies: classes and priorities in order, the
    /// senders in turn.
    virtual std::vector<Message> due_for(std::string_view destination, base::Timestamp now, std::size_t most,
                                         Turn const& turn = {}) = 0;
    /// Recipients past their deadline that nobody is about to try (only those recipients), with bodies.
    virtual std::vector<Message> late(base::Timestamp now, std::size_t most) = 0;
    virtual void settle(Settlement& settlement) = 0;
    /// When an automatic answer of that person last went to the sender; 0: not within two months.
    virtual base::Timestamp last_answer(std::int64_t account, std::string_view sender) = 0;
    /// Nothing was due there: it is looked at again when something is.
    virtual void look_later(std::string_view destination) = 0;
    /// Everything for these waits until then. `failures`: how often in a row nobody answered, 0: for another reason.
    virtual void rest(std::vector<std::string> const& destinations, base::Timestamp until, unsigned failures,
                      std::string_view reply) = 0;
    virtual std::optional<Resting> resting(std::string_view destination) = 0;
    /// Somebody answers there again.
    virtual void revive(std::string_view destination) = 0;
    virtual std::vector<Room> rooms() = 0;
    /// A room of `nothing` means: no longer nearly full.
    virtual void publish_room(std::int64_t account, std::optional<std::int64_t> bytes) = 0;
    /// Removes body files without a row. Called now and then by the queue.
    virtual void sweep() = 0;
    /// Forgets the way of messages that were accepted before that moment and have left the queue; in small steps.
    virtual void forget_trace(base::Timestamp before) = 0;

    // --- people
    // -----------------------------------------------------------------------------------------------------
    /// Messages in order of arrival, without bodies, from behind `after`.
    virtual std::vector<Message> list(std::size_t most, MessageId after = 0, Selection const& selection = {}) = 0;
    /// With its body.
    virtual std::optional<Message> find(MessageId id) = 0;
    virtual QueueCounts counts() = 0;
    /// The destinations at which nobody answers.
    virtual std::vector<Resting> all_resting() = 0;

    // All in one commit; each gives how many of the messages there were. What is being sent at this moment is sent to
    // its end, and once.
    using MessageIds = std::vector<MessageId>;
    /// Tries every recipient now; held ones too.
    virtual std::size_t retry(MessageIds const& ids) = 0;
    virtual std::size_t hold(MessageIds const& ids) = 0;
    virtual std::size_t remove(MessageIds const& ids) = 0;
    /// As if its time were over: it goes back to the sender.
    virtual std::size_t expire(MessageIds const& ids) = 0;
};

/// The implementation: spool.db and body/ in `folder` (made when missing). `clock` must outlive it.
std::unique_ptr<Spool> make_sql_spool(std::string const& folder, base::Clock const& clock = base::system_clock());

} // namespace maild::queue
