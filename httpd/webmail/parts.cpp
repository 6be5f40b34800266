// Parts of a message at their own addresses: its HTML for the frame, its pictures, its files to save, its source.

#include "appliance/message/transfer.h"
#include "httpd/html/sanitize.h"
#include "httpd/html/to_text.h"
#include "httpd/limits.h"
#include "httpd/site.h"
#include "httpd/webmail/body.h"
#include "httpd/webmail/files.h"
#include "httpd/webmail/pages.h"
#include "httpd/webmail/view.h"

#include <memory>

namespace httpd::webmail
{

namespace
{
std::string section_of_id(mail::BodyPart const& part, std::string_view id)
{
    if (part.children.empty()) return part.id == id && is_harmless_picture(part) ? part.section : "";
    for (auto const& child : part.children)
        if (auto section = section_of_id(child, id); !section.empty()) return section;
    return {};
}

/// A document that shows a mail and nothing of ours, on white paper.
std::string document(Exchange const& exchange, std::string const& title, std::string const& content)
{
    return "<!doctype html><html lang=\"" + exchange.catalog.language() +
           "\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
           "<meta name=\"color-scheme\" content=\"light\"><title>" +
           escape_html(title) + "</title><link rel=\"stylesheet\" href=\"/static/" + static_version() +
           "/mail.css\"></head><body>" + content + "</body></html>";
}

/// The document inside the frame. The bar above it asks for pictures from elsewhere.
std::string frame_document(Exchange const& exchange, html::SafeHtml const& mail, bool offer_images)
{
    std::string bar;
    if (offer_images)
        bar = "<p class=\"pictures-bar\">" +
              escape_html(
                  exchange.text("Pictures from elsewhere are not shown: they tell the sender that you read this.")) +
              " <a href=\"?images=1\">" + escape_html(exchange.text("Show pictures")) + "</a></p>";
    return document(exchange, exchange.text("Message"), bar + "<div class=\"mail\">" + mail.text() + "</div>");
}

std::string head_row(std::string const& name, std::string const& value)
{
    return value.empty() ? "" : "<tr><th>" + escape_html(name) + "</th><td>" + escape_html(value) + "</td></tr>";
}

std::string print_head(Exchange const& exchange, mail::Message const& message)
{
    auto const& summary = message.summary;
    return "<header class=\"print\"><h1>" + escape_html(subject_or_placeholder(exchange, summary.subject)) +
           "</h1><table>" + head_row(exchange.text("From"), message::show_address_list(summary.from)) +
           head_row(exchange.text("To"), message::show_address_list(summary.to)) +
           head_row(exchange.text("Copy to"), message::show_address_list(message.cc)) +
           head_row(exchange.text("Date"), exchange.long_time(message.sent)) + "</table><p class=\"help\">" +
           escape_html(exchange.text("Print with Ctrl+P, or with your browser's menu.")) + "</p></header>";
}

std::optional<html::Sanitized> clean_html(std::string const& folder, mail::Message const& message,
                                          std::string const& text, bool images)
{
    html::SanitizeOptions options;
    options.remote_images = images;
    options.cid_address = [&](std::string_view id) {
        auto const section = section_of_id(message.root, id);
        return section.empty() ? "" : message_link(folder, message.summary.uid) + "/picture/" + section;
    };
    return html::sanitize(text, options);
}

struct Found {
    mail::Message message;
    mail::BodyPart const* part = nullptr; ///< inside `message`
};

/// Null when the message or the part is not there (any more).
std::unique_ptr<Found> find(Exchange const& exchange, mail::MailClient& client)
{
    auto message = client.message(exchange.parameter("folder"), uid_parameter(exchange));
    if (!message) return nullptr;
    auto found = std::make_unique<Found>(Found{std::move(*message), nullptr});
    found->part = find_section(found->message.root, exchange.parameter("section"));
    return found->part ? std::move(found) : nullptr;
}

/// The part's bytes, decoded on their way, while the answer is being sent. The connection is held until then.
Response stream_of(Exchange& exchange, std::string const& section, std::string const& encoding)
{
    Response response;
    response.stream = [session = exchange.session, folder = exchange.parameter("folder"),
                       uid = uid_parameter(exchange), section, encoding](auto const& write) {
        auto lease = session->mail.take();
        message::TransferDecoder decoder(encoding);
        std::string out;
        lease->stream_part(folder, uid, section, [&](std::string_view raw) {
            decoder.feed(raw, out);
            write(out);
            out.clear();
        });
        decoder.finish(out);
        write(out);
        lease.done();
    };
    response.set("Content-Security-Policy", "default-src 'none'; sandbox");
    response.set("Cache-Control", "private, max-age=3600");
    return response;
}
} // namespace

Response show_html(Exchange& exchange)
{
    auto const& folder = exchange.parameter("folder");
    auto const uid = uid_parameter(exchange);
    bool const images = exchange.request.query.value("images") == "1";
    return exchange.use_mail([&](mail::MailClient& client) -> Response {
        auto const found = find(exchange, client);
        if (!found || !found->part->is("text", "html")) return not_found_page(exchange);
        auto const text =
            decoded_text(*found->part, client.part(folder, uid, found->part->section, limits::shown_text));
        auto const clean = clean_html(folder, found->message, text, images);
        Response response;
        response.body =
            clean
                ? frame_document(exchange, clean->html, clean->has_remote_images && !images)
                : frame_document(exchange,
                                 html::escape(exchange.text(
                                     "This message is too complicated to be shown here. Save it as a file instead.")),
                                 false);
        response.set("Content-Security-Policy", mail_policy(images));
        response.set("Referrer-Policy", "no-referrer");
        response.set("Cache-Control", "private, max-age=3600");
        return response;
    });
}

Response show_print(Exchange& exchange)
{
    auto const& folder = exchange.parameter("folder");
    auto const uid = uid_parameter(exchange);
    return exchange.use_mail([&](mail::MailClient& client) -> Response {
        auto const message = client.message(folder, uid);
        if (!message) return not_found_page(exchange);
        std::string text;
        for (auto const* part : body_of(message->root, Prefer::html).texts) {
            auto const piece = decoded_text(*part, client.part(folder, uid, part->section, limits::shown_text));
            auto const clean = part->is("text", "html") ? clean_html(folder, *message, piece, false) : std::nullopt;
            text += clean ? "<div class=\"mail\">" + clean->html.text() + "</div>"
                          : "<div class=\"plain\">" +
                                escape_html(part->is("text", "html") ? html::to_text(piece) : piece) + "</div>";
        }
        for (auto const* part : body_of(message->root, Prefer::html).files)
            text += "<p class=\"file\">" +
                    escape_html(exchange.text("Attachment") + ": " + file_label(exchange, *part)) + "</p>";
        Response response;
        response.body = document(exchange, subject_or_placeholder(exchange, message->summary.subject),
                                 print_head(exchange, *message) + text);
        response.set("Content-Security-Policy", mail_policy(false));
        response.set("Referrer-Policy", "no-referrer");
        return response;
    });
}

Response show_pdf(Exchange& exchange)
{
    auto const part = exchange.use_mail([&](mail::MailClient& client) -> std::optional<mail::BodyPart> {
        auto const found = find(exchange, client);
        if (!found || preview_kind(*found->part) != Preview::pdf) return std::nullopt;
        return *found->part;
    });
    if (!part) return not_found_page(exchange);
    auto response = stream_of(exchange, part->section, part->encoding);
    response.type = "application/pdf";
    // The browser's own viewer, which runs apart from the page, refuses to work in a sandbox.
    response.set("Content-Security-Policy",
                 "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'");
    response.set("Content-Disposition", "inline");
    return response;
}

Response show_picture(Exchange& exchange)
{
    auto const part = exchange.use_mail([&](mail::MailClient& client) -> std::optional<mail::BodyPart> {
        auto const found = find(exchange, client);
        if (!found || !is_harmless_picture(*found->part)) return std::nullopt;
        return *found->part;
    });
    if (!part) return not_found_page(exchange);
    auto response = stream_of(exchange, part->section, part->encoding);
    response.type = "image/" + part->subtype;
    return response;
}

Response download_part(Exchange& exchange)
{
    auto const part = exchange.use_mail([&](mail::MailClient& client) -> std::optional<mail::BodyPart> {
        auto const found = find(exchange, client);
        return found ? std::optional(*found->part) : std::nullopt;
    });
    if (!part) return not_found_page(exchange);
    auto const fallback = part->is("message", "rfc822") ? "message.eml" : "attachment-" + part->section;
    auto response = stream_of(exchange, part->section, part->encoding);
    // The writer's type is not trusted: the browser must save it, whatever it is.
    response.type = "application/octet-stream";
    response.set("Content-Disposition",
                 attachment_disposition(part->file_name().empty() ? fallback : part->file_name()));
    return response;
}

Response download_source(Exchange& exchange)
{
    auto const message = exchange.use_mail([&](mail::MailClient& client) {
        return client.message(exchange.parameter("folder"), uid_parameter(exchange));
    });
    if (!message) return not_found_page(exchange);
    auto response = stream_of(exchange, "", "8bit");
    response.type = "application/octet-stream";
    auto const subject = message->summary.subject.empty() ? "message" : message->summary.subject;
    response.set("Content-Disposition", attachment_disposition(subject + ".eml"));
    return response;
}

} // namespace httpd::webmail
