#include "appliance/message/compose.h"

#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "appliance/message/charset.h"
#include "appliance/message/date.h"
#include "appliance/message/header.h"
#include "appliance/message/parameters.h"
#include "appliance/message/transfer.h"

#include <algorithm>

namespace message
{

namespace
{
constexpr std::size_t line_max = 998;       // RFC 5322 2.1.1
constexpr std::size_t references_kept = 30; // the first and the newest ones
constexpr base::ByteSet token_bytes = base::letters | base::digits | base::ByteSet("!#$&-^_.+");

/// A part that is ready: its fields and its body, which ends with CRLF.
struct Entity {
    std::string header;
    std::string body;

    std::string text() const { return header + "\r\n" + body; }
};

/// CRLF everywhere, also where a lone CR or LF was, and at the end; no NUL. Takes a text in pieces.
class CrlfFilter
{
public:
    explicit CrlfFilter(Content::Take const& take) : take_(take) {}

    void add(std::string_view piece)
    {
        std::string out;
        out.reserve(piece.size() + piece.size() / 32 + 2);
        for (char const c : piece) {
            bool const is_second = c == '\n' && last_ == '\r'; // its line end was written already
            if (c == '\r' || (c == '\n' && !is_second))
                out += "\r\n";
            else if (c != '\n' && c != '\0')
                out += c;
            if (c != '\0') last_ = c;
        }
        if (!out.empty()) take_(out);
    }
    void finish()
    {
        if (last_ != '\0' && last_ != '\r' && last_ != '\n') take_("\r\n");
    }

private:
    Content::Take const& take_;
    char last_ = '\0'; ///< but for NULs; a NUL: there was nothing else
};

std::string with_crlf(std::string_view text)
{
    std::string out;
    Content::Take const take = [&](std::string_view piece) { out += piece; };
    CrlfFilter filter(take);
    filter.add(text);
    filter.finish();
    return out;
}

std::size_t longest_line(std::string_view text)
{
    std::size_t longest = 0;
    while (!text.empty()) {
        std::size_t const newline = std::min(text.find('\n'), text.size());
        longest = std::max(longest, newline);
        text.remove_prefix(std::min(newline + 1, text.size()));
    }
    return longest;
}

bool is_plain_text(std::string_view text)
{
    for (char const c : text) {
        auto const byte = static_cast<unsigned char>(c);
        if (byte > 126 || (byte < 32 && c != '\t' && c != '\r' && c != '\n')) return false;
    }
    return longest_line(text) <= line_max && text.substr(0, 5) != "From " &&
           text.find("\nFrom ") == std::string_view::npos;
}

Entity text_entity(std::string_view subtype, std::string_view utf8)
{
    std::string const text = with_crlf(scrub_utf8(utf8));
    bool const plain = is_plain_text(text);
    HeaderBuilder header;
    header.add("Content-Type", "text/" + std::string(subtype) + "; charset=utf-8");
    header.add("Content-Transfer-Encoding", plain ? "7bit" : "quoted-printable");
    return {header.text(), plain ? text : encode_quoted_printable(text)};
}

/// Neither base64 nor quoted-printable can contain "=_", so the boundary is in no part that we encode.
std::string new_boundary() { return "=_" + base::random_hex(16); }

Entity multipart(std::string const& content_type, std::vector<Entity> const& parts)
{
    std::string const boundary = new_boundary();
    HeaderBuilder header;
    header.add("Content-Type", content_type + "; boundary=\"" + boundary + '"');
    std::string body;
    // The last line end of each part is the boundary's own (RFC 2046 5.1.1), so that bodies keep theirs.
    for (auto const& part : parts)
        body.append("--").append(boundary).append("\r\n").append(part.text()).append("\r\n");
    return {header.text(), body + "--" + boundary + "--\r\n"};
}

bool is_token(std::string_view text)
{
    for (char const c : text)
        if (!token_bytes.contains(c)) return false;
    return !text.empty();
}

/// "type/subtype" in lower case; what cannot stand on a base64 part (RFC 2045 6.4) or is no type is
/// application/octet-stream.
std::string safe_type(std::string_view wanted)
{
    auto const type = parse_content_type(wanted);
    bool const usable = type && is_token(type->type) && is_token(type->subtype) && type->type != "multipart";
    return usable && type->type != "message" ? type->type + '/' + type->subtype : "application/octet-stream";
}

std::string file_name_of(Attachment const& attachment)
{
    std::string const name = guess_utf8(attachment.file_name);
    std::size_t const slash = name.find_last_of("/\\");
    return slash == std::string::npos ? name : name.substr(slash + 1);
}

std::string eight_or_seven_bit(bool is_ascii) { return is_ascii ? "7bit" : "8bit"; }

/// What an attachment's form depends on.
class Survey
{
public:
    explicit Survey(Content const& content)
    {
        content.read([this](std::string_view piece) { look_at(piece); });
        is_utf8_ = is_utf8_ && rest_.empty();
    }

    bool is_ascii() const { return is_ascii_; }
    bool is_utf8() const { return is_utf8_; }
    /// Bytes, without its end.
    std::size_t longest_line() const { return longest_; }

private:
    void look_at(std::string_view piece)
    {
        is_ascii_ = is_ascii_ && base::is_ascii(piece);
        for (char const c : piece) {
            line_ = c == '\r' || c == '\n' ? 0 : line_ + 1;
            longest_ = std::max(longest_, line_);
        }
        if (is_utf8_) look_at_characters(piece);
    }

    /// A character may lie in two pieces: what may be its beginning waits for the next one.
    void look_at_characters(std::string_view piece)
    {
        constexpr std::size_t longest_character = 4;
        rest_ += piece;
        auto const whole = rest_.size() - std::min(rest_.size(), longest_character - 1);
        std::size_t at = 0;
        while (at < rest_.size()) {
            auto const length = base::utf8_sequence(std::string_view(rest_).substr(at));
            if (length == 0 && at < whole) is_utf8_ = false;
            if (length == 0) break;
            at += length;
        }
        rest_.erase(0, at);
    }

    bool is_ascii_ = true;
    bool is_utf8_ = true;
    std::size_t line_ = 0;
    std::size_t longest_ = 0;
    std::string rest_;
};

/// A forwarded message keeps its own form: base64 is not allowed on it. False: its lines are too long for that.
bool write_message(Attachment const& attachment, std::string const& disposition, Content::Take const& take)
{
    if (!base::equal_ignoring_case(attachment.type, "message/rfc822")) return false;
    Survey const survey(attachment.content);
    if (survey.longest_line() > line_max) return false;
    HeaderBuilder header;
    header.add("Content-Type", "message/rfc822");
    header.add("Content-Transfer-Encoding", eight_or_seven_bit(survey.is_ascii()));
    header.add("Content-Disposition", disposition);
    take(header.text() + "\r\n");
    CrlfFilter filter(take);
    attachment.content.read([&](std::string_view piece) { filter.add(piece); });
    filter.finish();
    return true;
}

void write_base64(Content const& content, Content::Take const& take)
{
    constexpr std::size_t whole_lines = 57 * 1024; // 57 bytes make a line (RFC 2045 6.8)
    std::string waiting;
    content.read([&](std::string_view piece) {
        waiting += piece;
        auto const ready = waiting.size() / whole_lines * whole_lines;
        if (ready == 0) return;
        take(encode_base64_lines(std::string_view(waiting).substr(0, ready)));
        waiting.erase(0, ready);
    });
    if (!waiting.empty()) take(encode_base64_lines(waiting));
}

void write_attachment(Attachment const& attachment, Content::Take const& take)
{
    std::string const name = file_name_of(attachment);
    std::string const disposition =
        "attachment" + (name.empty() ? std::string() : format_parameter("filename", name));
    if (write_message(attachment, disposition, take)) return;
    std::string type = safe_type(attachment.type);
    if (type.substr(0, 5) == "text/" && Survey(attachment.content).is_utf8()) type += "; charset=utf-8";
    if (!name.empty()) type += format_parameter("name", name);
    HeaderBuilder header;
    header.add("Content-Type", type);
    header.add("Content-Transfer-Encoding", "base64");
    header.add("Content-Disposition", disposition);
    take(header.text() + "\r\n");
    write_base64(attachment.content, take);
}

std::string bracketed(std::string_view id)
{
    auto const ids = parse_message_ids(id, 1);
    if (!ids.empty()) return ids.front();
    auto const bare = parse_message_ids('<' + std::string(base::trim(id)) + '>', 1);
    return bare.empty() ? std::string() : bare.front();
}

std::string references_value(std::vector<std::string> const& references)
{
    std::string value;
    for (std::size_t i = 0; i < references.size(); ++i) {
        if (i > 0 && i + references_kept < references.size()) continue; // the middle of a very long thread
        value.append(value.empty() ? "" : " ").append(bracketed(references[i]));
    }
    return value;
}

void add_unless_empty(HeaderBuilder& header, std::string_view name, std::string const& value)
{
    if (!value.empty()) header.add(name, value);
}

Entity text_of(Draft const& draft)
{
    Entity text = text_entity("plain", draft.text);
    if (draft.html) text = multipart("multipart/alternative", {text, text_entity("html", *draft.html)});
    return text;
}

/// As multipart() does, but piece by piece.
void write_mixed(Draft const& draft, Content::Take const& take)
{
    std::string const boundary = new_boundary();
    HeaderBuilder header;
    header.add("Content-Type", "multipart/mixed; boundary=\"" + boundary + '"');
    take(header.text() + "\r\n--" + boundary + "\r\n" + text_of(draft).text() + "\r\n");
    for (auto const& attachment : draft.attachments) {
        take("--" + boundary + "\r\n");
        write_attachment(attachment, take);
        take("\r\n");
    }
    take("--" + boundary + "--\r\n");
}

// --- delivery reports ---

/// Text of a remote server: printable ASCII only (RFC 3464 2.1.2).
std::string printable(std::string_view text)
{
    std::string out;
    for (char const c : text) out += c == '\r' || c == '\n' ? ' ' : c < 0x20 || c > 0x7E ? '?' : c;
    return out;
}

/// One line of UTF-8.
std::string printable_utf8(std::string_view text)
{
    std::string out = scrub_utf8(text);
    for (auto& c : out)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
    return out;
}

enum class Form { ascii, utf8 };

/// "rfc822; a@b", or "utf-8; ..." for what is not ASCII: as it is where UTF-8 may stand, else with \x{...}
/// (RFC 6533 section 3).
std::string typed_address(std::string_view address, Form form)
{
    if (base::is_ascii(address)) return "rfc822; " + printable(address);
    if (form == Form::utf8) return "utf-8; " + printable_utf8(address);
    std::string out = "utf-8; ";
    std::string const text = scrub_utf8(address);
    for (std::string_view rest = text; !rest.empty();) {
        std::size_t const length = base::utf8_sequence(rest);
        if (length == 1) {
            out += printable(rest.substr(0, 1));
        } else {
            unsigned code = static_cast<unsigned char>(rest[0]) & (0xFFU >> (length + 1));
            for (std::size_t i = 1; i < length; ++i) code = code << 6 | (static_cast<unsigned char>(rest[i]) & 0x3FU);
            std::string digits;
            for (; code > 0; code >>= 4) digits.insert(digits.begin(), "0123456789ABCDEF"[code & 15]);
            out += "\\x{" + digits + '}';
        }
        rest.remove_prefix(length);
    }
    return out;
}

/// RFC 3464 2.3.
std::string recipient_fields(ReportRecipient const& recipient, Form form)
{
    HeaderBuilder fields;
    add_unless_empty(fields, "Original-Recipient",
                     form == Form::utf8 ? printable_utf8(recipient.original) : printable(recipient.original));
    fields.add("Final-Recipient", typed_address(recipient.final, form));
    add_unless_empty(fields, "Action", printable(recipient.action));
    add_unless_empty(fields, "Status", printable(recipient.status));
    if (!recipient.remote_mta.empty()) fields.add("Remote-MTA", "dns; " + printable(recipient.remote_mta));
    if (!recipient.diagnostic.empty())
        fields.add("Diagnostic-Code", "smtp; " + (form == Form::utf8 ? printable_utf8(recipient.diagnostic)
                                                                     : printable(recipient.diagnostic)));
    if (recipient.last_attempt) fields.add("Last-Attempt-Date", base::rfc5322_date(*recipient.last_attempt));
    if (recipient.retry_until) fields.add("Will-Retry-Until", base::rfc5322_date(*recipient.retry_until));
    return fields.text();
}

/// RFC 3464 2.1: the fields of the message, then those of each recipient, blank lines between.
Entity status_entity(DeliveryReport const& report)
{
    HeaderBuilder fields;
    add_unless_empty(fields, "Original-Envelope-Id", printable(report.envelope_id));
    fields.add("Reporting-MTA", "dns; " + printable(report.reporting_mta));
    if (report.arrival) fields.add("Arrival-Date", base::rfc5322_date(*report.arrival));
    std::string body = fields.text();
    for (auto const& recipient : report.recipients)
        body += "\r\n" + recipient_fields(recipient, report.utf8 ? Form::utf8 : Form::ascii);
    HeaderBuilder header;
    header.add("Content-Type", report.utf8 ? "message/global-delivery-status" : "message/delivery-status");
    if (report.utf8) header.add("Content-Transfer-Encoding", eight_or_seven_bit(base::is_ascii(body)));
    return {header.text(), body};
}

/// RFC 6522: the original as message/rfc822, or its header as text/rfc822-headers; RFC 6533 section 4 for UTF-8.
Entity original_entity(DeliveryReport const& report)
{
    auto const original = Header::parse(report.original);
    auto const returned = report.return_whole_message ? report.original : report.original.substr(0, original.end());
    std::string const text = with_crlf(returned);
    HeaderBuilder header;
    header.add("Content-Type", report.return_whole_message ? report.utf8 ? "message/global" : "message/rfc822"
                               : report.utf8               ? "message/global-headers"
                                                           : "text/rfc822-headers");
    header.add("Content-Transfer-Encoding", eight_or_seven_bit(base::is_ascii(text)));
    return {header.text(), text};
}
} // namespace

void compose(Draft const& draft, Content::Take const& take)
{
    HeaderBuilder header;
    header.add("Date", zoned_date(draft.date, draft.zone_minutes));
    header.add("From", format_address_list(draft.from));
    add_unless_empty(header, "Reply-To", format_address_list(draft.reply_to));
    add_unless_empty(header, "To", format_address_list(draft.to));
    add_unless_empty(header, "Cc", format_address_list(draft.cc));
    header.add_text("Subject", draft.subject);
    add_unless_empty(header, "Message-ID", bracketed(draft.message_id));
    add_unless_empty(header, "In-Reply-To", bracketed(draft.in_reply_to));
    add_unless_empty(header, "References", references_value(draft.references));
    for (auto const& [name, value] : draft.more) header.add(name, value);
    header.add("MIME-Version", "1.0");
    take(header.text());
    if (draft.attachments.empty())
        take(text_of(draft).text());
    else
        write_mixed(draft, take);
}

std::string compose(Draft const& draft)
{
    std::string message;
    compose(draft, [&](std::string_view piece) { message += piece; });
    return message;
}

std::string new_message_id(std::string_view domain)
{
    return '<' + base::random_hex(16) + '@' + std::string(domain) + '>';
}

std::string compose_report(DeliveryReport const& report)
{
    HeaderBuilder header;
    header.add("Date", base::rfc5322_date(report.date));
    header.add("From", format_address_list({report.from}));
    header.add("To", format_address({}, report.to.local_part, report.to.domain));
    header.add_text("Subject", report.subject);
    add_unless_empty(header, "Message-ID", bracketed(report.message_id));
    add_unless_empty(header, "In-Reply-To", bracketed(report.in_reply_to));
    add_unless_empty(header, "References", bracketed(report.in_reply_to));
    header.add("Auto-Submitted", "auto-replied"); // RFC 3834 section 5
    header.add("MIME-Version", "1.0");
    Entity const body =
        multipart("multipart/report; report-type=delivery-status",
                  {text_entity("plain", report.text), status_entity(report), original_entity(report)});
    return header.text() + body.text();
}

std::string compose_disposition(DispositionReport const& report)
{
    HeaderBuilder header;
    header.add("Date", base::rfc5322_date(report.date));
    header.add("From", format_address_list({report.from}));
    header.add("To", format_address_list({report.to}));
    header.add_text("Subject", report.subject);
    add_unless_empty(header, "Message-ID", bracketed(report.message_id));
    add_unless_empty(header, "In-Reply-To", bracketed(report.in_reply_to));
    add_unless_empty(header, "References", bracketed(report.in_reply_to));
    header.add("Auto-Submitted", "auto-replied");
    header.add("MIME-Version", "1.0");
    HeaderBuilder fields;
    add_unless_empty(fields, "Reporting-UA", printable(report.user_agent));
    fields.add("Final-Recipient", "rfc822;" + printable(report.recipient));
    add_unless_empty(fields, "Original-Message-ID", bracketed(report.in_reply_to));
    fields.add("Disposition", "manual-action/MDN-sent-manually; displayed"); // RFC 8098 3.2.6
    HeaderBuilder type;
    type.add("Content-Type", "message/disposition-notification");
    Entity const body = multipart("multipart/report; report-type=disposition-notification",
                                  {text_entity("plain", report.text), Entity{type.text(), fields.text()}});
    return header.text() + body.text();
}

} // namespace message
