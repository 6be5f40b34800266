#pragma once
// The header fields that programs fetch to show lists of messages. They are packed (packs/), the others are not.

#include <optional>
#include <string>
#include <string_view>

namespace maild::mailbox
{

/// In any case.
bool is_listed_field(std::string_view name);

/// The lines of these fields as they stand, and the empty line. Nothing where a line of the header is odd.
std::optional<std::string> listed_header(std::string_view header);

} // namespace maild::mailbox
