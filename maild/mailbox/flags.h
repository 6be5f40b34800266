#pragma once
// Flags as sets: normal form, STORE's three changes, and the text in which keywords are kept.

#include "maild/mailbox/store.h"

namespace maild::mailbox
{

inline constexpr std::size_t keywords_max = 100; ///< per message
inline constexpr std::size_t keyword_bytes_max = 100;

/// Keywords sorted without case, each once in its first spelling; empty ones and those with spaces left out.
Flags normal(Flags flags);
/// `old` after STORE FLAGS, +FLAGS or -FLAGS with `given`; normal form.
Flags changed(Flags const& old, FlagChange change, Flags const& given);
/// `now` where the mask allows a change, else `old`.
Flags masked(Flags const& old, Flags now, FlagMask const& mask);
/// Few enough keywords, each short enough.
bool is_within_limits(Flags const& flags);

/// "$Forwarded Junk", and back.
std::string show_keywords(std::vector<std::string> const& keywords);
std::vector<std::string> parse_keywords(std::string_view text);

} // namespace maild::mailbox
