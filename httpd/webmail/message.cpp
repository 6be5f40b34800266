// One message: its head, its text or a frame with its HTML, its files; its full header; moving and deleting it.

#include "appliance/base/text.h"
#include "httpd/html/to_text.h"
#include "httpd/limits.h"
#include "httpd/webmail/body.h"
#include "httpd/webmail/pages.h"
#include "httpd/webmail/view.h"

#include <algorithm>

namespace httpd::webmail
{

namespace
{
/// Pictures that the HTML itself shows are not listed as files.
bool is_shown_inside(mail::BodyPart const& part, Body const& body)
{
    bool const html =
        std::any_of(body.texts.begin(), body.texts.end(), [](auto const* text) { return text->is("text", "html"); });
    bool const attached = part.disposition && part.disposition->type == "attachment";
    return html && !attached && part.type == "image" && !part.id.empty();
}

std::string file_label(Exchange const& exchange, mail::BodyPart const& part)
{
    if (auto const name = part.file_name(); !name.empty()) return safe_file_name(name);
    return part.is("message", "rfc822") ? exchange.text("Forwarded message") + ".eml"
                                        : exchange.text("Attachment") + " " + part.section;
}

DataList file_data(Exchange const& exchange, std::string const& link, Body const& body)
{
    DataList rows;
    for (auto const* part : body.files) {
        if (is_shown_inside(*part, body)) continue;
        Data row;
        row["file_name"] = Data(file_label(exchange, *part));
        row["file_size"] = Data(base::show_size(part->decoded_size()));
        row["file_link"] = Data(link + "/part/" + part->section);
        rows.push_back(std::move(row));
    }
    return rows;
}

Data text_data(mail::MailClient& client, std::string const& folder, mail::Uid uid, mail::BodyPart const& part)
{
    auto const raw = client.part(folder, uid, part.section, limits::shown_text);
    auto text = decoded_text(part, raw);
    Data data;
    data["is_frame"] = Data(false);
    if (part.is("text", "html")) text = html::to_text(text);
    data["blocks"] = Data(text_blocks(text));
    data["is_cut"] = Data(raw.size() >= limits::shown_text);
    data["part_link"] = Data(message_link(folder, uid) + "/part/" + part.section);
    return data;
}

Data frame_data(std::string const& link, mail::BodyPart const& part, bool images)
{
    Data data;
    data["is_frame"] = Data(true);
    data["frame_link"] = Data(link + "/html/" + part.section + (images ? "?images=1" : ""));
    return data;
}

Prefer preference(Exchange const& exchange)
{
    return exchange.request.query.value("view") == "text" ? Prefer::text : Prefer::html;
}

DataList texts_data(Exchange& exchange, mail::MailClient& client, std::string const& folder, mail::Uid uid,
                    Body const& body)
{
    bool const images = exchange.request.query.value("images") == "1";
    DataList texts;
    for (auto const* part : body.texts) {
        bool const as_frame = part->is("text", "html") && preference(exchange) == Prefer::html;
        texts.push_back(as_frame ? frame_data(message_link(folder, uid), *part, images)
                                 : text_data(client, folder, uid, *part));
    }
    return texts;
}

Data head_data(Exchange const& exchange, std::vector<mail::Folder> const& folders, std::string const& folder,
               mail::Message const& message)
{
    auto const subject = subject_or_placeholder(exchange, message.summary.subject);
    auto data = mail_page_data(exchange, subject, folders, folder);
    data["subject"] = Data(subject);
    data["label"] = Data(folder_label(exchange, folders, folder));
    data["from"] = Data(address_data(message.summary.from));
    data["from_name"] = Data(people(message.summary.from, 1));
    data["to"] = Data(address_data(message.summary.to));
    data["cc"] = Data(address_data(message.cc));
    data["bcc"] = Data(address_data(message.bcc));
    data["has_to"] = Data(!message.summary.to.empty());
    data["has_cc"] = Data(!message.cc.empty());
    data["has_bcc"] = Data(!message.bcc.empty());
    data["time"] = Data(exchange.long_time(message.sent));
    data["link"] = Data(message_link(folder, message.summary.uid));
    data["is_trash"] = Data(use_of(folders, folder) == mail::FolderUse::trash);
    return data;
}
} // namespace

Response show_message(Exchange& exchange)
{
    auto const& folder = exchange.parameter("folder");
    auto const uid = uid_parameter(exchange);
    return exchange.use_mail([&](mail::MailClient& client) -> Response {
        auto message = client.message(folder, uid);
        if (!message) return not_found_page(exchange);
        if (!message->summary.flags.seen) client.set_flag(folder, {uid}, mail::Flag::seen, true);
        auto const body = body_of(message->root, preference(exchange));
        auto data = head_data(exchange, client.folders(), folder, *message);
        auto const files = file_data(exchange, message_link(folder, uid), body);
        auto const texts = texts_data(exchange, client, folder, uid, body);
        data["texts"] = Data(texts);
        data["files"] = Data(files);
        data["has_files"] = Data(!files.empty());
        data["file_count"] = Data(exchange.count("{1} file", "{1} files", files.size()));
        data["is_empty"] = Data(texts.empty());
        data["offers_text"] = Data(body.has_both && preference(exchange) == Prefer::html);
        data["offers_html"] = Data(body.has_both && preference(exchange) == Prefer::text);
        return render(exchange, "message", data);
    });
}

Response show_headers(Exchange& exchange)
{
    auto const& folder = exchange.parameter("folder");
    auto const uid = uid_parameter(exchange);
    return exchange.use_mail([&](mail::MailClient& client) -> Response {
        auto const message = client.message(folder, uid);
        if (!message) return not_found_page(exchange);
        auto data = head_data(exchange, client.folders(), folder, *message);
        Form scrubbed; // makes it UTF-8, as for every text from outside
        scrubbed.add("header", client.header(folder, uid));
        data["header"] = Data(base::replace_all(scrubbed.value("header"), "\r", ""));
        return render(exchange, "headers", data);
    });
}

Response change_message(Exchange& exchange)
{
    auto const& folder = exchange.parameter("folder");
    auto const uid = uid_parameter(exchange);
    auto const& form = exchange.request.form;
    auto const& what = form.value("do");
    auto const back = [&](std::string const& notice) {
        return see_other(folder_link(folder) + "?notice=" + notice + "&n=1");
    };
    return exchange.use_mail([&](mail::MailClient& client) -> Response {
        if (what == "delete") {
            auto const trash = folder_with(client.folders(), mail::FolderUse::trash);
            if (trash.empty() || trash == folder) {
                client.remove(folder, {uid});
                return back("deleted");
            }
            client.move(folder, {uid}, trash);
            return back("trashed");
        }
        if (what == "unread") {
            client.set_flag(folder, {uid}, mail::Flag::seen, false);
            return back("unread");
        }
        auto const& to = form.value("to");
        if (what != "move" || to.empty() || to == folder) return see_other(message_link(folder, uid));
        client.move(folder, {uid}, to);
        return back("moved");
    });
}

} // namespace httpd::webmail
