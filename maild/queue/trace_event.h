#pragma once
// What happens to a message, as the trace keeps it: written by whoever makes it happen, in the commit that makes it
// true. Reading it: trace_reader.h.

#include "appliance/base/clock.h"
#include "maild/queue/spool_body.h"

#include <string>
#include <string_view>
#include <vector>

namespace maild::queue
{

/// The numbers are stored: add at the end. What `place` and `reply` are is said behind each.
enum class TraceKind {
    expanded = 1,    ///< a list or alias; place: logins and addresses elsewhere, a line each
    delivered = 2,   ///< place: logins, a line each
    tried = 3,       ///< one server of several did not take it, the next one is asked; place: host; reply: why
    sent = 4,        ///< taken by another server; place: host, then how the connection was secured; reply: its answer
    deferred = 5,    ///< stays until next_try; place: host, if one was asked; reply: its answer or our reason
    failed = 6,      ///< given up; place: host; reply: its answer or our reason
    expired = 7,     ///< given up after too long; as failed
    doubtful = 8,    ///< the other server hung up before its answer: perhaps it has it; place: host
    reported = 9,    ///< the sender is told; place: the report's id; reply: "failed", "delayed", ... (RFC 3464)
    unreported = 10, ///< nobody can be told: the sender is <>
    held = 11,       ///< by a person; place: who
    released = 12,   ///< by a person: no longer held
    retried = 13,    ///< by a person
    deleted = 14,    ///< by a person, out of the queue; place: the login, when its writer took it back
    filed = 15,      ///< by the recipient's own filter; place: the folder
    copied = 16,     ///< the same; place: the address that gets it too, and the id of that message
    answered = 17,   ///< by the recipient's automatic answer (RFC 3834); place: its id
};

/// One thing that happened. What does not apply stays empty. Texts are cut to limits::trace_text.
struct TraceEvent {
    MessageId message = 0;
    TraceKind kind = TraceKind::delivered;
    std::string recipient = {}; ///< the address it is about; empty: the whole message
    std::string place = {};
    std::string status = {}; ///< "5.1.1"
    std::string reply = {};  ///< an id of the catalogue, or what another server said
    base::Timestamp next_try = 0;
};

/// The ids of messages and events hold their time above so many bits.
inline constexpr unsigned trace_id_bits = 12;

/// How a message came. The trace keeps it, nothing else asks for it.
struct Arrival {
    std::string peer = {};      ///< address; "local": over the Unix socket; empty: made by the box itself
    std::string hello = {};     ///< as the client named itself
    std::string protocol = {};  ///< "ESMTPSA" (RFC 3848)
    std::string tls = {};       ///< "TLSv1.3 TLS_AES_256_GCM_SHA384"
    std::string header_id = {}; ///< the Message-ID field
    MessageId about = 0;        ///< a report: of which message
};

/// A recipient (or a whole mail) that was refused before there was a message.
struct RefusedMail {
    base::Timestamp first = 0;
    base::Timestamp last = 0;
    std::uint64_t count = 0;
    std::string peer = {}; ///< empty: many
    std::string hello = {};
    std::string login = {};
    std::string sender = {};
    std::string recipient = {}; ///< a line each; empty: the mail as such, at MAIL
    std::string reply = {};     ///< ours: "550 5.1.1 No such user here"; empty: more than are kept one by one
};

} // namespace maild::queue
