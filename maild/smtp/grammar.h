#pragma once
// The grammar of SMTP commands (RFC 5321 4.1.1) with the parameters of SIZE, 8BITMIME, SMTPUTF8, DSN and AUTH; those
// of the transport are in transport_wishes.h. Parses completely or throws ClientError; decides nothing.

#include "appliance/message/address.h"
#include "maild/queue/spool.h"
#include "maild/smtp/data_reader.h"
#include "maild/smtp/transport_wishes.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace maild::smtp
{

/// The verb in capitals and what follows it (without the blank between).
struct CommandLine {
    std::string verb;
    std::string_view arguments; ///< borrows the line
};
/// Throws 500 for control characters and for anything that does not begin with letters.
CommandLine must_parse_command(std::string_view line);

/// EHLO's or HELO's argument: a domain or address literal; lower case. Old or odd clients send names with '_': taken
/// too.
std::string must_parse_hello(std::string_view arguments);

/// MAIL FROM:<path> [SIZE=n] [BODY=7BIT|8BITMIME|BINARYMIME] [SMTPUTF8] [RET=FULL|HDRS] [ENVID=xtext] [AUTH=xtext]
struct MailCommand {
    message::Address sender;
    std::optional<std::uint64_t> size;
    queue::BodyType body_type = queue::BodyType::seven_bit;
    bool smtputf8 = false;
    queue::Returns returns = queue::Returns::unsaid;
    std::string envelope_id; ///< out of xtext
    TransportWishes wishes;
    bool has_parameters = false;
};
MailCommand must_parse_mail(std::string_view arguments);

/// RCPT TO:<path> [NOTIFY=...] [ORCPT=type;xtext]
struct RecipientCommand {
    message::Address recipient;
    unsigned notify = queue::notify_unsaid;
    std::string original; ///< "rfc822;budi@..." decoded; empty: not said
    bool has_parameters = false;
};
RecipientCommand must_parse_recipient(std::string_view arguments, message::Utf8 utf8);

/// BDAT octets [LAST] (RFC 3030 section 2). Nothing: not this, and how many octets follow is unknown. A number beyond
/// 64 bits is taken as the largest.
struct BdatCommand {
    std::uint64_t octets = 0;
    ChunkReader::Chunk chunk = ChunkReader::Chunk::more_follow;
};
std::optional<BdatCommand> parse_bdat(std::string_view arguments);

/// AUTH mechanism [initial-response] (RFC 4954 section 4).
struct AuthCommand {
    std::string mechanism;               ///< in capitals
    std::optional<std::string> response; ///< base64 as sent; "=" is an empty one
};
AuthCommand must_parse_auth(std::string_view arguments);

/// Throws 501 when there are arguments at all (DATA, RSET, QUIT, STARTTLS).
void must_be_empty(std::string_view arguments);

/// xtext of RFC 3461 section 4, and back.
std::optional<std::string> decode_xtext(std::string_view text);
std::string encode_xtext(std::string_view text);

} // namespace maild::smtp
