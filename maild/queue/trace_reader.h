#pragma once
// The trace for people: what became of which message. Command line, text UI and web administration show the same from
// here. No words for people in it: trace_words.h.

#include "maild/queue/trace_event.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace directory
{
class Directory;
}

namespace maild::queue
{

/// What is looked for; an empty field asks nothing. With '@' it is an address or its beginning (case aside), and
/// finds a person of this school also in the lists that were expanded to him; without '@' any part of an address or
/// login.
struct TraceQuery {
    std::string from = {};
    std::string to = {};
    std::string id = {};       ///< ours (13 characters) or the Message-ID field, with or without <>
    base::Timestamp since = 0; ///< accepted or refused at or after it
    base::Timestamp until = 0; ///< and before it; 0: now
    std::size_t most = 50;     ///< the newest so many
    MessageId before = 0;      ///< the next page: the id of the oldest message shown; 0: the first page
};

/// One line of a message's story. `reading` events come from the mailboxes.
struct TraceLine {
    enum class Means { none = 0, imap = 1, pop3 = 2, webmail = 3 };
    base::Timestamp at = 0;
    std::optional<TraceKind> kind; ///< nothing: read for the first time, by `means`; place: the login
    Means means = Means::none;
    std::string recipient;
    std::vector<std::string> places;
    std::string status;
    std::string reply;
    base::Timestamp next_try = 0;
};

/// What is still in the queue, as it is now.
struct StillQueued {
    std::string recipient;
    bool is_held = false;
    std::string destination; ///< domain; empty: to be delivered here, or to be routed
    base::Timestamp next_try = 0;
    unsigned attempts = 0;
    std::string reply; ///< of the last attempt
};

struct TracedMessage {
    MessageId id = 0;
    base::Timestamp accepted = 0;
    std::string sender; ///< empty: <>
    std::string login;
    std::vector<std::string> recipients;
    std::uint64_t size = 0;
    Arrival arrival;
    std::vector<TraceLine> lines; ///< in order of time
    std::vector<StillQueued> queued;
};

struct TraceFound {
    std::vector<TracedMessage> messages; ///< in order of arrival
    std::vector<RefusedMail> refused;    ///< in order of time; never with a search by id, and on the first page only
    bool has_more = false;               ///< there are older messages: ask again with `before`
};

/// Reads while the daemons write, without holding them up. Any thread. Throws base::StoreError.
class TraceReader
{
public:
    virtual ~TraceReader() = default;
    virtual TraceFound find(TraceQuery const& query) = 0;
};

/// Over spool/spool.db and (when it is there) mail/mail.db, relative to the state folder. `directory` names the
/// people.
std::unique_ptr<TraceReader> make_trace_reader(directory::Directory& directory, std::string const& spool = "spool",
                                               std::string const& mail = "mail");

} // namespace maild::queue
