// From the posted form to a message handed to the submission service, with a copy in Sent.

#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/message/compose.h"
#include "appliance/message/transfer.h"
#include "appliance/net/stream.h"
#include "httpd/limits.h"
#include "httpd/mail/submission.h"
#include "httpd/webmail/body.h"
#include "httpd/webmail/compose_form.h"
#include "httpd/webmail/view.h"

#include <algorithm>
#include <set>

namespace httpd::webmail
{

namespace
{
struct Recipients {
    message::AddressList to, cc, bcc;
    std::map<std::string, std::string> field_of; ///< address -> "to", "cc", "bcc"
};

/// People write "budi" for budi@DOMAIN, and ";" or a new line between addresses.
message::AddressList read_addresses(Exchange const& exchange, std::string text, std::string const& field,
                                    ComposeFaults& faults)
{
    for (char& c : text)
        if (c == ';' || c == '\n' || c == '\r') c = ',';
    auto list = message::parse_address_list(text);
    if (auto const bad = message::unusable_in(list); !bad.empty())
        faults[field] = exchange.text("This is no address: {1}", {base::join(bad, ", ")});
    for (auto& item : list)
        if (item.kind == message::AddressItem::Kind::mailbox && item.host.empty())
            item.host = exchange.services.school.facts().domain;
    return list;
}

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
    if (recipients.field_of.empty())
        faults["to"] = exchange.text("Who should get this message? Write at least one name or address.");
    if (recipients.field_of.size() > limits::recipients)
        faults["to"] = exchange.text(
            "At most {1} recipients are possible at once. For a whole class, use the address of the class.",
            {std::to_string(limits::recipients)});
    return recipients;
}

message::Attachment forwarded_file(mail::MailClient& client, ComposeForm const& form, mail::BodyPart const& part)
{
    message::Attachment file{part.file_name(), part.type + "/" + part.subtype, {}};
    if (file.file_name.empty())
        file.file_name = part.is("message", "rfc822") ? "message.eml" : "attachment-" + part.section;
    message::TransferDecoder decoder(part.encoding);
    client.stream_part(form.origin_folder, form.origin_uid, part.section,
                       [&](std::string_view raw) { decoder.feed(raw, file.bytes); });
    decoder.finish(file.bytes);
    return file;
}

/// In-Reply-To and References, and the files of a forwarded message.
void add_origin(Exchange& exchange, ComposeForm const& form, message::Draft& draft)
{
    if (form.origin_uid == 0) return;
    exchange.use_mail([&](mail::MailClient& client) {
        auto const origin = client.message(form.origin_folder, form.origin_uid);
        if (!origin) return; // deleted meanwhile: the answer goes out without the thread
        draft.in_reply_to = origin->message_id;
        draft.references = origin->references;
        if (!origin->message_id.empty()) draft.references.push_back(origin->message_id);
        draft.attachments.clear(); // this may be the second attempt
        for (auto const& section : form.forwarded)
            if (auto const* part = find_section(origin->root, section))
                draft.attachments.push_back(forwarded_file(client, form, *part));
    });
}

message::Draft make_draft(Exchange& exchange, ComposeForm const& form, Recipients const& recipients)
{
    auto const& user = exchange.session->user;
    auto const domain = exchange.services.school.facts().domain;
    message::Draft draft;
    draft.from = {{message::AddressItem::Kind::mailbox, user.name, "", user.login, domain}};
    draft.to = recipients.to;
    draft.cc = recipients.cc;
    draft.subject = form.subject;
    draft.date = exchange.services.clock.now();
    draft.zone_minutes = exchange.zone_minutes(draft.date);
    draft.message_id = message::new_message_id(domain);
    draft.text = form.text;
    add_origin(exchange, form, draft);
    for (auto const& kept : exchange.session->compose.files(form.token)) {
        auto const type = kept->file.type.empty() ? "application/octet-stream" : kept->file.type;
        draft.attachments.push_back({safe_file_name(kept->file.name), type, kept->file.bytes});
    }
    return draft;
}

ComposeFaults faults_of(Exchange const& exchange, mail::Submitted const& submitted, Recipients const& recipients)
{
    std::map<std::string, std::vector<std::string>> unknown;
    ComposeFaults faults;
    for (auto const& refused : submitted.refused) {
        auto const found = recipients.field_of.find(refused.recipient);
        auto const field = found == recipients.field_of.end() ? "to" : found->second;
        if (refused.code == 550 || refused.code == 551 || refused.code == 553)
            unknown[field].push_back(refused.recipient);
        else
            faults[field] +=
                exchange.text("{1} cannot get mail just now: {2}", {refused.recipient, refused.why}) + " ";
    }
    for (auto const& [field, list] : unknown)
        faults[field] += exchange.text("Nobody has this address: {1}", {base::join(list, ", ")});
    if (!faults.empty()) return faults;
    auto const largest = base::show_size(exchange.services.config.message_size_max);
    if (submitted.code == 552)
        return {{"", exchange.text("The message with its files is too large: at most {1} are possible.", {largest})}};
    return {{"", exchange.text("The message was not taken: {1}", {submitted.why})}};
}

/// The copy in Sent, and the mark at the message that was answered. What fails here does not undo the sending.
bool keep_copy(Exchange& exchange, ComposeForm const& form, std::string const& bytes)
{
    try {
        exchange.use_mail([&](mail::MailClient& client) {
            auto const sent = folder_with(client.folders(), mail::FolderUse::sent);
            if (sent.empty()) throw mail::MailFault(mail::MailFault::Kind::no_folder, "there is no folder Sent");
            client.append_seen(sent, bytes);
            if (form.origin_uid == 0) return;
            auto const flag =
                form.origin == ComposeForm::Origin::reply ? mail::Flag::answered : mail::Flag::forwarded;
            client.set_flag(form.origin_folder, {form.origin_uid}, flag, true);
        });
        return true;
    } catch (net::Disconnected const& error) {
        base::log(base::Level::warning, exchange.session->log_id, "no-sent-copy", {{"why", error.what()}});
    } catch (mail::MailFault const& error) {
        base::log(base::Level::warning, exchange.session->log_id, "no-sent-copy", {{"why", error.what()}});
    }
    return false;
}
} // namespace

SendResult send(Exchange& exchange, ComposeForm const& form)
{
    SendResult result;
    auto const recipients = read_recipients(exchange, form, result.faults);
    if (!result.faults.empty()) return result;
    auto const bytes = message::compose(make_draft(exchange, form, recipients));
    if (bytes.size() > exchange.services.config.message_size_max) {
        result.faults = faults_of(exchange, {.done = false, .refused = {}, .code = 552, .why = {}}, recipients);
        return result;
    }
    mail::Submission submission;
    submission.login = exchange.session->user.login;
    submission.password = exchange.session->token;
    submission.from = submission.login + "@" + exchange.services.school.facts().domain;
    for (auto const& [address, field] : recipients.field_of) submission.recipients.push_back(address);
    auto const submitted = mail::submit(exchange.services.submission_socket, submission, bytes);
    if (!submitted.done) {
        result.faults = faults_of(exchange, submitted, recipients);
        return result;
    }
    base::log(base::Level::info, exchange.session->log_id, "sent",
              {{"login", submission.login},
               {"recipients", std::to_string(submission.recipients.size())},
               {"bytes", std::to_string(bytes.size())}});
    result.copy_kept = keep_copy(exchange, form, bytes);
    return result;
}

} // namespace httpd::webmail
