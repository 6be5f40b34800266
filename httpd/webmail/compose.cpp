// Writing a mail: how the form begins, files put to it one after the other, the draft, and sending it once. The page
// itself: compose_page.cpp.

#include "appliance/base/error.h"
#include "appliance/base/text.h"
#include "appliance/net/stream.h"
#include "httpd/html/to_text.h"
#include "httpd/webmail/compose_form.h"
#include "httpd/webmail/pages.h"
#include "httpd/webmail/view.h"

#include <algorithm>

namespace httpd::webmail
{

namespace
{
/// Takes the files that came with this post. False: no more fit.
bool keep_files(Exchange& exchange, ComposeForm const& form)
{
    bool all = true;
    for (auto& file : exchange.request.form.files()) {
        if (file.field != "files") continue;
        all =
            exchange.session->compose.keep(form.token, std::move(file), exchange.services.config.message_size_max) &&
            all;
    }
    return all;
}

ComposeFaults files_fault(Exchange const& exchange)
{
    return {{"files", exchange.text("Together the files are too large: a message may have at most {1}.",
                                    {base::show_size(exchange.services.config.message_size_max)})}};
}

/// Words with which people announce a file, in what they wrote themselves.
bool announces_file(ComposeForm const& form)
{
    static constexpr std::string_view words[] = {"terlampir", "lampiran",   "lampirkan", "melampirkan", "berkas ini",
                                                 "attached",  "attachment", "enclosed",  "attaching"};
    std::string own = form.subject + "\n";
    if (form.origin != ComposeForm::Origin::none) own.clear(); // "Re: lampiran" is not the writer's word
    auto const text = form.html.empty() ? form.text : html::to_text(form.html);
    for (auto const line : base::split(text, '\n'))
        if (!line.starts_with('>')) own += std::string(line) + "\n";
    if (form.origin == ComposeForm::Origin::forward) own = own.substr(0, own.find("----------"));
    own = base::lower(own);
    return std::any_of(std::begin(words), std::end(words),
                       [&](auto word) { return own.find(word) != std::string::npos; });
}

bool has_files(Exchange& exchange, ComposeForm const& form)
{
    return !form.forwarded.empty() || !exchange.session->compose.files(form.token).empty();
}

Response already_sent(ComposeForm const& form)
{
    return see_other(folder_link(form.origin_folder.empty() ? "INBOX" : form.origin_folder) + "?notice=already-sent");
}

std::string sent_link(ComposeForm const& form, SendResult const& result)
{
    auto link = folder_link(form.origin_folder.empty() ? "INBOX" : form.origin_folder) + "?notice=";
    link += !result.copy_kept ? "sent-no-copy" : result.release != 0 ? "sent-later" : "sent";
    if (!result.waiting_id.empty()) link += "&waiting=" + result.waiting_id + "&token=" + form.token;
    return link;
}

Response send_once(Exchange& exchange, ComposeForm const& form)
{
    auto& state = exchange.session->compose;
    auto const begin = state.begin(form.token);
    if (begin == ComposeState::Begin::already_sent) return already_sent(form);
    if (begin == ComposeState::Begin::discarded) { // and came back by the browser's Back
        state.reopen(form.token);
        return show_compose_form(exchange, form,
                                 {{"", exchange.text("You had thrown this message away, with its files. Your text is "
                                                     "here: to send it after all, press Send once more.")}});
    }
    SendResult result;
    try {
        auto const before = recover(exchange, form.token);
        if (before == Recovered::sent) {
            state.sent(form.token);
            return already_sent(form);
        }
        result = send(exchange, form); // if it is doubtful, the queue knows
    } catch (...) {                    // whatever it was: the form may be sent again
        state.not_sent(form.token);
        throw;
    }
    if (!result.faults.empty()) {
        state.not_sent(form.token);
        return show_compose_form(exchange, form, result.faults);
    }
    state.sent(form.token);
    return result.before && result.copy_kept ? already_sent(form) : see_other(sent_link(form, result));
}

bool wants_json(Exchange const& exchange) { return exchange.request.header("Accept") == "application/json"; }

Response json(std::string body, int status = 200)
{
    Response response;
    response.status = status;
    response.type = "application/json";
    response.body = std::move(body);
    return response;
}

std::string files_json(Exchange& exchange, ComposeForm const& form)
{
    std::string list;
    for (auto const& file : exchange.session->compose.files(form.token))
        list += std::string(list.empty() ? "" : ",") + "{\"id\":" + base::json_string(file->id) +
                ",\"name\":" + base::json_string(safe_file_name(file->name)) +
                ",\"size\":" + base::json_string(base::show_size(file->content.size())) + "}";
    return "[" + list + "]";
}

/// The draft, unless the form was sent or thrown away meanwhile. Gives its UID; 0: not saved.
mail::Uid save_once(Exchange& exchange, ComposeForm const& form)
{
    auto& state = exchange.session->compose;
    if (state.begin(form.token) != ComposeState::Begin::go) return 0;
    mail::Uid uid = 0;
    try {
        if (recover(exchange, form.token) == Recovered::sent) {
            state.sent(form.token);
            return 0;
        }
        uid = save_draft(exchange, form);
    } catch (...) {
        state.not_sent(form.token);
        throw;
    }
    state.not_sent(form.token);
    return uid;
}

/// Files stay only with a draft when the session ends; that it cannot be saved now is no reason to refuse them.
void save_if_possible(Exchange& exchange, ComposeForm const& form)
{
    try {
        save_once(exchange, form);
    } catch (net::Disconnected const&) {
    } catch (mail::MailFault const&) {
    } catch (base::StoreError const&) {
    }
}

std::string unsaved_words(Exchange const& exchange, mail::MailFault::Kind kind)
{
    using Kind = mail::MailFault::Kind;
    if (kind == Kind::disk_full) return disk_full_words(exchange);
    if (kind == Kind::over_quota)
        return exchange.text("The draft could not be saved: your mailbox is full. You can still send the message.");
    return exchange.text("The draft could not be saved just now: the mail service is starting again.");
}

Response save_and_say(Exchange& exchange, ComposeForm const& form)
{
    std::string why;
    try {
        auto const uid = save_once(exchange, form);
        auto const when = exchange.short_time(exchange.services.clock.now());
        if (wants_json(exchange))
            return json("{\"uid\":" + std::to_string(uid) + ",\"text\":" +
                        base::json_string(uid == 0 ? "" : exchange.text("Draft saved at {1}", {when})) + "}");
        if (uid == 0) return already_sent(form);
        auto const drafts = exchange.use_mail(
            [](mail::MailClient& client) { return folder_with(client.folders(), mail::FolderUse::drafts); });
        return see_other(message_link(drafts, uid) + "/edit?notice=draft-saved");
    } catch (net::Disconnected const&) {
        why = exchange.text("The draft could not be saved just now: the mail service is starting again.");
    } catch (mail::MailFault const& fault) {
        why = unsaved_words(exchange, fault.kind());
    } catch (base::StoreError const& error) { // the letter itself has no place
        if (!base::is_disk_full(error)) throw;
        why = disk_full_words(exchange);
    }
    if (wants_json(exchange)) return json("{\"uid\":0,\"fault\":" + base::json_string(why) + "}");
    return show_compose_form(exchange, form, {{"", why}});
}

Response discard(Exchange& exchange, ComposeForm const& form)
{
    auto& state = exchange.session->compose;
    auto const begin = state.begin(form.token);
    if (begin == ComposeState::Begin::already_sent) return already_sent(form);
    if (begin == ComposeState::Begin::discarded) return see_other("/mail/INBOX?notice=discarded");
    try {
        remove_draft(exchange, form.token);
    } catch (...) {
        state.not_sent(form.token);
        throw;
    }
    state.discarded(form.token); // what a tab still wants to save is not to come back
    return see_other("/mail/INBOX?notice=discarded");
}

Response send_or_explain(Exchange& exchange, ComposeForm const& form)
{
    try {
        return send_once(exchange, form);
    } catch (net::Disconnected const&) { // the router's page would lose the text
    } catch (mail::MailFault const& fault) {
        if (fault.kind() == mail::MailFault::Kind::refused)
            return show_compose_form(exchange, form, {{"", fault.what()}});
        if (fault.kind() == mail::MailFault::Kind::disk_full)
            return show_compose_form(exchange, form, {{"", disk_full_words(exchange)}});
    } catch (base::StoreError const& error) { // the letter itself has no place
        if (!base::is_disk_full(error)) throw;
        return show_compose_form(exchange, form, {{"", disk_full_words(exchange)}});
    }
    return show_compose_form(exchange, form,
                             {{"", exchange.text("The mail service is just starting again. Nothing was sent, your "
                                                 "text is still here: please press Send once more.")}});
}

template <class Make>
Response show_form_from_origin(Exchange& exchange, Make&& make, bool needs_file = false)
{
    auto const form = exchange.use_mail([&](mail::MailClient& client) -> std::optional<ComposeForm> {
        auto const origin = client.message(exchange.parameter("folder"), uid_parameter(exchange));
        if (!origin) return std::nullopt;
        return make(client, *origin);
    });
    if (!form) return not_found_page(exchange);
    exchange.session->compose.note(form->token);
    bool const fits = !needs_file || has_files(exchange, *form);
    return show_compose_form(exchange, *form, fits ? ComposeFaults() : files_fault(exchange));
}
} // namespace

Response show_compose(Exchange& exchange)
{
    ComposeForm form;
    form.token = new_form_token();
    exchange.session->compose.note(form.token);
    auto const& query = exchange.request.query;
    form.to = query.value("to");
    form.cc = query.value("cc");
    form.subject = query.value("subject");
    form.text = query.value("body") + signature(exchange, "");
    return show_compose_form(exchange, form, {});
}

Response show_reply(Exchange& exchange)
{
    return show_form_from_origin(exchange, [&](mail::MailClient& client, mail::Message const& origin) {
        return reply_form(exchange, client, origin, ReplyTo::sender);
    });
}

Response show_reply_all(Exchange& exchange)
{
    return show_form_from_origin(exchange, [&](mail::MailClient& client, mail::Message const& origin) {
        return reply_form(exchange, client, origin, ReplyTo::all);
    });
}

Response show_reply_list(Exchange& exchange)
{
    return show_form_from_origin(exchange, [&](mail::MailClient& client, mail::Message const& origin) {
        return reply_form(exchange, client, origin, ReplyTo::list);
    });
}

Response show_forward(Exchange& exchange)
{
    return show_form_from_origin(exchange, [&](mail::MailClient& client, mail::Message const& origin) {
        return forward_form(exchange, client, origin);
    });
}

Response show_forward_whole(Exchange& exchange)
{
    return show_form_from_origin(
        exchange,
        [&](mail::MailClient& client, mail::Message const& origin) {
            return forward_whole_form(exchange, client, origin);
        },
        true);
}

namespace
{
Response change_files(Exchange& exchange, ComposeForm const& form, bool fits)
{
    save_if_possible(exchange, form);
    if (!wants_json(exchange))
        return show_compose_form(exchange, form, fits ? ComposeFaults() : files_fault(exchange));
    auto const fault = fits ? std::string() : files_fault(exchange).at("files");
    return json("{\"files\":" + files_json(exchange, form) + ",\"fault\":" + base::json_string(fault) + "}");
}
} // namespace

/// The chosen text in front of what is written (with scripts: where the cursor is).
void insert_canned(Exchange& exchange, ComposeForm& form)
{
    auto const& id = exchange.request.form.value("canned");
    for (auto const& text : exchange.services.contacts.canned_texts(exchange.session->user.id))
        if (std::to_string(text.id) == id) form.text = text.text + "\n" + form.text;
}

Response post_compose(Exchange& exchange)
{
    auto form = read_compose_form(exchange.request.form);
    auto const what = exchange.request.form.value("do");
    if (what == "insert") insert_canned(exchange, form);
    if (what == "discard") return discard(exchange, form);
    bool const brings_files = !exchange.request.form.files().empty() || what.starts_with("remove-");
    if (brings_files) recover_if_possible(exchange, form);
    bool const fits = keep_files(exchange, form);
    if (what.starts_with("remove-")) exchange.session->compose.remove(form.token, what.substr(7));
    if (what == "attach" || what.starts_with("remove-")) return change_files(exchange, form, fits);
    if (!fits) return show_compose_form(exchange, form, files_fault(exchange));
    if (what == "save") return save_and_say(exchange, form);
    if (what != "send" && what != "send-anyway") return show_compose_form(exchange, form, {});
    if (what == "send" && announces_file(form)) {
        recover_if_possible(exchange, form);
        if (!has_files(exchange, form))
            return show_compose_form(
                exchange, form,
                {{"forgotten",
                  exchange.text("You wrote about a file, but none is attached. Attach it now, or send the "
                                "message as it is.")}});
    }
    return send_or_explain(exchange, form);
}

Response show_kept_compose(Exchange& exchange)
{
    auto const form = read_compose_form(exchange.request.form);
    if (wants_json(exchange))
        return json("{\"uid\":0,\"files\":[],\"fault\":" +
                    base::json_string(exchange.text("This page is too old. Press Send: you can then go on.")) + "}");
    recover_if_possible(exchange, form);
    keep_files(exchange, form);
    return show_compose_form(
        exchange, form,
        {{"",
          exchange.text(
              "This page was too old, so nothing was sent. Your text is still here: please press Send once more.")}});
}

} // namespace httpd::webmail
