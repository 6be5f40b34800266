#pragma once
// The form in which a mail is written, as data: what the browser posts and what the page shows again. Nothing that
// was written is ever lost because something else went wrong.

#include "httpd/exchange.h"
#include "httpd/mail/mail_client.h"

#include <map>
#include <string>
#include <vector>

namespace httpd::webmail
{

struct ComposeForm {
    enum class Origin { none, reply, forward };

    std::string token; ///< names this form: the same one is sent once
    std::string to, cc, bcc, subject, text;
    Origin origin = Origin::none;
    std::string origin_folder; ///< of the message that is answered or forwarded
    mail::Uid origin_uid = 0;
    std::vector<std::string> forwarded; ///< sections of its files that go along
};

/// By field: "to", "cc", "bcc", "files", or "" for the whole form.
using ComposeFaults = std::map<std::string, std::string, std::less<>>;

/// From what was posted; a token that is none of ours is replaced.
ComposeForm read_compose_form(Form const& form);
Response show_compose_form(Exchange& exchange, ComposeForm const& form, ComposeFaults const& faults);

std::string new_form_token();

// origin.cpp: forms that begin with another message.
enum class ReplyTo { sender, all };
ComposeForm reply_form(Exchange& exchange, mail::MailClient& client, mail::Message const& origin, ReplyTo whom);
ComposeForm forward_form(Exchange& exchange, mail::MailClient& client, mail::Message const& origin);

// send.cpp
struct SendResult {
    ComposeFaults faults; ///< empty: sent
    bool copy_kept = true;
};
SendResult send(Exchange& exchange, ComposeForm const& form);

} // namespace httpd::webmail
