// Mail that waits in the queue: taking it back for some seconds after Send, and the list of what goes out later.
// Taking back copies the letter from Sent to Drafts first, then asks the queue, then removes the copy in Sent: at no
// moment it is nowhere, and done twice it does the same.

#include "appliance/base/text.h"
#include "httpd/mail/submission.h"
#include "httpd/webmail/compose_form.h"
#include "httpd/webmail/pages.h"
#include "httpd/webmail/view.h"

namespace httpd::webmail
{

namespace
{
struct Place {
    std::string sent, drafts;
    mail::Uid copy = 0;  ///< in Sent
    mail::Uid draft = 0; ///< in Drafts
    bool is_new = false; ///< the draft was made just now
};

/// The letter as a draft, from its copy in Sent. A draft of 0: neither is there.
Place as_draft(Exchange& exchange, std::string const& message_id)
{
    return exchange.use_mail([&](mail::MailClient& client) {
        Place place;
        auto const folders = client.folders();
        place.sent = folder_with(folders, mail::FolderUse::sent);
        place.drafts = folder_with(folders, mail::FolderUse::drafts);
        if (place.sent.empty() || place.drafts.empty()) return place;
        auto const copies = client.find_id(place.sent, message_id);
        if (!copies.empty()) place.copy = copies.back();
        if (auto const drafts = client.find_id(place.drafts, message_id); !drafts.empty()) {
            place.draft = drafts.back();
        } else if (place.copy != 0) {
            place.draft = client.copy_as_draft(place.sent, place.copy, place.drafts);
            place.is_new = true;
        }
        return place;
    });
}

/// Where the draft is now; nothing: it was too late.
std::optional<std::string> take_back(Exchange& exchange, std::string const& id, std::string const& message_id)
{
    auto const place = as_draft(exchange, message_id);
    if (place.draft == 0) return std::nullopt; // nothing to write on with: better that it goes
    auto const& session = *exchange.session;
    if (!mail::take_back(exchange.services.submission_socket, session.user.login, session.token, id)) {
        if (place.is_new)
            exchange.use_mail([&](mail::MailClient& client) { client.remove(place.drafts, {place.draft}); });
        return std::nullopt;
    }
    exchange.use_mail([&](mail::MailClient& client) {
        if (place.copy != 0) client.remove(place.sent, {place.copy});
    });
    return message_link(place.drafts, place.draft);
}
} // namespace

Response undo_send(Exchange& exchange)
{
    auto const& form = exchange.request.form;
    auto const draft = take_back(exchange, form.value("id"), message_id_of(exchange, form.value("token")));
    if (!draft) return see_other("/mail/INBOX?notice=too-late");
    return see_other(*draft + "/edit?notice=taken-back");
}

Response show_later(Exchange& exchange)
{
    auto const& session = *exchange.session;
    auto const waiting = mail::waiting(exchange.services.submission_socket, session.user.login, session.token);
    std::vector<mail::Folder> folders;
    DataList rows;
    exchange.use_mail([&](mail::MailClient& client) {
        folders = client.folders();
        rows.clear();
        auto const sent = folder_with(folders, mail::FolderUse::sent);
        for (auto const& one : waiting) {
            Data row;
            row["id"] = Data(one.id);
            row["message_id"] = Data(one.message_id);
            row["time"] = Data(exchange.long_time(one.release));
            auto const copies = sent.empty() || one.message_id.empty() ? std::vector<mail::Uid>()
                                                                       : client.find_id(sent, one.message_id);
            auto const message = copies.empty() ? std::nullopt : client.message(sent, copies.back());
            row["has_copy"] = Data(message.has_value());
            row["subject"] = Data(subject_or_placeholder(exchange, message ? message->summary.subject : ""));
            row["who"] = Data(message ? people(message->summary.to) : std::string());
            if (message) row["link"] = Data(message_link(sent, copies.back()));
            rows.push_back(std::move(row));
        }
    });
    auto data = mail_page_data(exchange, exchange.text("Goes out later"), folders, "");
    data["waiting"] = Data(rows);
    data["is_empty"] = Data(waiting.empty());
    return render(exchange, "later", data);
}

Response change_later(Exchange& exchange)
{
    auto const& form = exchange.request.form;
    auto const draft = take_back(exchange, form.value("id"), form.value("message_id"));
    if (!draft) return see_other("/later?notice=too-late");
    return see_other(form.value("do") == "edit" ? *draft + "/edit?notice=taken-back" : "/later?notice=kept-as-draft");
}

} // namespace httpd::webmail
