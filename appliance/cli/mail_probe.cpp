#include "appliance/cli/mail_probe.h"

#include "appliance/base/clock.h"
#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "appliance/cli/mail_client.h"

namespace cli
{

namespace
{
/// As a person of the school: mail of our own domain that comes without a login is taken for a forgery (DMARC).
net::Stream open_submission(config::Config const& config, std::string const& server_name)
{
    auto const found = config.listen.find("submissions");
    bool const is_on = found != config.listen.end() && !found->second.empty();
    if (is_on) return connect_tls(config, "submissions", server_name);
    return net::Stream::connect_unix("run/submission.sock", net::after(mail_patience));
}

void send(MailProbe const& probe, std::string const& address, std::string const& password,
          std::string const& message_id)
{
    auto stream = open_submission(probe.config, "mail." + probe.directory.domain());
    auto const plain = std::string(1, '\0') + probe.user.login + std::string(1, '\0') + password; // RFC 4616
    smtp(stream, "", "220");
    smtp(stream, "EHLO localhost", "250");
    smtp(stream, "AUTH PLAIN " + base::base64(plain), "235");
    smtp(stream, "MAIL FROM:<" + address + ">", "250");
    smtp(stream, "RCPT TO:<" + address + ">", "250");
    smtp(stream, "DATA", "354");
    stream.write("From: Kotakpos <" + address + ">\r\nTo: <" + address + ">\r\nSubject: kotakpos check\r\nDate: " +
                 base::rfc5322_date(base::system_clock().now()) + "\r\nMessage-ID: " + message_id +
                 "\r\nAuto-Submitted: auto-generated\r\n\r\nThe box writes to itself. This mail removes itself.\r\n");
    smtp(stream, ".", "250");
    smtp(stream, "QUIT", "221");
}
} // namespace

double send_mail_to_itself(MailProbe const& probe)
{
    auto const domain = probe.directory.domain();
    auto const message_id = "<check." + base::random_hex(8) + "@" + domain + ">";
    Token const token(probe.directory, probe.user.id);
    Imap imap(probe.config, "mail." + domain);
    imap.command("LOGIN " + probe.user.login + " \"" + token.text() + "\"");
    imap.command("SELECT INBOX");
    auto const begin = std::chrono::steady_clock::now();
    send(probe, probe.user.login + "@" + domain, token.text(), message_id);
    auto const uid = wait_for(imap, message_id);
    std::chrono::duration<double> const took = std::chrono::steady_clock::now() - begin;
    imap.command("UID STORE " + uid + " +FLAGS.SILENT (\\Deleted)");
    imap.command("UID EXPUNGE " + uid);
    imap.command("LOGOUT");
    return took.count();
}

} // namespace cli
