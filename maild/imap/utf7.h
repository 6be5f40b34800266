#pragma once
// Mailbox names on the wire: modified UTF-7 (RFC 3501 section 5.1.3) to and from the store's UTF-8.

#include <optional>
#include <string>
#include <string_view>

namespace maild::imap
{

/// Nothing when it is malformed or holds control characters. Raw UTF-8 is taken as it is (RFC 9051 clients send it).
std::optional<std::string> from_modified_utf7(std::string_view text);
/// The text must be well-formed UTF-8.
std::string to_modified_utf7(std::string_view utf8);

} // namespace maild::imap
