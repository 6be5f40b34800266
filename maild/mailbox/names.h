#pragma once
// The rules for names of mailboxes (RFC 9051 section 5.1): UTF-8, '/' between levels, INBOX in any case.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace maild::mailbox
{

inline constexpr std::size_t name_bytes_max = 1000;
inline constexpr std::size_t name_level_bytes_max = 255; ///< so that an export can use it as a file name
inline constexpr std::size_t name_levels_max = 20;
inline constexpr std::size_t mailboxes_max = 5000; ///< per account

/// The name as it is stored (INBOX in capitals, also as the first level), or nothing when it is not a name.
/// Control characters, '*', '%', a leading '#' and empty levels are refused.
std::optional<std::string> canonical_name(std::string_view name);

/// The same for a name that a client sees, which may be in another namespace ("#kelas/X-TKJ-1").
std::optional<std::string> subscribed_name(std::string_view name);

/// "a/b/c": "a", "a/b".
std::vector<std::string> superiors(std::string_view name);

} // namespace maild::mailbox
