#include "appliance/message/imap_structure.h"

#include "appliance/base/text.h"
#include "appliance/message/header.h"

namespace message
{

namespace
{
constexpr std::size_t quoted_max = 4096; // longer strings go as literals: some clients limit their lines

enum class Extension { without, with };

bool is_quotable(std::string_view text)
{
    if (text.size() > quoted_max) return false;
    for (char const c : text)
        if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || static_cast<unsigned char>(c) > 0x7E) return false;
    return true;
}

std::string or_nil(std::string_view text) { return text.empty() ? "NIL" : imap_string(text); }
std::string nstring(std::optional<std::string> const& text) { return text ? imap_string(*text) : "NIL"; }

std::optional<std::string> field_text(Header const& header, std::string_view name)
{
    auto const* field = header.find(name);
    if (field == nullptr) return std::nullopt;
    return unfold(field->raw_value.substr(0, envelope_text_max));
}

AddressList field_addresses(Header const& header, std::string_view name)
{
    AddressList list;
    for (auto const* field : header.all(name)) { // several To fields are against the rules, and seen
        auto more = parse_address_list(field->raw_value);
        list.insert(list.end(), more.begin(), more.end());
        if (list.size() >= envelope_addresses_max) break;
    }
    if (list.size() <= envelope_addresses_max) return list;
    list.resize(envelope_addresses_max);
    bool in_group = false;
    for (auto const& item : list) {
        if (item.kind == AddressItem::Kind::group_begin) in_group = true;
        if (item.kind == AddressItem::Kind::group_end) in_group = false;
    }
    if (in_group) list.push_back({AddressItem::Kind::group_end, {}, {}, {}, {}});
    return list;
}

/// RFC 3501 7.4.2: (name adl mailbox host); a group's ends have a NIL host.
std::string address_text(AddressItem const& item)
{
    if (item.kind == AddressItem::Kind::group_end) return "(NIL NIL NIL NIL)";
    if (item.kind == AddressItem::Kind::group_begin) return "(NIL NIL " + imap_string(item.name) + " NIL)";
    return "(" + or_nil(item.name) + " " + or_nil(item.route) + " " + imap_string(item.mailbox) + " " +
           imap_string(item.host) + ")";
}

std::string addresses_text(AddressList const& list)
{
    if (list.empty()) return "NIL";
    std::string out = "(";
    for (auto const& item : list) out += address_text(item);
    return out + ")";
}

std::string parameters_text(Parameters const& parameters)
{
    if (parameters.empty()) return "NIL";
    std::string out;
    for (auto const& parameter : parameters)
        out.append(out.empty() ? "(" : " ")
            .append(imap_string(parameter.name))
            .append(" ")
            .append(imap_string(parameter.value));
    return out + ")";
}

std::string disposition_text(Part const& part)
{
    if (!part.disposition) return "NIL";
    return "(" + imap_string(part.disposition->type) + " " + parameters_text(part.disposition->parameters) + ")";
}

std::string languages_text(Part const& part)
{
    if (part.languages.empty()) return "NIL";
    std::string out;
    for (auto const& language : part.languages) out.append(out.empty() ? "(" : " ").append(imap_string(language));
    return out + ")";
}

/// Writes one part and what is in it; as deep as the scanner went (part_depth_max).
class StructureWriter
{
public:
    StructureWriter(std::string_view message, Extension extension) : message_(message), extension_(extension) {}

    void write(Part const& part)
    {
        out_ += '(';
        if (part.is_multipart())
            multipart(part);
        else
            single(part);
        out_ += ')';
    }
    std::string take() { return std::move(out_); }

private:
    bool with_extension() const { return extension_ == Extension::with; }

    /// body-type-mpart, body-ext-mpart
    void multipart(Part const& part)
    {
        for (auto const& child : part.children) write(child);
        out_ += ' ' + imap_string(part.subtype);
        if (with_extension()) out_ += ' ' + parameters_text(part.parameters) + common_extension(part);
    }

    /// body-type-basic, body-type-text, body-type-msg, body-ext-1part
    void single(Part const& part)
    {
        out_ += imap_string(part.type) + ' ' + imap_string(part.subtype) + ' ' + parameters_text(part.parameters) +
                ' ' + or_nil(part.id) + ' ' + or_nil(part.description) + ' ' + imap_string(part.encoding) + ' ' +
                std::to_string(part.body.size());
        if (part.is_message()) {
            out_ += ' ' + imap_envelope(message_, part.children[0]) + ' ';
            write(part.children[0]);
        }
        if (part.is_message() || part.type == "text") out_ += ' ' + std::to_string(part.lines);
        if (with_extension()) out_ += ' ' + or_nil(part.md5) + common_extension(part);
    }

    static std::string common_extension(Part const& part)
    {
        return ' ' + disposition_text(part) + ' ' + languages_text(part) + ' ' + or_nil(part.location);
    }

    std::string_view message_;
    Extension extension_;
    std::string out_;
};

std::string structure(std::string_view message, Part const& root, Extension extension)
{
    StructureWriter writer(message, extension);
    writer.write(root);
    return writer.take();
}
} // namespace

Envelope read_envelope(std::string_view message, Part const& part)
{
    auto const header = Header::parse(message.substr(0, part.header.end), part.header.begin);
    Envelope envelope;
    envelope.date = field_text(header, "Date");
    envelope.subject = field_text(header, "Subject");
    envelope.in_reply_to = field_text(header, "In-Reply-To");
    envelope.message_id = field_text(header, "Message-ID");
    envelope.from = field_addresses(header, "From");
    envelope.sender = field_addresses(header, "Sender");
    envelope.reply_to = field_addresses(header, "Reply-To");
    envelope.to = field_addresses(header, "To");
    envelope.cc = field_addresses(header, "Cc");
    envelope.bcc = field_addresses(header, "Bcc");
    if (envelope.sender.empty()) envelope.sender = envelope.from;
    if (envelope.reply_to.empty()) envelope.reply_to = envelope.from;
    return envelope;
}

std::string imap_envelope(Envelope const& e)
{
    return "(" + nstring(e.date) + " " + nstring(e.subject) + " " + addresses_text(e.from) + " " +
           addresses_text(e.sender) + " " + addresses_text(e.reply_to) + " " + addresses_text(e.to) + " " +
           addresses_text(e.cc) + " " + addresses_text(e.bcc) + " " + nstring(e.in_reply_to) + " " +
           nstring(e.message_id) + ")";
}

std::string imap_envelope(std::string_view message, Part const& root)
{
    return imap_envelope(read_envelope(message, root));
}

std::string imap_bodystructure(std::string_view message, Part const& root)
{
    return structure(message, root, Extension::with);
}

std::string imap_body(std::string_view message, Part const& root)
{
    return structure(message, root, Extension::without);
}

std::string imap_string(std::string_view text)
{
    std::string clean;
    if (text.find('\0') != std::string_view::npos) {
        clean = base::replace_all(std::string(text), std::string_view("\0", 1), "");
        text = clean;
    }
    if (!is_quotable(text)) return "{" + std::to_string(text.size()) + "}\r\n" + std::string(text);
    std::string out = "\"";
    for (char const c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

} // namespace message
