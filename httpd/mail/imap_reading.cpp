#include "httpd/mail/imap_reading.h"

#include "appliance/base/text.h"
#include "appliance/imap_client/modified_utf7.h"
#include "appliance/message/charset.h"
#include "appliance/message/date.h"
#include "appliance/message/header.h"
#include "appliance/message/words.h"

#include <algorithm>

namespace httpd::mail
{

namespace
{
message::AddressList read_addresses(ImapValue const& list)
{
    message::AddressList addresses;
    for (auto const& item : list.items()) {
        message::AddressItem address;
        address.name = item.item(0).text;
        address.route = item.item(1).text;
        address.mailbox = item.item(2).text;
        address.host = item.item(3).text;
        bool const no_host = item.item(3).kind == ImapValue::Kind::nil;
        if (no_host) // RFC 3501 7.4.2: begin and end of a group
            address.kind = address.mailbox.empty() ? message::AddressItem::Kind::group_end
                                                   : message::AddressItem::Kind::group_begin;
        if (address.kind == message::AddressItem::Kind::group_begin)
            address.name = std::exchange(address.mailbox, {});
        addresses.push_back(std::move(address));
    }
    return addresses;
}

message::Parameters read_parameters(ImapValue const& list)
{
    message::Parameters parameters;
    for (std::size_t i = 0; i + 1 < list.items().size(); i += 2)
        parameters.push_back({base::lower(list.items()[i].text), std::string(list.items()[i + 1].text)});
    return parameters;
}

std::optional<message::Disposition> read_disposition(ImapValue const& value)
{
    if (!value.is_list() || value.items().empty()) return std::nullopt;
    return message::Disposition{base::lower(value.item(0).text), read_parameters(value.item(1))};
}

std::string without_brackets(std::string_view id)
{
    id = base::trim(id);
    if (id.starts_with('<') && id.ends_with('>') && id.size() >= 2) id = id.substr(1, id.size() - 2);
    return std::string(id);
}

/// "(type subtype (parameters) id description encoding size ...)"; where the extension data begin depends on the
/// type.
BodyPart read_leaf(ImapValue const& value, std::string section)
{
    BodyPart part;
    part.section = std::move(section);
    part.type = base::lower(value.item(0).text);
    part.subtype = base::lower(value.item(1).text);
    part.parameters = read_parameters(value.item(2));
    part.id = without_brackets(value.item(3).text);
    part.encoding = base::lower(value.item(5).text);
    part.size = value.item(6).number();
    std::size_t extension = 7; // md5
    if (part.type == "text")
        extension = 8;
    else if (part.is("message", "rfc822"))
        extension = 10;
    part.disposition = read_disposition(value.item(extension + 1));
    return part;
}

BodyPart read_part(ImapValue const& value, std::string const& section)
{
    if (!value.item(0).is_list()) return read_leaf(value, section.empty() ? "1" : section);
    BodyPart part;
    part.section = section;
    part.type = "multipart";
    std::size_t count = 0;
    while (value.item(count).is_list()) {
        auto const number = std::to_string(count + 1);
        part.children.push_back(read_part(value.items()[count], section.empty() ? number : section + "." + number));
        ++count;
    }
    part.subtype = base::lower(value.item(count).text);
    part.parameters = read_parameters(value.item(count + 1));
    part.disposition = read_disposition(value.item(count + 2));
    return part;
}

/// Text without a name and a disposition: nearly every part of nearly every mail.
bool is_bare_text(ImapValue const& leaf)
{
    constexpr std::size_t disposition = 9;
    if (!base::equal_ignoring_case(leaf.item(0).text, "text") || leaf.item(disposition).is_list()) return false;
    auto const& subtype = leaf.item(1).text;
    if (!base::equal_ignoring_case(subtype, "plain") && !base::equal_ignoring_case(subtype, "html")) return false;
    auto const parameters = leaf.item(2).items();
    return std::all_of(parameters.begin(), parameters.end(),
                       [](ImapValue const& value) { return !base::lower(value.text).starts_with("name"); });
}

/// Pictures inside an HTML text are no files to save.
bool has_attachment(ImapValue const& structure)
{
    if (structure.item(0).is_list()) {
        for (auto const& child : structure.items()) {
            if (!child.is_list()) break; // the subtype; what follows are no parts
            if (has_attachment(child)) return true;
        }
        return false;
    }
    if (is_bare_text(structure)) return false;
    auto const part = read_leaf(structure, {});
    bool const attached = part.disposition && part.disposition->type == "attachment";
    return part.is_attachment() && (attached || part.type != "image" || part.id.empty());
}

FolderUse use_of(ImapValue const& attributes, std::string_view name)
{
    if (base::equal_ignoring_case(name, "INBOX")) return FolderUse::inbox;
    static constexpr std::pair<std::string_view, FolderUse> uses[] = {{"Drafts", FolderUse::drafts},
                                                                      {"Sent", FolderUse::sent},
                                                                      {"Archive", FolderUse::archive},
                                                                      {"Trash", FolderUse::trash},
                                                                      {"Junk", FolderUse::junk}};
    for (auto const& [word, use] : uses) {
        for (auto const& attribute : attributes.items())
            if (attribute.is_atom("\\" + std::string(word))) return use;
        if (name == word) return use; // a server that lists no special uses
    }
    return FolderUse::none;
}
} // namespace

bool BodyPart::is(std::string_view wanted_type, std::string_view wanted_subtype) const
{
    return type == wanted_type && subtype == wanted_subtype;
}

std::string BodyPart::charset() const { return message::decoded_parameter(parameters, "charset").value_or(""); }

std::string BodyPart::file_name() const
{
    if (disposition)
        if (auto const name = message::decoded_parameter(disposition->parameters, "filename")) return *name;
    return message::decoded_parameter(parameters, "name").value_or("");
}

bool BodyPart::is_attachment() const
{
    if (!children.empty()) return false;
    if (disposition && disposition->type == "attachment") return true;
    return !(is("text", "plain") || is("text", "html")) || (!file_name().empty() && !is("text", "html"));
}

std::uint64_t BodyPart::decoded_size() const
{
    return encoding == "base64" ? size / 78 * 57 + size % 78 * 3 / 4 : size;
}

Flags read_flags(ImapValue const& list)
{
    Flags flags;
    for (auto const& flag : list.items()) {
        if (flag.is_atom("\\Seen"))
            flags.seen = true;
        else if (flag.is_atom("\\Answered"))
            flags.answered = true;
        else if (flag.is_atom("\\Flagged"))
            flags.flagged = true;
        else if (flag.is_atom("$Forwarded"))
            flags.forwarded = true;
        else if (flag.kind == ImapValue::Kind::atom && !flag.text.starts_with('\\'))
            flags.keywords.emplace_back(flag.text);
    }
    return flags;
}

Summary read_summary(ImapResponse const& fetch)
{
    Summary summary;
    summary.uid = static_cast<Uid>(fetch_item(fetch, "UID").number());
    summary.flags = read_flags(fetch_item(fetch, "FLAGS"));
    summary.date = imap_client::read_internal_date(fetch_item(fetch, "INTERNALDATE").text);
    summary.size = fetch_item(fetch, "RFC822.SIZE").number();
    auto const& envelope = fetch_item(fetch, "ENVELOPE");
    summary.subject = message::decode_words(envelope.item(1).text);
    summary.from = read_addresses(envelope.item(2));
    summary.to = read_addresses(envelope.item(5));
    summary.preview = fetch_item(fetch, "PREVIEW").text;
    summary.thread = fetch_item(fetch, "THREADID").item(0).text;
    summary.has_attachment = has_attachment(fetch_item(fetch, "BODYSTRUCTURE"));
    return summary;
}

Message read_message(ImapResponse const& fetch)
{
    Message message;
    message.summary = read_summary(fetch);
    auto const& envelope = fetch_item(fetch, "ENVELOPE");
    auto const date = message::parse_date(envelope.item(0).text);
    message.sent = date ? date->when : message.summary.date;
    message.reply_to = read_addresses(envelope.item(4));
    message.cc = read_addresses(envelope.item(6));
    message.bcc = read_addresses(envelope.item(7));
    message.message_id = base::trim(envelope.item(9).text);
    auto const header_bytes = fetch_item(fetch, "BODY[").text;
    auto const header = message::Header::parse(header_bytes);
    message.references = message::parse_message_ids(header.first("References"));
    if (message.references.empty()) message.references = message::parse_message_ids(envelope.item(8).text);
    message.receipt_to = message::decode_words(header.first("Disposition-Notification-To"));
    message.is_from_list = header.first("List-Post").find("mailto:") != std::string::npos;
    message.root = read_body_structure(fetch_item(fetch, "BODYSTRUCTURE"));
    return message;
}

BodyPart read_body_structure(ImapValue const& structure) { return read_part(structure, ""); }

std::optional<Folder> read_list(ImapResponse const& list)
{
    if (list.values.size() < 3) return std::nullopt;
    for (auto const& attribute : list.values[0].items())
        if (attribute.is_atom("\\Noselect") || attribute.is_atom("\\NonExistent")) return std::nullopt;
    Folder folder;
    folder.name = imap_client::from_modified_utf7(list.values[2].text);
    folder.use = use_of(list.values[0], folder.name);
    return folder;
}

void read_status(ImapResponse const& status, Folder& folder)
{
    if (status.values.size() < 2) return;
    auto const items = status.values[1].items();
    for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
        if (items[i].is_atom("MESSAGES")) folder.messages = static_cast<std::uint32_t>(items[i + 1].number());
        if (items[i].is_atom("HIGHESTMODSEQ")) folder.modseq = items[i + 1].number();
        if (items[i].is_atom("UNSEEN")) folder.unseen = static_cast<std::uint32_t>(items[i + 1].number());
    }
}

} // namespace httpd::mail
