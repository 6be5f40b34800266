// From the form to a message: who gets it, its header, its text and its files.

#include "appliance/base/text.h"
#include "appliance/directory/personal.h"
#include "appliance/message/compose.h"
#include "appliance/message/header.h"
#include "appliance/message/transfer.h"
#include "httpd/html/sanitize.h"
#include "httpd/html/to_text.h"
#include "httpd/limits.h"
#include "httpd/webmail/body.h"
#include "httpd/webmail/compose_form.h"

namespace httpd::webmail
{

namespace
{
/// The name of a group of contacts stands for the addresses in it.
std::string with_groups(Exchange const& exchange, std::string text)
{
    std::vector<directory::Contact> contacts;
    std::string out;
    for (auto const piece : base::split(text, ',')) {
        auto const word = base::trim(piece);
        bool const may_be_group = !word.empty() && word.find('@') == std::string_view::npos;
        if (may_be_group && contacts.empty())
            contacts = exchange.services.contacts.contacts(exchange.session->user.id);
        std::string group;
        for (auto const& contact : contacts)
            for (auto const& name : contact.groups)
                if (may_be_group && !contact.addresses.empty() && base::equal_ignoring_case(name, word))
                    group += (group.empty() ? "" : ",") + contact.addresses.front();
        out += (out.empty() ? "" : ",") + (group.empty() ? std::string(piece) : group);
    }
    return out;
}

/// People write "budi" for budi@DOMAIN, and ";" or a new line between addresses.
message::AddressList read_addresses(Exchange const& exchange, std::string text, std::string const& field,
                                    ComposeFaults& faults)
{
    for (char& c : text)
        if (c == ';' || c == '\n' || c == '\r') c = ',';
    auto list = message::parse_address_list(with_groups(exchange, std::move(text)));
    if (auto const bad = message::unusable_in(list); !bad.empty())
        faults[field] = exchange.text("This is no address: {1}", {base::join(bad, ", ")});
    for (auto& item : list)
        if (item.kind == message::AddressItem::Kind::mailbox && item.host.empty())
            item.host = exchange.services.school.facts().domain;
    return list;
}

} // namespace

Recipients read_recipients(Exchange const& exchange, ComposeForm const& form, ComposeFaults& faults)
{
    Recipients recipients;
    recipients.to = read_addresses(exchange, form.to, "to", faults);
    recipients.cc = read_addresses(exchange, form.cc, "cc", faults);
    recipients.bcc = read_addresses(exchange, form.bcc, "bcc", faults);
    for (auto const& [field, list] :
         {std::pair{"to", &recipients.to}, {"cc", &recipients.cc}, {"bcc", &recipients.bcc}})
        for (auto const& address : message::recipients_of(*list)) recipients.field_of.emplace(address.show(), field);
    if (!faults.empty()) return recipients;
    if (recipients.field_of.size() > limits::recipients)
        faults["to"] = exchange.text(
            "At most {1} recipients are possible at once. For a whole class, use the address of the class.",
            {std::to_string(limits::recipients)});
    return recipients;
}

namespace
{
/// Bytes that come piece by piece: in memory while they are few, else in a file that goes with the content.
class Paper
{
public:
    void add(std::string_view piece)
    {
        waiting_ += piece;
        if (waiting_.size() < limits::letter_in_memory) return;
        file_->add(waiting_);
        waiting_.clear();
    }
    message::Content take()
    {
        if (file_->empty()) return std::move(waiting_);
        file_->add(waiting_);
        return {file_->size(), [file = file_](auto const& take) { file->read(take); }};
    }

private:
    std::string waiting_;
    std::shared_ptr<HiddenFile> file_ = std::make_shared<HiddenFile>();
};

message::Attachment forwarded_file(mail::MailClient& client, ComposeForm const& form, mail::BodyPart const& part)
{
    message::Attachment file{part.file_name(), part.type + "/" + part.subtype, {}};
    if (file.file_name.empty())
        file.file_name = part.is("message", "rfc822") ? "message.eml" : "attachment-" + part.section;
    message::TransferDecoder decoder(part.encoding);
    Paper paper;
    std::string piece;
    client.stream_part(form.origin_folder, form.origin_uid, part.section, [&](std::string_view raw) {
        decoder.feed(raw, piece);
        paper.add(piece);
        piece.clear();
    });
    decoder.finish(piece);
    paper.add(piece);
    file.content = paper.take();
    return file;
}

std::optional<mail::Message> origin_in(mail::MailClient& client, ComposeForm const& form)
{
    try {
        return client.message(form.origin_folder, form.origin_uid);
    } catch (mail::MailFault const& fault) { // its folder may have gone as well
        if (fault.kind() != mail::MailFault::Kind::no_folder) throw;
        return std::nullopt;
    }
}

/// In-Reply-To and References, and the files of a forwarded message. False: some of them have gone.
bool add_origin(Exchange& exchange, ComposeForm const& form, message::Draft& draft)
{
    if (form.origin_uid == 0) return true;
    return exchange.use_mail([&](mail::MailClient& client) {
        auto const origin = origin_in(client, form);
        if (!origin) return form.forwarded.empty(); // deleted meanwhile: an answer goes out without the thread
        draft.in_reply_to = origin->message_id;
        draft.references = origin->references;
        if (!origin->message_id.empty()) draft.references.push_back(origin->message_id);
        draft.attachments.clear(); // this may be the second attempt
        for (auto const& section : form.forwarded)
            if (auto const* part = find_section(origin->root, section))
                draft.attachments.push_back(forwarded_file(client, form, *part));
        return draft.attachments.size() == form.forwarded.size();
    });
}

/// As whom it is written: one of the person's own addresses, else the usual one.
directory::Identity identity_of(Exchange& exchange, ComposeForm const& form)
{
    auto const& user = exchange.session->user;
    auto const identities = exchange.services.personal.identities(user);
    for (auto const& identity : identities)
        if (base::equal_ignoring_case(identity.address, form.from)) return identity;
    if (!identities.empty()) return identities.front();
    return {user.name, user.login + "@" + exchange.services.school.facts().domain, ""};
}

void add_wishes(ComposeForm const& form, directory::Identity const& from, message::Draft& draft)
{
    if (form.priority == "high") draft.more = {{"X-Priority", "1"}, {"Importance", "high"}};
    if (form.priority == "low") draft.more = {{"X-Priority", "5"}, {"Importance", "low"}};
    if (form.wants_receipt) draft.more.emplace_back("Disposition-Notification-To", from.address); // RFC 8098 2.1
}

void add_text(ComposeForm const& form, message::Draft& draft)
{
    draft.text = form.text;
    if (base::trim(form.html).empty()) return;
    auto const clean = html::sanitize(form.html);
    if (!clean) return;
    draft.html = clean->html.text();
    draft.text = html::to_text(*draft.html);
}

message::Draft make_draft(Exchange& exchange, ComposeForm const& form, Recipients const& recipients,
                          directory::Identity const& from, bool& is_whole)
{
    message::Draft draft;
    auto const at = from.address.rfind('@');
    draft.from = {{message::AddressItem::Kind::mailbox, from.name, "", from.address.substr(0, at),
                   at == std::string::npos ? std::string() : from.address.substr(at + 1)}};
    draft.to = recipients.to;
    draft.cc = recipients.cc;
    draft.subject = form.subject;
    draft.date = exchange.services.clock.now();
    draft.zone_minutes = exchange.zone_minutes(draft.date);
    draft.message_id = message_id_of(exchange, form.token);
    add_text(form, draft);
    add_wishes(form, from, draft);
    is_whole = add_origin(exchange, form, draft);
    for (auto const& kept : exchange.session->compose.files(form.token)) {
        auto const type = kept->type.empty() ? "application/octet-stream" : kept->type;
        message::Content content(kept->content.size(), [kept](auto const& take) { kept->content.read(take); });
        draft.attachments.push_back({safe_file_name(kept->name), type, std::move(content)});
    }
    return draft;
}
} // namespace

Letter make_letter(Exchange& exchange, ComposeForm const& form, Recipients const& recipients)
{
    auto const from = identity_of(exchange, form);
    Letter letter{from.address, {}, {}};
    auto const draft = make_draft(exchange, form, recipients, from, letter.is_whole);
    Paper paper;
    message::compose(draft, [&](std::string_view piece) { paper.add(piece); });
    letter.bytes = paper.take();
    message::HeaderBuilder own;
    if (!recipients.bcc.empty()) own.add("Bcc", message::format_address_list(recipients.bcc));
    own.add(form_field, form_field_value(form));
    letter.copy = {own.text().size() + letter.bytes.size(),
                   [head = own.text(), bytes = letter.bytes](auto const& take) {
                       take(head);
                       bytes.read(take);
                   }};
    return letter;
}

} // namespace httpd::webmail
