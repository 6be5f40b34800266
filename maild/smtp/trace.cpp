#include "maild/smtp/trace.h"

#include "appliance/message/compose.h"
#include "appliance/message/header.h"
#include "maild/limits.h"

#include "appliance/base/cursor.h"

namespace maild::smtp
{

namespace
{
constexpr std::string_view blank_line = "\r\n\r\n";
/// RFC 5322 3.6.8: ftext.
constexpr base::ByteSet field_name = base::ByteSet::range(0x21, 0x7E).without(base::ByteSet(":"));

/// Whether the text begins with a header field, or with the blank line that ends an empty header.
bool begins_with_field(std::string_view text)
{
    base::Cursor cursor(text);
    if (cursor.take(std::string_view("\r\n"))) return true;
    if (cursor.take_while(field_name).empty()) return false;
    cursor.take_while(base::ByteSet(" \t"));
    return cursor.take(':');
}

HeaderFacts look_at(std::string_view text)
{
    auto const header = message::Header::parse(text);
    HeaderFacts facts;
    facts.hops = header.all("Received").size();
    facts.message_id = header.first("Message-ID");
    for (auto const* field : header.all("From")) {
        facts.has_from = true;
        for (auto& item : message::parse_address_list(field->value())) facts.from.push_back(std::move(item));
    }
    return facts;
}
} // namespace

std::string show(ReceivedLine const& line)
{
    std::string text = "Received: from " + line.hello + " (" + line.peer + ")\r\n\tby " + line.host +
                       " (Kotakpos) with " + line.protocol + " id " + line.id;
    if (!line.tls.empty()) text += "\r\n\t(using " + line.tls + ")";
    if (!line.recipient.empty()) text += "\r\n\tfor <" + line.recipient + ">";
    return text + "; " + base::rfc5322_date(line.when) + "\r\n";
}

std::string protocol_name(ProtocolFacts const& facts)
{
    if (!facts.extended) return "SMTP";
    std::string name = facts.utf8 ? "UTF8SMTP" : "ESMTP";
    if (facts.tls) name += 'S';
    if (facts.login) name += 'A';
    return name;
}

std::string missing_fields(std::string_view text, Submitter const& submitter, base::Timestamp now)
{
    auto const header = message::Header::parse(text);
    message::HeaderBuilder missing;
    if (!header.find("From"))
        missing.add("From", message::format_address(submitter.user.name, submitter.user.login, submitter.domain));
    if (!header.find("Date")) missing.add("Date", base::rfc5322_date(now));
    if (!header.find("Message-ID")) missing.add("Message-ID", message::new_message_id(submitter.domain));
    return missing.text();
}

void HeaderGate::append(std::string_view bytes)
{
    if (is_open_) {
        body_.append(bytes);
        return;
    }
    held_ += bytes;
    if (held_.starts_with("\r\n")) return open(2);
    auto const end = held_.find(blank_line, searched_);
    if (end != std::string::npos) return open(end + blank_line.size());
    if (held_.size() > limits::header_looked_at) return open(held_.size());
    searched_ = held_.size() < blank_line.size() ? 0 : held_.size() - blank_line.size() + 1;
}

void HeaderGate::finish()
{
    if (!is_open_) open(held_.size());
}

void HeaderGate::open(std::size_t header_size)
{
    is_open_ = true;
    bool const has_header = begins_with_field(held_);
    // Who types "DATA", a sentence and "." sends a body: it must not become part of our own header fields.
    auto const header = std::string_view(held_).substr(0, has_header ? header_size : 0);
    facts_ = look_at(header);
    auto const added = complete_(header);
    if (facts_.message_id.empty() && !added.empty())
        facts_.message_id = message::Header::parse(added).first("Message-ID");
    body_.append(added);
    if (!has_header) body_.append("\r\n");
    body_.append(held_);
    std::string().swap(held_);
}

} // namespace maild::smtp
