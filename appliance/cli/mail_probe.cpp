#include "appliance/cli/mail_probe.h"

#include "appliance/base/clock.h"
#include "appliance/base/secret.h"
#include "appliance/cli/mail_client.h"
#include "appliance/cli/probe.h"

namespace cli
{

namespace
{
void send(config::Config const& config, std::string const& address, std::string const& message_id)
{
    auto const found = config.listen.find("smtp");
    if (found == config.listen.end() || found->second.empty()) throw net::Disconnected("smtp.listen is off");
    auto stream = net::Stream::connect(reachable(found->second.front()), net::after(mail_patience));
    smtp(stream, "", "220");
    smtp(stream, "EHLO localhost", "250");
    smtp(stream, "MAIL FROM:<>", "250"); // the null sender: a failure must not write to anybody
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
    send(probe.config, probe.user.login + "@" + domain, message_id);
    auto const uid = wait_for(imap, message_id);
    std::chrono::duration<double> const took = std::chrono::steady_clock::now() - begin;
    imap.command("UID STORE " + uid + " +FLAGS.SILENT (\\Deleted)");
    imap.command("UID EXPUNGE " + uid);
    imap.command("LOGOUT");
    return took.count();
}

} // namespace cli
