#pragma once
// A message in BINARYMIME (RFC 3030 section 3) as one that mailboxes, IMAP, POP3 and every other server can take. Not
// for messages that came as text: those are never changed.

#include <optional>
#include <string>
#include <string_view>

namespace maild::smtp
{

/// The same message without NUL, bare CR or LF, and with no part in the encoding "binary": such parts become base64,
/// or 8bit where they are text already. Nothing: such bytes stand where no encoding can hide them (a header, between
/// parts).
std::optional<std::string> without_binary(std::string_view message);

} // namespace maild::smtp
