#include "maild/smtp/trace.h"

#include "appliance/message/compose.h"
#include "appliance/message/header.h"
#include "maild/auth/results.h"
#include "maild/limits.h"
#include "maild/smtp/transport_wishes.h"

#include "appliance/base/cursor.h"

#include <algorithm>

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

/// Of all fields of that name.
message::AddressList addresses_in(message::Header const& header, std::string_view name)
{
    message::AddressList list;
    for (auto const* field : header.all(name))
        for (auto& item : message::parse_address_list(field->value())) list.push_back(std::move(item));
    return list;
}

HeaderFacts look_at(std::string_view text)
{
    auto const header = message::Header::parse(text);
    HeaderFacts facts;
    facts.hops = header.all("Received").size();
    facts.message_id = header.first("Message-ID");
    facts.has_from = header.find("From") != nullptr;
    facts.from = addresses_in(header, "From");
    for (auto const* name : {"Sender", "Resent-From", "Resent-Sender"})
        for (auto& item : addresses_in(header, name)) facts.sender.push_back(std::move(item));
    for (auto const* field : header.all("Solicitation"))
        for (auto& word : parse_solicitations(field->value())) facts.solicitations.push_back(std::move(word));
    facts.is_cut = header.is_cut() || text.size() > limits::header_looked_at;
    return facts;
}

bool names_several(message::Header const& header)
{
    std::size_t mailboxes = 0;
    for (auto const* field : header.all("From"))
        for (auto const& item : message::parse_address_list(field->value()))
            if (item.kind == message::AddressItem::Kind::mailbox) ++mailboxes;
    return mailboxes > 1;
}
} // namespace

std::string show(ReceivedLine const& line)
{
    std::string text = "Received: ";
    if (!line.hello.empty()) text += "from " + line.hello + " (" + line.peer + ")\r\n\t";
    text += "by " + line.host + " (Kotakpos) with " + line.protocol + " id " + line.id;
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

Completion complete_submission(std::string_view text, Submitter const& submitter, base::Timestamp now)
{
    auto const header = message::Header::parse(text);
    auto const himself = message::format_address(submitter.user.name, submitter.user.login, submitter.domain);
    message::HeaderBuilder missing;
    if (!header.find("From")) missing.add("From", himself);
    if (names_several(header) && !header.find("Sender")) missing.add("Sender", himself); // RFC 5322 3.6.2
    if (!header.find("Date")) missing.add("Date", base::rfc5322_date(now));
    if (!header.find("Message-ID")) missing.add("Message-ID", message::new_message_id(submitter.domain));
    Completion completion{missing.text()};
    auto& left_out = completion.left_out;
    left_out = without_forged_results(text, submitter.host).left_out;
    for (auto const* field : header.all("Bcc")) left_out.push_back({field->begin, field->end});
    std::sort(left_out.begin(), left_out.end(), [](auto const& a, auto const& b) { return a.begin < b.begin; });
    return completion;
}

Completion without_forged_results(std::string_view header, std::string_view host)
{
    Completion completion;
    for (auto const& place : auth::forged_results(header, host))
        completion.left_out.push_back({place.begin, place.end});
    return completion;
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
    facts_.is_cut |= has_header && header_size > limits::header_looked_at;
    auto const completion = complete_(header);
    if (facts_.message_id.empty() && !completion.fields.empty())
        facts_.message_id = message::Header::parse(completion.fields).first("Message-ID");
    body_.append(completion.fields);
    if (!has_header) body_.append("\r\n");
    std::size_t at = 0;
    for (auto const& piece : completion.left_out) {
        body_.append(std::string_view(held_).substr(at, piece.begin - at));
        at = piece.end;
    }
    body_.append(std::string_view(held_).substr(at));
    std::string().swap(held_);
}

} // namespace maild::smtp
