#pragma once
// The numbers of the mail store as types, and flags.

#include <cstdint>
#include <string>
#include <vector>

namespace maild::mailbox
{

using AccountId = std::int64_t; ///< directory::UserId
using MailboxId = std::int64_t;
inline constexpr MailboxId no_mailbox = 0; ///< in news: of the account itself (its subscriptions)
using BodyId = std::int64_t;
using Uid = std::uint32_t;
using ModSeq = std::uint64_t;

/// RFC 9051 section 2.3.2. \Recent is not stored: see MessageInfo::recent.
enum Flag : std::uint32_t {
    flag_seen = 1,
    flag_answered = 2,
    flag_flagged = 4,
    flag_deleted = 8,
    flag_draft = 16,
};

struct Flags {
    std::uint32_t system = 0; ///< bits of Flag
    std::vector<std::string>
        keywords; ///< "$Forwarded", "Junk": spelling of the first use, compared without case, sorted

    bool operator==(Flags const&) const = default;
};

} // namespace maild::mailbox
