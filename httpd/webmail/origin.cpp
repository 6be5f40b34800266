// Replies and forwards: what stands in the form before anybody has written a word.

#include "appliance/base/text.h"
#include "appliance/message/header.h"
#include "httpd/html/to_text.h"
#include "httpd/limits.h"
#include "httpd/webmail/body.h"
#include "httpd/webmail/compose_form.h"
#include "httpd/webmail/view.h"

#include <algorithm>

namespace httpd::webmail
{

namespace
{
/// The text of the message that is answered, without its HTML.
std::string readable_text(mail::MailClient& client, std::string const& folder, mail::Message const& origin)
{
    std::string text;
    for (auto const* part : body_of(origin.root, Prefer::text).texts) {
        auto const piece =
            decoded_text(*part, client.part(folder, origin.summary.uid, part->section, limits::quoted_text));
        text += (text.empty() ? "" : "\n") + (part->is("text", "html") ? html::to_text(piece) : piece);
    }
    text = base::replace_all(std::move(text), "\r", "");
    while (text.ends_with('\n')) text.pop_back();
    return text;
}

std::string quoted(std::string_view text)
{
    std::string out;
    for (auto line : base::split(text, '\n')) {
        out += line.starts_with('>') || line.empty() ? ">" : "> ";
        out += std::string(line) + "\n";
    }
    return out;
}

/// Where List-Post (RFC 2369 3.4) wants answers; "" without one.
std::string list_address(std::string const& header)
{
    auto const value = message::Header::parse(header).first("List-Post");
    auto const begin = value.find("<mailto:");
    if (begin == std::string::npos) return {};
    auto const address = std::string_view(value).substr(begin + 8);
    return percent_decoded(address.substr(0, address.find_first_of("?>")));
}

/// "Re: x" stays "Re: x".
std::string with_prefix(std::string_view prefix, std::string const& subject)
{
    auto const start = base::lower(std::string_view(subject).substr(0, prefix.size()));
    return start == base::lower(prefix) ? subject : std::string(prefix) + " " + subject;
}

bool is_me(Exchange const& exchange, message::AddressItem const& item)
{
    auto const domain = exchange.services.school.facts().domain;
    auto const host = base::lower(item.host);
    return base::lower(item.mailbox) == exchange.session->user.login &&
           (host.empty() || host == domain || host == "mail." + domain);
}

message::AddressList without_me(Exchange const& exchange, message::AddressList list)
{
    std::erase_if(list, [&](auto const& item) {
        return item.kind != message::AddressItem::Kind::mailbox || is_me(exchange, item);
    });
    return list;
}

message::AddressList without(message::AddressList list, message::AddressList const& taken)
{
    std::erase_if(list, [&](auto const& item) {
        return std::any_of(taken.begin(), taken.end(), [&](auto const& other) {
            return base::equal_ignoring_case(other.address(), item.address());
        });
    });
    return list;
}

ComposeForm begin(Exchange const& exchange, mail::Message const& origin, ComposeForm::Origin kind)
{
    ComposeForm form;
    form.token = new_form_token();
    form.origin = kind;
    form.origin_folder = exchange.parameter("folder");
    form.origin_uid = origin.summary.uid;
    return form;
}
} // namespace

ComposeForm reply_form(Exchange& exchange, mail::MailClient& client, mail::Message const& origin, ReplyTo whom)
{
    auto form = begin(exchange, origin, ComposeForm::Origin::reply);
    auto const& from = origin.summary.from;
    bool const mine =
        !from.empty() && is_me(exchange, from.front()); // an answer to one's own mail goes on to its readers
    auto to = mine ? origin.summary.to : origin.reply_to.empty() ? from : origin.reply_to;
    if (whom == ReplyTo::list)
        if (auto const list = list_address(client.header(form.origin_folder, form.origin_uid)); !list.empty())
            to = message::parse_address_list(list);
    form.to = message::show_address_list(to);
    if (whom == ReplyTo::all) {
        auto others = origin.cc;
        if (!mine) others.insert(others.begin(), origin.summary.to.begin(), origin.summary.to.end());
        form.cc = message::show_address_list(without(without_me(exchange, others), to));
    }
    form.subject = with_prefix("Re:", origin.summary.subject);
    auto const who = people(from, 1);
    form.text = with_signature(exchange, exchange.text("On {1}, {2} wrote:", {exchange.long_time(origin.sent), who}) +
                                             "\n" + quoted(readable_text(client, form.origin_folder, origin)));
    return form;
}

ComposeForm forward_form(Exchange& exchange, mail::MailClient& client, mail::Message const& origin)
{
    auto form = begin(exchange, origin, ComposeForm::Origin::forward);
    form.subject = with_prefix("Fwd:", origin.summary.subject);
    form.text =
        with_signature(exchange, "---------- " + exchange.text("Forwarded message") + " ----------\n" +
                                     exchange.text("From") + ": " + message::show_address_list(origin.summary.from) +
                                     "\n" + exchange.text("Date") + ": " + exchange.long_time(origin.sent) + "\n" +
                                     exchange.text("Subject") + ": " + origin.summary.subject + "\n" +
                                     exchange.text("To") + ": " + message::show_address_list(origin.summary.to) +
                                     "\n\n" + readable_text(client, form.origin_folder, origin) + "\n");
    for (auto const* part : body_of(origin.root, Prefer::html).files) form.forwarded.push_back(part->section);
    return form;
}

ComposeForm forward_whole_form(Exchange& exchange, mail::MailClient& client, mail::Message const& origin)
{
    ComposeForm form; // no origin: its files go inside it
    form.token = new_form_token();
    form.subject = with_prefix("Fwd:", origin.summary.subject);
    form.text = signature(exchange, "");
    UploadedFile file{"files",
                      (origin.summary.subject.empty() ? "message" : origin.summary.subject) + ".eml",
                      "message/rfc822",
                      {}};
    client.stream_part(exchange.parameter("folder"), origin.summary.uid, "",
                       [&](std::string_view piece) { file.content.add(piece); });
    exchange.session->compose.keep(form.token, std::move(file), exchange.services.config.message_size_max);
    return form;
}

} // namespace httpd::webmail
