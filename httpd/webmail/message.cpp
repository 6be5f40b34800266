// One message: its head, its text or a frame with its HTML, its files, the rest of its conversation; its full header;
// moving and deleting it.

#include "appliance/base/text.h"
#include "appliance/message/words.h"
#include "httpd/frame.h"
#include "httpd/html/to_text.h"
#include "httpd/limits.h"
#include "httpd/webmail/actions.h"
#include "httpd/webmail/body.h"
#include "httpd/webmail/files.h"
#include "httpd/webmail/labels.h"
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

DataList file_data(Exchange const& exchange, std::string const& link, Body const& body)
{
    DataList rows;
    for (auto const* part : body.files) {
        if (is_shown_inside(*part, body)) continue;
        Data row;
        row["file_name"] = Data(file_label(exchange, *part));
        row["file_size"] = Data(base::show_size(part->decoded_size()));
        row["file_link"] = Data(link + "/part/" + part->section);
        auto const kind = preview_kind(*part);
        row["has_preview"] = Data(kind != Preview::none);
        row["preview_link"] = Data(link + "/preview/" + part->section);
        row["icon"] = Data(kind == Preview::picture ? "picture" : "file");
        bool const small = part->size <= limits::thumbnail;
        row["thumbnail"] = Data(kind == Preview::picture && small ? link + "/picture/" + part->section : "");
        row["has_thumbnail"] = Data(kind == Preview::picture && small);
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
                    Body const& body, bool images)
{
    DataList texts;
    for (auto const* part : body.texts) {
        bool const as_frame = part->is("text", "html") && preference(exchange) == Prefer::html;
        texts.push_back(as_frame ? frame_data(message_link(folder, uid), *part, images)
                                 : text_data(client, folder, uid, *part));
    }
    return texts;
}

/// What stands above a message and what can be done with it.
Data head_data(Exchange const& exchange, mail::OpenedMessage const& opened, std::string const& folder,
               std::vector<Label> const& labels)
{
    auto const& message = *opened.message;
    auto const& folders = opened.folders;
    auto const subject = subject_or_placeholder(exchange, message.summary.subject);
    auto data = mail_page_data(exchange, subject, folders, folder, &labels);
    auto const uid = message.summary.uid;
    data["uid"] = Data(std::to_string(uid));
    data["subject"] = Data(subject);
    data["label"] = Data(folder_label(exchange, folders, folder));
    data["from"] = Data(address_data(message.summary.from));
    data["has_from"] = Data(!message.summary.from.empty());
    if (!message.summary.from.empty())
        data["filter_link"] =
            Data("/settings/filters/new?from=" + percent_encoded(message.summary.from.front().address()) +
                 "&subject=" + percent_encoded(message.summary.subject));
    data["from_name"] = Data(people(message.summary.from, 1));
    data["from_initials"] = Data(initials(people(message.summary.from, 1)));
    data["to"] = Data(address_data(message.summary.to));
    data["cc"] = Data(address_data(message.cc));
    data["bcc"] = Data(address_data(message.bcc));
    data["has_to"] = Data(!message.summary.to.empty());
    data["has_cc"] = Data(!message.cc.empty());
    data["has_bcc"] = Data(!message.bcc.empty());
    data["time"] = Data(exchange.long_time(message.sent));
    data["link"] = Data(message_link(folder, uid));
    auto const use = use_of(folders, folder);
    data["is_trash"] = Data(use == mail::FolderUse::trash);
    data["is_junk"] = Data(use == mail::FolderUse::junk);
    data["is_archive"] = Data(use == mail::FolderUse::archive);
    data["is_draft"] = Data(use == mail::FolderUse::drafts);
    data["is_from_list"] = Data(message.is_from_list);
    if (auto const& from = message.summary.from; !from.empty())
        data["contact_link"] =
            Data("/contacts/new?name=" + percent_encoded(message::decode_words(from.front().name)) +
                 "&address=" + percent_encoded(from.front().address()));
    data["starred"] = Data(message.summary.flags.flagged);
    data["has_older"] = Data(opened.older != 0);
    data["has_newer"] = Data(opened.newer != 0);
    data["older_link"] = Data(message_link(folder, opened.older));
    data["newer_link"] = Data(message_link(folder, opened.newer));
    data["tags"] = Data(label_data(labels, message.summary.flags.keywords));
    data["all_labels"] = Data(label_data(labels));
    data["has_labels"] = Data(!labels.empty());
    return data;
}

/// RFC 8098: the writer asks to be told that it was read.
void add_receipt(Exchange const& exchange, mail::Message const& message, Data& data)
{
    if (exchange.choice(directory::preference::receipts) == "never") return;
    data["asks_receipt"] = Data(asks_receipt(message));
    data["receipt_to"] = Data(message.receipt_to);
}

/// One of the other messages of the conversation: who, when, and its text.
Data other_data(Exchange& exchange, mail::MailClient& client, std::vector<mail::Folder> const& folders,
                mail::Message const& message)
{
    auto const& summary = message.summary;
    std::string text;
    for (auto const* part : body_of(message.root, Prefer::text).texts) {
        auto piece =
            decoded_text(*part, client.part(summary.folder, summary.uid, part->section, limits::conversation_text));
        text += part->is("text", "html") ? html::to_text(piece) : piece;
    }
    Data data;
    data["other_link"] = Data(message_link(summary.folder, summary.uid));
    data["other_from"] = Data(people(summary.from, 1));
    data["other_initials"] = Data(initials(people(summary.from, 1)));
    data["other_time"] = Data(exchange.long_time(message.sent));
    data["other_preview"] = Data(summary.preview);
    data["other_place"] = Data(folder_label(exchange, folders, summary.folder));
    data["other_unread"] = Data(!summary.flags.seen);
    data["other_files"] = Data(summary.has_attachment);
    data["blocks"] = Data(text_blocks(text));
    return data;
}

void add_conversation(Exchange& exchange, mail::MailClient& client, std::string const& folder,
                      mail::OpenedMessage const& opened, Data& data)
{
    auto const& message = *opened.message;
    DataList earlier, later;
    for (auto const& other : client.conversation(
             {folder, message.summary.uid, message.summary.thread, message.summary.subject, limits::conversation})) {
        if (!other.message_id.empty() && other.message_id == message.message_id) continue; // its copy in Sent
        bool const is_earlier = other.summary.date <= message.summary.date;
        (is_earlier ? earlier : later).push_back(other_data(exchange, client, opened.folders, other));
    }
    auto const count = earlier.size() + later.size();
    data["has_conversation"] = Data(count > 0);
    data["conversation_count"] = Data(
        exchange.count("{1} more message in this conversation", "{1} more messages in this conversation", count));
    data["earlier"] = Data(earlier);
    data["later"] = Data(later);
}

bool has_html(Body const& body)
{
    return std::any_of(body.texts.begin(), body.texts.end(),
                       [](auto const* part) { return part->is("text", "html"); });
}

/// Pictures from elsewhere are shown because they were asked for now, or for this sender once and for all.
bool shows_images(Exchange const& exchange, mail::Message const& message, std::string_view trusted)
{
    return exchange.request.query.value("images") == "1" || is_trusted_sender(trusted, message);
}
} // namespace

Response show_message(Exchange& exchange)
{
    auto const& folder = exchange.parameter("folder");
    auto const uid = uid_parameter(exchange);
    return exchange.use_mail([&](mail::MailClient& client) -> Response {
        auto const opened = client.open_message(folder, uid, {std::string(labels_note), std::string(trusted_note)});
        if (!opened.message) return gone_page(exchange, folder, opened.folders);
        auto const& message = *opened.message;
        auto const body = body_of(message.root, preference(exchange));
        auto data = head_data(exchange, opened, folder, read_labels(opened.notes[0]));
        auto const files = file_data(exchange, message_link(folder, uid), body);
        bool const images = shows_images(exchange, message, opened.notes[1]);
        data["offers_trust"] = Data(!is_trusted_sender(opened.notes[1], message) && has_html(body));
        auto const texts = texts_data(exchange, client, folder, uid, body, images);
        data["texts"] = Data(texts);
        data["files"] = Data(files);
        data["has_files"] = Data(!files.empty());
        data["has_several_files"] = Data(files.size() > 1);
        data["file_count"] = Data(exchange.count("{1} file", "{1} files", files.size()));
        data["is_empty"] = Data(texts.empty());
        data["offers_text"] = Data(body.has_both && preference(exchange) == Prefer::html);
        data["offers_html"] = Data(body.has_both && preference(exchange) == Prefer::text);
        add_receipt(exchange, message, data);
        add_conversation(exchange, client, folder, opened, data);
        if (!message.summary.flags.seen) client.mark_read(folder, uid); // last: the page does not wait for the disk
        return render(exchange, "message", data);
    });
}

Response show_headers(Exchange& exchange)
{
    auto const& folder = exchange.parameter("folder");
    auto const uid = uid_parameter(exchange);
    return exchange.use_mail([&](mail::MailClient& client) -> Response {
        auto const opened = client.open_message(folder, uid, {std::string(labels_note)});
        if (!opened.message) return gone_page(exchange, folder, opened.folders);
        auto data = head_data(exchange, opened, folder, read_labels(opened.notes[0]));
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
    auto& form = exchange.request.form;
    auto const what = form.value("do");
    if (what == "trust") {
        trust_sender(exchange);
        return see_other(message_link(folder, uid));
    }
    if (!form.has("uid")) form.add("uid", std::to_string(uid));
    auto const acted = exchange.use_mail([&](mail::MailClient& client) { return act(exchange, client, folder); });
    bool const stays =
        what.starts_with("star") || what.starts_with("unstar") || what == "label" || acted.notice.empty();
    auto const back = local_path(form.value("back")); // the list beside which it was open
    auto const list = back == "/" ? folder_link(folder) : back;
    return see_other(with_notice(stays ? message_link(folder, uid) : list, acted));
}

} // namespace httpd::webmail
