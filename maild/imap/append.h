#pragma once
// A message that an APPEND brings, and the room that there is for it.

#include "maild/imap/grammar.h"
#include "maild/imap/incoming.h"

#include <memory>

namespace maild::imap
{

struct AppendMessage {
    std::unique_ptr<Incoming> incoming;
    mailbox::Flags flags;
    base::Timestamp internal_date = 0;
};

/// Asked before a client is told to send more.
struct AppendRoom {
    std::uint64_t largest = 0; ///< bytes of one message
    std::uint64_t allowed = 0; ///< the owner's quota, 0: no limit
    std::uint64_t used = 0;    ///< of it, with the messages of this command

    /// Throws ClientError (TOOBIG, OVERQUOTA) when a message of `before` bytes cannot grow by `more`.
    void must_have(std::uint64_t before, std::uint64_t more) const;
};

/// The literal's bytes, and the rest of the command's line behind it. Throws ClientError for NUL outside a literal8
/// (RFC 3516 section 4.4).
void must_read_into(Parser& parser, Literal const& literal, Incoming& incoming);

} // namespace maild::imap
