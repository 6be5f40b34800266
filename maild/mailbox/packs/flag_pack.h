#pragma once
// A message's flags as a text of a pack: some three bytes. Unlike everything else that is packed they change, so they
// are true for one moment, a mod-sequence of the mailbox. Pure, no file.

#include "maild/mailbox/columns.h"

#include <functional>
#include <string>
#include <string_view>

namespace maild::mailbox::packs
{

/// When the flags of a mailbox were packed, and how far.
struct FlagMoment {
    ModSeq modseq = 0;
    Uid last = 0; ///< all messages up to this UID are packed
};

/// Smaller mailboxes are read from their rows.
inline constexpr std::uint32_t flags_worth_packing = 256; ///< messages

/// So many changes since it was packed are as quickly looked up as not: packed anew when there are more.
inline constexpr std::uint32_t flag_changes_allowed(std::uint32_t messages) { return 32 + messages / 64; }

/// Takes a message's flags, its keywords as message.keywords has them.
using TakeFlags = std::function<void(FlagRow const& flags, std::string_view keywords)>;

std::string pack_flags(FlagRow const& flags, std::string_view keywords, ModSeq moment);
/// Throws DamagedCache.
void must_unpack_flags(Uid uid, std::string_view text, ModSeq moment, TakeFlags const& take);

} // namespace maild::mailbox::packs
