// Files of a message: looked at in the browser, or saved all together.

#include "httpd/webmail/files.h"

#include "appliance/base/text.h"
#include "appliance/message/transfer.h"
#include "httpd/limits.h"
#include "httpd/webmail/body.h"
#include "httpd/webmail/pages.h"
#include "httpd/webmail/view.h"
#include "httpd/zip.h"

#include <algorithm>

namespace httpd::webmail
{

namespace
{
std::string sender_of(mail::Message const& message)
{
    return message.summary.from.empty() ? std::string() : base::lower(message.summary.from.front().address());
}

bool has_ending(mail::BodyPart const& part, std::string_view ending)
{
    return base::lower(part.file_name()).ends_with(ending);
}

/// The file before and after this one that can be looked at.
void add_neighbours(std::vector<mail::BodyPart const*> const& files, mail::BodyPart const& part,
                    std::string const& link, Data& data)
{
    std::vector<mail::BodyPart const*> shown;
    for (auto const* file : files)
        if (preview_kind(*file) != Preview::none) shown.push_back(file);
    auto const here = std::find(shown.begin(), shown.end(), &part);
    bool const has_before = here != shown.end() && here != shown.begin();
    bool const has_after = here != shown.end() && here + 1 != shown.end();
    data["has_before"] = Data(has_before);
    data["has_after"] = Data(has_after);
    if (has_before) data["before_link"] = Data(link + "/preview/" + (*(here - 1))->section);
    if (has_after) data["after_link"] = Data(link + "/preview/" + (*(here + 1))->section);
}
} // namespace

bool is_harmless_picture(mail::BodyPart const& part)
{
    constexpr std::string_view subtypes[] = {"png", "jpeg", "gif", "webp", "bmp"};
    return part.type == "image" &&
           std::find(std::begin(subtypes), std::end(subtypes), part.subtype) != std::end(subtypes);
}

Preview preview_kind(mail::BodyPart const& part)
{
    if (is_harmless_picture(part)) return Preview::picture;
    bool const vague = part.is("application", "octet-stream");
    if (part.is("application", "pdf") || (vague && has_ending(part, ".pdf"))) return Preview::pdf;
    if (part.type == "text" && part.subtype != "html" && part.subtype != "rtf") return Preview::text;
    return Preview::none;
}

std::string file_label(Exchange const& exchange, mail::BodyPart const& part)
{
    if (auto const name = part.file_name(); !name.empty()) return safe_file_name(name);
    return part.is("message", "rfc822") ? exchange.text("Forwarded message") + ".eml"
                                        : exchange.text("Attachment") + " " + part.section;
}

bool is_trusted_sender(std::string_view note, mail::Message const& message)
{
    auto const sender = sender_of(message);
    if (sender.empty()) return false;
    auto const lines = base::split(note, '\n');
    return std::find(lines.begin(), lines.end(), sender) != lines.end();
}

void trust_sender(Exchange& exchange)
{
    exchange.use_mail([&](mail::MailClient& client) {
        auto const message = client.message(exchange.parameter("folder"), uid_parameter(exchange));
        if (!message || sender_of(*message).empty()) return;
        auto note = client.note(std::string(trusted_note));
        if (is_trusted_sender(note, *message)) return;
        note += sender_of(*message) + "\n";
        while (std::count(note.begin(), note.end(), '\n') > static_cast<std::ptrdiff_t>(limits::trusted_senders))
            note.erase(0, note.find('\n') + 1); // the oldest
        client.set_note(std::string(trusted_note), note);
    });
}

Response show_preview(Exchange& exchange)
{
    auto const& folder = exchange.parameter("folder");
    auto const uid = uid_parameter(exchange);
    return exchange.use_mail([&](mail::MailClient& client) -> Response {
        auto const opened = client.open_message(folder, uid, {});
        if (!opened.message) return gone_page(exchange, folder, opened.folders);
        auto const* part = find_section(opened.message->root, exchange.parameter("section"));
        auto const kind = part ? preview_kind(*part) : Preview::none;
        if (kind == Preview::none) return not_found_page(exchange);
        auto const link = message_link(folder, uid);
        // The browser's own viewer fills the window; inside a frame the keyboard would not get into it.
        if (kind == Preview::pdf) return see_other(link + "/pdf/" + part->section);
        auto data = mail_page_data(exchange, file_label(exchange, *part), opened.folders, folder);
        data["link"] = Data(link);
        data["file_name"] = Data(file_label(exchange, *part));
        data["file_size"] = Data(base::show_size(part->decoded_size()));
        data["subject"] = Data(subject_or_placeholder(exchange, opened.message->summary.subject));
        data["file_link"] = Data(link + "/part/" + part->section);
        data["view_link"] = Data(link + "/picture/" + part->section);
        data["is_picture"] = Data(kind == Preview::picture);
        data["is_text"] = Data(kind == Preview::text);
        if (kind == Preview::text) {
            auto const raw = client.part(folder, uid, part->section, limits::shown_text);
            data["text"] = Data(base::replace_all(decoded_text(*part, raw), "\r", ""));
            data["is_cut"] = Data(raw.size() >= limits::shown_text);
        }
        add_neighbours(body_of(opened.message->root, Prefer::html).files, *part, link, data);
        return render(exchange, "preview", data);
    });
}

/// One connection of the session for as long as the browser takes the bytes.
Response download_all(Exchange& exchange)
{
    struct File {
        std::string name, section, encoding;
    };
    std::vector<File> files;
    std::string name;
    exchange.use_mail([&](mail::MailClient& client) {
        files.clear(); // it may be called again
        auto const message = client.message(exchange.parameter("folder"), uid_parameter(exchange));
        if (!message) return;
        name = message->summary.subject;
        for (auto const* part : body_of(message->root, Prefer::html).files)
            files.push_back({file_label(exchange, *part), part->section, part->encoding});
    });
    if (files.empty()) return not_found_page(exchange);
    Response response;
    response.type = "application/zip";
    response.set("Content-Disposition",
                 attachment_disposition((name.empty() ? exchange.text("Files") : name) + ".zip"));
    response.stream = [session = exchange.session, folder = exchange.parameter("folder"),
                       uid = uid_parameter(exchange), files](auto const& write) {
        auto lease = session->mail.take();
        ZipWriter zip(write);
        for (auto const& file : files) {
            zip.begin(file.name);
            message::TransferDecoder decoder(file.encoding);
            std::string out;
            lease->stream_part(folder, uid, file.section, [&](std::string_view raw) {
                decoder.feed(raw, out);
                zip.add(out);
                out.clear();
            });
            decoder.finish(out);
            zip.add(out);
            zip.end();
        }
        zip.finish();
        lease.done();
    };
    return response;
}

} // namespace httpd::webmail
