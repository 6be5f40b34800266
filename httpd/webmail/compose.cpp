// Writing a mail: the pages with the form, files put to it one after the other, and sending it once.

#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "appliance/net/stream.h"
#include "httpd/webmail/body.h"
#include "httpd/webmail/compose_form.h"
#include "httpd/webmail/pages.h"
#include "httpd/webmail/view.h"

#include <algorithm>

namespace httpd::webmail
{

namespace
{
constexpr std::size_t token_bytes = 16;
constexpr std::size_t longest_field = 512 << 10;

bool is_token(std::string_view text) { return text.size() == 2 * token_bytes && base::from_hex(text).has_value(); }

/// Without mail there are no folders at the side, but the form must come back all the same.
std::vector<mail::Folder> folders_or_none(Exchange& exchange)
{
    try {
        return exchange.use_mail([](mail::MailClient& client) { return client.folders(); });
    } catch (net::Disconnected const&) {
    } catch (mail::MailFault const&) {
    }
    return {};
}

std::optional<mail::Message> origin_or_none(Exchange& exchange, ComposeForm const& form)
{
    if (form.origin_uid == 0) return std::nullopt;
    try { // as above; it may also have been deleted
        return exchange.use_mail(
            [&](mail::MailClient& client) { return client.message(form.origin_folder, form.origin_uid); });
    } catch (net::Disconnected const&) {
    } catch (mail::MailFault const&) {
    }
    return std::nullopt;
}

DataList kept_files(Exchange& exchange, ComposeForm const& form)
{
    DataList rows;
    for (auto const& file : exchange.session->compose.files(form.token)) {
        Data row;
        row["file_id"] = Data(file->id);
        row["file_name"] = Data(safe_file_name(file->file.name));
        row["file_size"] = Data(base::show_size(file->file.bytes.size()));
        rows.push_back(std::move(row));
    }
    return rows;
}

DataList forwarded_files(Exchange& exchange, ComposeForm const& form)
{
    DataList rows;
    if (form.origin != ComposeForm::Origin::forward) return rows;
    auto const origin = origin_or_none(exchange, form);
    if (!origin) return rows;
    for (auto const* part : body_of(origin->root, Prefer::html).files) {
        Data row;
        row["section"] = Data(part->section);
        row["checked"] =
            Data(std::find(form.forwarded.begin(), form.forwarded.end(), part->section) != form.forwarded.end());
        row["file_name"] = Data(safe_file_name(part->file_name()));
        row["file_size"] = Data(base::show_size(part->decoded_size()));
        rows.push_back(std::move(row));
    }
    return rows;
}

std::string_view word(ComposeForm::Origin origin)
{
    switch (origin) {
    case ComposeForm::Origin::reply: return "reply";
    case ComposeForm::Origin::forward: return "forward";
    case ComposeForm::Origin::none: return "";
    }
    return "";
}

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

Response send_once(Exchange& exchange, ComposeForm const& form)
{
    auto& state = exchange.session->compose;
    if (state.begin(form.token) == ComposeState::Begin::already_sent)
        return see_other("/mail/INBOX?notice=already-sent");
    SendResult result;
    try {
        result = send(exchange, form);
    } catch (std::exception const&) { // whatever it was: the form may be sent again
        state.not_sent(form.token);
        throw;
    }
    if (!result.faults.empty()) {
        state.not_sent(form.token);
        return show_compose_form(exchange, form, result.faults);
    }
    state.sent(form.token);
    auto const back = form.origin_folder.empty() ? "INBOX" : form.origin_folder;
    return see_other(folder_link(back) + (result.copy_kept ? "?notice=sent" : "?notice=sent-no-copy"));
}

Response send_or_explain(Exchange& exchange, ComposeForm const& form)
{
    try {
        return send_once(exchange, form);
    } catch (net::Disconnected const&) { // the router's page would lose the text
    } catch (mail::MailFault const& fault) {
        if (fault.kind() == mail::MailFault::Kind::refused)
            return show_compose_form(exchange, form, {{"", fault.what()}});
    }
    return show_compose_form(exchange, form,
                             {{"", exchange.text("The mail service is just starting again. Nothing was sent, your "
                                                 "text is still here: please press Send once more.")}});
}

template <class Make>
Response show_form_from_origin(Exchange& exchange, Make&& make)
{
    auto const form = exchange.use_mail([&](mail::MailClient& client) -> std::optional<ComposeForm> {
        auto const origin = client.message(exchange.parameter("folder"), uid_parameter(exchange));
        if (!origin) return std::nullopt;
        return make(client, *origin);
    });
    return form ? show_compose_form(exchange, *form, {}) : not_found_page(exchange);
}
} // namespace

std::string new_form_token() { return base::random_hex(token_bytes); }

ComposeForm read_compose_form(Form const& from)
{
    ComposeForm form;
    form.token = is_token(from.value("token")) ? from.value("token") : new_form_token();
    auto const field = [&](std::string_view name) { return from.value(name).substr(0, longest_field); };
    form.to = field("to");
    form.cc = field("cc");
    form.bcc = field("bcc");
    form.subject = field("subject");
    form.text = from.value("text");
    form.origin_folder = from.value("origin_folder");
    form.origin_uid = static_cast<mail::Uid>(base::parse_number(from.value("origin_uid"), UINT32_MAX).value_or(0));
    if (from.value("origin") == "reply") form.origin = ComposeForm::Origin::reply;
    if (from.value("origin") == "forward") form.origin = ComposeForm::Origin::forward;
    form.forwarded = from.all("forwarded");
    return form;
}

Response show_compose_form(Exchange& exchange, ComposeForm const& form, ComposeFaults const& faults)
{
    auto const title = form.origin == ComposeForm::Origin::reply     ? exchange.text("Reply")
                       : form.origin == ComposeForm::Origin::forward ? exchange.text("Forward")
                                                                     : exchange.text("New message");
    auto data = mail_page_data(exchange, title, folders_or_none(exchange), "");
    data["token"] = Data(form.token);
    data["to"] = Data(form.to);
    data["cc"] = Data(form.cc);
    data["bcc"] = Data(form.bcc);
    data["has_copies"] = Data(!form.cc.empty() || !form.bcc.empty());
    data["subject"] = Data(form.subject);
    data["text"] = Data(form.text);
    data["origin"] = Data(std::string(word(form.origin)));
    data["origin_folder"] = Data(form.origin_folder);
    data["origin_uid"] = Data(std::to_string(form.origin_uid));
    data["focus_text"] = Data(form.origin == ComposeForm::Origin::reply);
    data["focus_to"] = Data(form.origin != ComposeForm::Origin::reply);
    auto const files = kept_files(exchange, form);
    auto const along = forwarded_files(exchange, form);
    data["has_kept_files"] = Data(!files.empty());
    data["kept_files"] = Data(files);
    data["has_forwarded_files"] = Data(!along.empty());
    data["forwarded_files"] = Data(along);
    data["largest"] = Data(base::show_size(exchange.services.config.message_size_max));
    data["largest_bytes"] = Data(std::to_string(exchange.services.config.message_size_max));
    for (std::string const field : {"", "to", "cc", "bcc", "files"}) {
        auto const found = faults.find(field);
        auto const name = field.empty() ? std::string("form") : field;
        data["has_" + name + "_fault"] = Data(found != faults.end());
        data[name + "_fault"] = Data(found == faults.end() ? std::string() : found->second);
    }
    return render(exchange, "compose", data, faults.empty() ? 200 : 422);
}

Response show_compose(Exchange& exchange)
{
    ComposeForm form;
    form.token = new_form_token();
    auto const& query = exchange.request.query;
    form.to = query.value("to");
    form.cc = query.value("cc");
    form.subject = query.value("subject");
    form.text = query.value("body");
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

Response show_forward(Exchange& exchange)
{
    return show_form_from_origin(exchange, [&](mail::MailClient& client, mail::Message const& origin) {
        return forward_form(exchange, client, origin);
    });
}

Response post_compose(Exchange& exchange)
{
    auto const form = read_compose_form(exchange.request.form);
    bool const fits = keep_files(exchange, form);
    auto const what = exchange.request.form.value("do");
    if (what.starts_with("remove-")) exchange.session->compose.remove(form.token, what.substr(7));
    if (!fits) return show_compose_form(exchange, form, files_fault(exchange));
    if (what != "send") return show_compose_form(exchange, form, {});
    return send_or_explain(exchange, form);
}

Response show_kept_compose(Exchange& exchange)
{
    auto const form = read_compose_form(exchange.request.form);
    keep_files(exchange, form);
    return show_compose_form(
        exchange, form,
        {{"",
          exchange.text(
              "This page was too old, so nothing was sent. Your text is still here: please press Send once more.")}});
}

} // namespace httpd::webmail
