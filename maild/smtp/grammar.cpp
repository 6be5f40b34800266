#include "maild/smtp/grammar.h"

#include "appliance/base/text.h"
#include "maild/smtp/reply.h"

#include <functional>

namespace maild::smtp
{

namespace
{
using base::ByteSet;
using base::Cursor;

constexpr ByteSet visible = ByteSet::range(0x21, 0x7E);
constexpr ByteSet alphanumeric = base::letters | base::digits;
constexpr ByteSet blanks = ByteSet(" \t");
/// RFC 5321 4.1.2: esmtp-keyword, esmtp-value.
constexpr ByteSet keyword_bytes = alphanumeric | ByteSet("-");
constexpr ByteSet value_bytes = ByteSet::range(0x21, 0xFF).without(ByteSet("=\x7F"));
/// RFC 3461 section 4: xchar.
constexpr ByteSet xtext_bytes = visible.without(ByteSet("+="));
constexpr ByteSet sasl_name = alphanumeric | ByteSet("-_");
constexpr ByteSet hello_bytes = alphanumeric | ByteSet("-._:[]");
constexpr std::size_t envelope_id_max = 100; ///< RFC 3461 4.4
constexpr std::size_t original_max = 500;    ///< RFC 3461 4.2
constexpr std::size_t hello_max = 255;
/// Larger numbers in SIZE are taken as this: they are over every limit.
constexpr std::uint64_t size_digits_max = 20;

[[noreturn]] void syntax(std::string_view what) { throw ClientError(501, "5.5.4", "Syntax: " + std::string(what)); }

[[noreturn]] void unknown_parameter(std::string_view command)
{
    throw ClientError(555, "5.5.4", std::string(command) + " parameter not recognized or not implemented");
}

/// What was hidden in +XX must not become lines of a report.
bool is_one_line(std::string_view text)
{
    for (char const c : text)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return false;
    return base::is_utf8(text);
}

message::Address must_take_path(Cursor& cursor, std::string_view keyword, message::PathKind kind, message::Utf8 utf8,
                                std::string_view usage)
{
    if (!cursor.take(keyword) || !cursor.take(':')) syntax(usage);
    cursor.take_while(blanks); // not in the grammar, but sent by many
    auto path = message::parse_path(cursor, kind, utf8);
    if (path) return *path;
    using message::AddressFault;
    bool const sender = kind == message::PathKind::reverse;
    switch (path.error()) {
    case AddressFault::needs_smtputf8:
        throw ClientError(553, "5.6.7", "The address needs SMTPUTF8, which was not asked for");
    case AddressFault::local_too_long:
    case AddressFault::domain_too_long:
    case AddressFault::path_too_long: throw ClientError(501, sender ? "5.1.7" : "5.1.3", "The address is too long");
    case AddressFault::syntax: break;
    }
    throw ClientError(501, sender ? "5.1.7" : "5.1.3", "Bad address syntax");
}

/// Calls `take` with each KEYWORD[=value] to the end of the line, keywords in capitals. A keyword may come once.
void for_each_parameter(Cursor& cursor, std::string_view command,
                        std::function<bool(std::string const&, std::string_view)> const& take)
{
    std::string seen = " ";
    while (!cursor.at_end()) {
        if (cursor.take_while(blanks).empty()) syntax("a blank before each parameter");
        if (cursor.at_end()) return; // blanks at the end are harmless
        auto const keyword = base::upper(cursor.take_while(keyword_bytes));
        std::string_view value;
        if (cursor.take('=')) {
            value = cursor.take_while(value_bytes | ByteSet("="));
            if (value.empty()) syntax("a value after '='");
        }
        if (keyword.empty() || seen.find(' ' + keyword + ' ') != std::string::npos) unknown_parameter(command);
        seen += keyword + ' ';
        if (!take(keyword, value)) unknown_parameter(command);
    }
}

bool take_size(MailCommand& mail, std::string_view value)
{
    if (value.empty() || value.size() > size_digits_max) syntax("SIZE=number");
    Cursor digits_only(value);
    digits_only.take_while(base::digits);
    if (!digits_only.at_end()) syntax("SIZE=number");
    mail.size = base::parse_number(value).value_or(UINT64_MAX / 2);
    return true;
}

bool take_body(MailCommand& mail, std::string_view value)
{
    if (base::equal_ignoring_case(value, "8BITMIME"))
        mail.body_type = queue::BodyType::eight_bit;
    else if (base::equal_ignoring_case(value, "BINARYMIME"))
        mail.body_type = queue::BodyType::binary;
    else if (!base::equal_ignoring_case(value, "7BIT"))
        syntax("BODY=7BIT, BODY=8BITMIME or BODY=BINARYMIME");
    return true;
}

bool take_returns(MailCommand& mail, std::string_view value)
{
    if (base::equal_ignoring_case(value, "FULL"))
        mail.returns = queue::Returns::full;
    else if (base::equal_ignoring_case(value, "HDRS"))
        mail.returns = queue::Returns::headers;
    else
        syntax("RET=FULL or RET=HDRS");
    return true;
}

bool take_envelope_id(MailCommand& mail, std::string_view value)
{
    auto const id = decode_xtext(value);
    if (value.size() > envelope_id_max || !id || id->empty() || !is_one_line(*id)) syntax("ENVID=xtext");
    mail.envelope_id = *id;
    return true;
}

/// RFC 3461 4.1: NEVER alone, or a list of SUCCESS, FAILURE, DELAY.
unsigned must_parse_notify(std::string_view value)
{
    unsigned notify = 0;
    for (auto const word : base::split(value, ',')) {
        if (base::equal_ignoring_case(word, "NEVER"))
            notify |= queue::notify_never;
        else if (base::equal_ignoring_case(word, "SUCCESS"))
            notify |= queue::notify_success;
        else if (base::equal_ignoring_case(word, "FAILURE"))
            notify |= queue::notify_failure;
        else if (base::equal_ignoring_case(word, "DELAY"))
            notify |= queue::notify_delay;
        else
            syntax("NOTIFY=NEVER or a list of SUCCESS, FAILURE, DELAY");
    }
    if ((notify & queue::notify_never) != 0 && notify != queue::notify_never) syntax("NOTIFY=NEVER stands alone");
    return notify;
}

/// RFC 3461 4.2: addr-type ";" xtext (or UTF-8 forms of RFC 6533, taken as they are).
std::string must_parse_original(std::string_view value)
{
    auto const semicolon = value.find(';');
    if (value.size() > original_max || semicolon == std::string_view::npos || semicolon == 0)
        syntax("ORCPT=type;address");
    Cursor type(value.substr(0, semicolon));
    type.take_while(alphanumeric | ByteSet("-"));
    auto const address = decode_xtext(value.substr(semicolon + 1));
    if (!type.at_end() || !address || address->empty() || !is_one_line(*address)) syntax("ORCPT=type;address");
    return base::lower(value.substr(0, semicolon)) + ';' + *address;
}
} // namespace

CommandLine must_parse_command(std::string_view line)
{
    for (char const c : line)
        if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F)
            throw ClientError(500, "5.5.2", "Control characters are not allowed in a command");
    Cursor cursor(line);
    CommandLine command{base::upper(cursor.take_while(base::letters)), {}};
    if (command.verb.empty() || (!cursor.at_end() && !blanks.contains(cursor.peek())))
        throw ClientError(500, "5.5.2", "Command not recognized");
    cursor.take_while(blanks);
    command.arguments = base::trim(cursor.rest());
    return command;
}

std::string must_parse_hello(std::string_view arguments)
{
    Cursor cursor(arguments);
    if (auto const domain = message::parse_domain(cursor, message::Utf8::allow); domain && cursor.at_end())
        return *domain;
    Cursor odd(arguments);
    auto const name = odd.take_while(hello_bytes, hello_max);
    if (name.empty() || !odd.at_end()) syntax("EHLO or HELO with the name of your machine");
    return base::lower(name);
}

MailCommand must_parse_mail(std::string_view arguments)
{
    Cursor cursor(arguments);
    MailCommand mail;
    // Whether UTF-8 is allowed in the path is said behind it.
    mail.sender =
        must_take_path(cursor, "FROM", message::PathKind::reverse, message::Utf8::allow, "MAIL FROM:<address>");
    for_each_parameter(cursor, "MAIL", [&](std::string const& keyword, std::string_view value) {
        mail.has_parameters = true;
        if (keyword == "SIZE") return take_size(mail, value);
        if (keyword == "BODY") return take_body(mail, value);
        if (keyword == "RET") return take_returns(mail, value);
        if (keyword == "ENVID") return take_envelope_id(mail, value);
        if (keyword == "AUTH") return !value.empty(); // RFC 4954 section 5: we trust nobody's word
        if (keyword == "SMTPUTF8" && value.empty()) return mail.smtputf8 = true;
        return take_wish(mail.wishes, keyword, value);
    });
    if (!mail.smtputf8 && !mail.sender.is_ascii())
        throw ClientError(553, "5.6.7", "The address needs SMTPUTF8, which was not asked for");
    return mail;
}

RecipientCommand must_parse_recipient(std::string_view arguments, message::Utf8 utf8)
{
    Cursor cursor(arguments);
    RecipientCommand command;
    command.recipient = must_take_path(cursor, "TO", message::PathKind::forward, utf8, "RCPT TO:<address>");
    if (command.recipient.is_null()) throw ClientError(501, "5.1.3", "Bad address syntax");
    for_each_parameter(cursor, "RCPT", [&](std::string const& keyword, std::string_view value) {
        command.has_parameters = true;
        if (keyword == "NOTIFY")
            command.notify = must_parse_notify(value);
        else if (keyword == "ORCPT")
            command.original = must_parse_original(value);
        else
            return false;
        return true;
    });
    return command;
}

std::optional<BdatCommand> parse_bdat(std::string_view arguments)
{
    Cursor cursor(arguments);
    auto const digits = cursor.take_while(base::digits);
    if (digits.empty()) return std::nullopt;
    BdatCommand command{base::parse_number(digits).value_or(UINT64_MAX), ChunkReader::Chunk::more_follow};
    bool const separated = !cursor.take_while(blanks).empty();
    if (cursor.at_end()) return command;
    if (!separated || !base::equal_ignoring_case(cursor.rest(), "LAST")) return std::nullopt;
    command.chunk = ChunkReader::Chunk::last;
    return command;
}

AuthCommand must_parse_auth(std::string_view arguments)
{
    Cursor cursor(arguments);
    AuthCommand auth;
    auth.mechanism = base::upper(cursor.take_while(sasl_name));
    if (auth.mechanism.empty()) syntax("AUTH mechanism");
    if (cursor.at_end()) return auth;
    if (cursor.take_while(blanks).empty()) syntax("AUTH mechanism");
    auth.response = std::string(cursor.take_while(visible));
    if (!cursor.at_end()) syntax("AUTH mechanism [initial-response]");
    return auth;
}

void must_be_empty(std::string_view arguments)
{
    if (!arguments.empty()) syntax("this command takes no argument");
}

std::optional<std::string> decode_xtext(std::string_view text)
{
    std::string decoded;
    Cursor cursor(text);
    while (!cursor.at_end()) {
        if (cursor.take('+')) {
            auto const pair = cursor.take_bytes(2);
            auto const byte = pair ? base::from_hex(*pair) : std::nullopt;
            if (!byte) return std::nullopt;
            decoded += *byte;
            continue;
        }
        auto const plain = cursor.take_one(xtext_bytes | ByteSet::range(0x80, 0xFF));
        if (!plain) return std::nullopt;
        decoded += *plain;
    }
    return decoded;
}

std::string encode_xtext(std::string_view text)
{
    std::string encoded;
    for (char const c : text) {
        if (xtext_bytes.contains(c))
            encoded += c;
        else
            encoded += '+' + base::upper(base::hex(std::string_view(&c, 1)));
    }
    return encoded;
}

} // namespace maild::smtp
