#pragma once
// A message for a server that takes only 7-bit lines: each part is encoded anew (RFC 6152 3). Signed parts are left
// as they are, for a signature would break.

#include <optional>
#include <string>
#include <string_view>

namespace maild::remote
{

struct Kind {
    bool eight_bit = false;   ///< bytes above 127, or NUL, in a body
    bool utf8_header = false; ///< such bytes in the header of the message or of a part
};
Kind look_at(std::string_view message);

/// The same message with every part that has 8-bit bytes, NULs, bare line ends or lines over 998 bytes as
/// quoted-printable or base64. Nothing: it may not be changed (multipart/signed, S/MIME, message/partial with such
/// bytes) or has 8-bit bytes where no encoding is allowed (headers).
std::optional<std::string> to_seven_bit(std::string_view message);

} // namespace maild::remote
