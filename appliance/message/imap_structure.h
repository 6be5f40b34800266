#pragma once
// ENVELOPE, BODYSTRUCTURE and BODY as ready IMAP text (RFC 3501 7.4.2, RFC 9051 7.5.2), made once at delivery. The
// texts may contain literals ("{5}\r\n..."), so they can only be sent as they are, not searched by line.

#include "appliance/message/address_list.h"
#include "appliance/message/mime.h"

#include <optional>
#include <string>
#include <string_view>

namespace message
{

inline constexpr std::size_t envelope_text_max =
    32768; ///< bytes kept of Subject, In-Reply-To and such in an ENVELOPE
inline constexpr std::size_t envelope_addresses_max = 2000; ///< addresses kept of one field in an ENVELOPE

/// The fields of an ENVELOPE, unfolded, not decoded. Sender and Reply-To fall back to From as the RFC says.
struct Envelope {
    std::optional<std::string> date, subject, in_reply_to, message_id;
    AddressList from, sender, reply_to, to, cc, bcc;
};
/// Of the header of this part (the root, or the embedded message of a message/rfc822).
Envelope read_envelope(std::string_view message, Part const& part);

/// "(date subject from sender reply-to to cc bcc in-reply-to message-id)".
std::string imap_envelope(Envelope const& envelope);
std::string imap_envelope(std::string_view message, Part const& root);
/// With extension data.
std::string imap_bodystructure(std::string_view message, Part const& root);
/// Without extension data.
std::string imap_body(std::string_view message, Part const& root);

/// A quoted string, or a literal where quoting is not legal (CR, LF, 8-bit, very long); NULs are dropped.
std::string imap_string(std::string_view text);

} // namespace message
