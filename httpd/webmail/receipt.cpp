// "Yes, I have read it" (RFC 8098): only when the reader says so, and once.

#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "appliance/message/compose.h"
#include "appliance/message/header.h"
#include "httpd/mail/submission.h"
#include "httpd/webmail/pages.h"
#include "httpd/webmail/view.h"

#include <algorithm>

namespace httpd::webmail
{

namespace
{
/// Who wants to know; nobody when the field is missing or is more than one person (RFC 8098 2.1).
std::optional<message::AddressItem> asker(std::string const& header)
{
    auto const list =
        message::parse_address_list(message::Header::parse(header).first("Disposition-Notification-To"));
    if (list.size() != 1 || list[0].kind != message::AddressItem::Kind::mailbox || list[0].host.empty())
        return std::nullopt;
    return list[0];
}

std::string receipt(Exchange& exchange, message::AddressItem const& to, mail::Message const& read)
{
    auto const& user = exchange.session->user;
    auto const domain = exchange.services.school.facts().domain;
    auto const address = user.login + "@" + domain;
    message::DispositionReport report;
    report.from = {message::AddressItem::Kind::mailbox, user.name, "", user.login, domain};
    report.to = to;
    report.subject = exchange.text("Read: {1}", {read.summary.subject});
    report.date = exchange.services.clock.now();
    // Made of the message's own: the queue takes it once, from two tabs and after a crash too.
    auto const about =
        read.message_id.empty() ? read.summary.folder + "/" + std::to_string(read.summary.uid) : read.message_id;
    report.message_id =
        "<" + base::hex(base::sha256(user.login + "\n" + about)).substr(0, 32) + ".read@" + domain + ">";
    report.in_reply_to = read.message_id;
    report.text = exchange.text(
        "{1} has opened your message “{2}” of {3}. That does not say that it was understood.",
        {user.name.empty() ? user.login : user.name, read.summary.subject, exchange.long_time(read.sent)});
    report.recipient = address;
    report.user_agent = "mail." + domain + "; Kotakpos";
    return message::compose_disposition(report);
}
} // namespace

bool asks_receipt(mail::Message const& message)
{
    auto const& keywords = message.summary.flags.keywords;
    bool const told = // RFC 3503
        std::any_of(keywords.begin(), keywords.end(),
                    [](auto const& keyword) { return base::equal_ignoring_case(keyword, "$MDNSent"); });
    return !message.receipt_to.empty() && !told && !message.root.is("multipart", "report");
}

Response show_receipt(Exchange& exchange)
{
    auto const& folder = exchange.parameter("folder");
    auto const uid = uid_parameter(exchange);
    return exchange.use_mail([&](mail::MailClient& client) -> Response {
        auto const message = client.message(folder, uid);
        if (!message) return not_found_page(exchange);
        auto const who = asks_receipt(*message) ? asker(client.header(folder, uid)) : std::nullopt;
        if (!who) return see_other(message_link(folder, uid));
        auto data =
            mail_page_data(exchange, exchange.text("Confirm that you have read it"), client.folders(), folder);
        data["link"] = Data(message_link(folder, uid));
        data["who"] = Data(who->address());
        data["subject"] = Data(subject_or_placeholder(exchange, message->summary.subject));
        return render(exchange, "receipt", data);
    });
}

Response send_receipt(Exchange& exchange)
{
    auto const& folder = exchange.parameter("folder");
    auto const uid = uid_parameter(exchange);
    auto const link = message_link(folder, uid);
    struct Read {
        std::optional<mail::Message> message;
        std::optional<message::AddressItem> who;
    };
    auto const read = exchange.use_mail([&](mail::MailClient& client) {
        Read found{client.message(folder, uid), std::nullopt};
        if (found.message && asks_receipt(*found.message)) found.who = asker(client.header(folder, uid));
        return found;
    });
    if (!read.message) return not_found_page(exchange);
    if (!read.who) return see_other(link);
    if (exchange.request.form.value("do") == "ignore") { // it is not asked again
        exchange.use_mail([&](mail::MailClient& client) { client.mark_receipt_sent(folder, uid); });
        return see_other(link);
    }
    auto const& session = *exchange.session;
    // RFC 8098 section 3: the null sender, so that nobody answers it by itself.
    mail::Submission submission{session.user.login, session.token, "", {read.who->address()}, {}, false};
    auto const sent =
        mail::submit(exchange.services.submission_socket, submission, receipt(exchange, *read.who, *read.message));
    if (!sent.done)
        return error_page(exchange, 422, exchange.text("The receipt was not sent"),
                          sent.refused.empty() ? sent.why : sent.refused.front().why);
    exchange.use_mail([&](mail::MailClient& client) { client.mark_receipt_sent(folder, uid); });
    return see_other(link + "?notice=receipt-sent");
}

} // namespace httpd::webmail
