#include "setup-tui/proof/proof.h"

#include "appliance/base/clock.h"
#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "appliance/cli/mail_client.h"
#include "appliance/cli/probe.h"

namespace setup::proof
{

namespace
{
std::string address(Trial const& trial, Account const& account) { return account.login + "@" + trial.domain; }

/// RFC 2047: a word of another language as base64.
std::string header_text(std::string const& text)
{
    return base::is_ascii(text) ? text : "=?utf-8?B?" + base::base64(text) + "?=";
}

/// RFC 9051 4.3: what a quoted string may not have as it is.
std::string quoted(std::string const& text)
{
    return "\"" + base::replace_all(base::replace_all(text, "\\", "\\\\"), "\"", "\\\"") + "\"";
}

void submit(Trial const& trial, std::string const& message_id)
{
    auto stream = cli::connect_tls(trial.config, "submissions", "mail." + trial.domain);
    cli::smtp(stream, "", "220");
    cli::smtp(stream, "EHLO localhost", "250");
    auto const plain =
        std::string(1, '\0') + trial.from.login + std::string(1, '\0') + trial.from.password; // RFC 4616
    cli::smtp(stream, "AUTH PLAIN " + base::base64(plain), "235");
    auto const from = address(trial, trial.from), to = address(trial, trial.to);
    cli::smtp(stream, "MAIL FROM:<" + from + ">", "250");
    cli::smtp(stream, "RCPT TO:<" + to + ">", "250");
    cli::smtp(stream, "DATA", "354");
    stream.write("From: <" + from + ">\r\nTo: <" + to + ">\r\nSubject: " + header_text(trial.subject) +
                 "\r\nDate: " + base::rfc5322_date(base::system_clock().now()) + "\r\nMessage-ID: " + message_id +
                 "\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
                 "Content-Transfer-Encoding: base64\r\n\r\n" +
                 base::base64(trial.text + "\r\n") + "\r\n");
    cli::smtp(stream, ".", "250");
    cli::smtp(stream, "QUIT", "221");
}
} // namespace

void ask_dns(Trial const& trial)
{
    auto const& endpoints = trial.config.listen.at("dns");
    if (endpoints.empty()) throw net::Disconnected("dns.listen is off");
    auto const answer =
        cli::ask_dns(cli::reachable(endpoints.front()), trial.domain, cli::DnsType::mx, cli::probe_time);
    if (!answer.good) throw net::Disconnected(answer.problem);
}

void send_mail(Trial const& trial)
{
    auto const message_id = "<setup." + base::random_hex(8) + "@" + trial.domain + ">";
    cli::Imap imap(trial.config, "mail." + trial.domain);
    imap.command("LOGIN " + trial.to.login + " " + quoted(trial.to.password));
    imap.command("SELECT INBOX");
    submit(trial, message_id);
    cli::wait_for(imap, message_id);
    imap.command("LOGOUT");
}

} // namespace setup::proof
