// Drafts: a form has at most one, in the folder Drafts, and its Message-ID is made of the form's token. So whoever
// saves it next, in another tab, on another device or after a restart, finds it and puts his own in its place.

#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/message/header.h"
#include "appliance/message/transfer.h"
#include "appliance/net/stream.h"
#include "httpd/limits.h"
#include "httpd/webmail/body.h"
#include "httpd/webmail/compose_form.h"
#include "httpd/webmail/pages.h"
#include "httpd/webmail/view.h"

#include <algorithm>

namespace httpd::webmail
{

namespace
{
std::string must_find_folder(mail::MailClient& client, mail::FolderUse use)
{
    auto const name = folder_with(client.folders(), use);
    if (name.empty()) throw mail::MailFault(mail::MailFault::Kind::no_folder, "the folder is missing");
    return name;
}

/// A text part of a draft as it was in the form.
std::string part_text(mail::MailClient& client, std::string const& folder, mail::Uid uid, mail::BodyPart const& part)
{
    auto text =
        base::replace_all(decoded_text(part, client.part(folder, uid, part.section, limits::draft_text)), "\r", "");
    if (text.ends_with('\n')) text.pop_back(); // composing ends the last line
    return text;
}

void load_files(Exchange& exchange, mail::MailClient& client, std::string const& folder, mail::Uid uid,
                mail::BodyPart const& root, ComposeForm const& form)
{
    auto& state = exchange.session->compose;
    auto files = body_of(root, Prefer::html).files;
    state.remove_files(form.token);
    for (auto const* part : files) {
        UploadedFile file{"files", part->file_name(), part->type + "/" + part->subtype, {}};
        if (file.name.empty()) file.name = part->is("message", "rfc822") ? "message.eml" : "file-" + part->section;
        message::TransferDecoder decoder(part->encoding);
        std::string piece;
        client.stream_part(folder, uid, part->section, [&](std::string_view raw) {
            decoder.feed(raw, piece);
            file.content.add(std::exchange(piece, {}));
        });
        decoder.finish(piece);
        file.content.add(piece);
        state.keep(form.token, std::move(file), exchange.services.config.message_size_max);
    }
}

ComposeForm form_of(mail::Message const& message, message::Header const& header)
{
    if (auto form = parse_form_field(header.first(form_field))) {
        form->forwarded.clear(); // they are files of the draft now
        return *form;
    }
    ComposeForm form; // another mail program has written it
    form.token = new_form_token();
    form.to = message::show_address_list(message.summary.to);
    form.cc = message::show_address_list(message.cc);
    form.bcc = message::show_address_list(message.bcc);
    return form;
}
} // namespace

mail::Uid save_draft(Exchange& exchange, ComposeForm const& form)
{
    ComposeFaults ignored;
    auto const letter = make_letter(exchange, form, read_recipients(exchange, form, ignored));
    auto& state = exchange.session->compose;
    return exchange.use_mail([&](mail::MailClient& client) {
        auto const drafts = must_find_folder(client, mail::FolderUse::drafts);
        auto old = client.find_id(drafts, message_id_of(exchange, form.token)); // also another device's
        auto const uid = client.append(drafts, letter.copy, mail::MailClient::Kept::draft);
        state.set_draft(form.token, uid); // before the old one goes: a crash leaves two, and the next save mends it
        std::erase(old, uid);
        client.remove(drafts, old);
        return uid;
    });
}

void remove_draft(Exchange& exchange, std::string const& token)
{
    exchange.use_mail([&](mail::MailClient& client) {
        auto const drafts = folder_with(client.folders(), mail::FolderUse::drafts);
        if (!drafts.empty()) client.remove(drafts, client.find_id(drafts, message_id_of(exchange, token)));
    });
    exchange.session->compose.set_draft(token, 0);
}

Recovered recover(Exchange& exchange, std::string const& token)
{
    auto& state = exchange.session->compose;
    if (state.is_known(token)) return Recovered::unsent;
    auto const id = message_id_of(exchange, token);
    return exchange.use_mail([&](mail::MailClient& client) {
        auto const folders = client.folders();
        auto const sent = folder_with(folders, mail::FolderUse::sent);
        auto const drafts = folder_with(folders, mail::FolderUse::drafts);
        bool const is_sent = !sent.empty() && !client.find_id(sent, id).empty();
        auto const found = drafts.empty() ? std::vector<mail::Uid>() : client.find_id(drafts, id);
        if (found.empty()) {
            if (!is_sent) state.note(token);
            return is_sent ? Recovered::sent : Recovered::unsent;
        }
        if (open_draft(exchange, client, drafts, found.back()) && found.size() > 1)
            client.remove(drafts, {found.begin(), found.end() - 1});
        return is_sent ? Recovered::doubtful : Recovered::unsent;
    });
}

Recovered recover_if_possible(Exchange& exchange, ComposeForm const& form)
{
    try {
        return recover(exchange, form.token);
    } catch (net::Disconnected const&) {
    } catch (mail::MailFault const&) {
    }
    return Recovered::unsent;
}

std::optional<ComposeForm> open_draft(Exchange& exchange, mail::MailClient& client, std::string const& folder,
                                      mail::Uid uid)
{
    auto const message = client.message(folder, uid);
    if (!message) return std::nullopt;
    auto const raw = client.header(folder, uid);
    auto form = form_of(*message, message::Header::parse(raw));
    form.subject = message->summary.subject;
    for (auto const* part : body_of(message->root, Prefer::text).texts)
        if (part->is("text", "plain")) form.text += part_text(client, folder, uid, *part);
    for (auto const* part : body_of(message->root, Prefer::html).texts)
        if (part->is("text", "html")) form.html += part_text(client, folder, uid, *part);
    auto& state = exchange.session->compose;
    if (state.draft(form.token) != uid || !state.is_known(form.token)) {
        load_files(exchange, client, folder, uid, message->root, form);
        state.set_draft(form.token, uid);
    }
    return form;
}

Response edit_draft(Exchange& exchange)
{
    auto const form = exchange.use_mail([&](mail::MailClient& client) {
        return open_draft(exchange, client, exchange.parameter("folder"), uid_parameter(exchange));
    });
    if (!form) return not_found_page(exchange);
    exchange.session->compose.reopen(form->token);
    return show_compose_form(exchange, *form, {});
}

} // namespace httpd::webmail
