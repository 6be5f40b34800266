#pragma once
// The form in which a mail is written, as data: what the browser posts and what the page shows again. Nothing that
// was written is ever lost because something else went wrong.

#include "httpd/exchange.h"
#include "httpd/mail/mail_client.h"
#include "httpd/mail/submission.h"

#include <map>
#include <string>
#include <vector>

namespace httpd::webmail
{

struct ComposeForm {
    enum class Origin { none, reply, forward };

    std::string token; ///< names this form: the same one is sent once, and has one draft
    std::string to, cc, bcc, subject, text;
    std::string html;           ///< rich text as the browser made it; empty: plain
    std::string from;           ///< address of the identity; empty: the usual one
    std::string priority;       ///< "high", "low"; empty: normal
    std::string later;          ///< "2026-12-01T07:00", the school's time; empty: at once
    bool wants_receipt = false; ///< RFC 8098
    bool wants_report = false;  ///< RFC 3461: also when it arrived
    Origin origin = Origin::none;
    std::string origin_folder; ///< of the message that is answered or forwarded
    mail::Uid origin_uid = 0;
    std::vector<std::string> forwarded; ///< sections of its files that go along
};

/// By field: "to", "cc", "bcc", "files", "later", or "" for the whole form.
using ComposeFaults = std::map<std::string, std::string, std::less<>>;

// compose_fields.cpp
/// From what was posted; a token that is none of ours is replaced.
ComposeForm read_compose_form(Form const& form);
/// Everything that headers and text cannot say, as a value for the draft's field `form_field`, and back.
std::string form_field_value(ComposeForm const& form);
std::optional<ComposeForm> parse_form_field(std::string_view value);
std::string_view word(ComposeForm::Origin origin);
inline constexpr std::string_view form_field = "X-Kotakpos-Form";
std::string new_form_token();
/// "<TOKEN@DOMAIN>": the Message-ID of the form's draft, and of its mail.
std::string message_id_of(Exchange const& exchange, std::string const& token);

// compose_page.cpp
/// "\n\n-- \n..." of the identity with that address, else of the usual one; "" without one.
std::string signature(Exchange& exchange, std::string const& address);
/// Where the person wants it: above what is quoted, below it, or not at all.
std::string with_signature(Exchange& exchange, std::string const& quoted);
Response show_compose_form(Exchange& exchange, ComposeForm const& form, ComposeFaults const& faults);

// origin.cpp: forms that begin with another message.
enum class ReplyTo { sender, all, list };
ComposeForm reply_form(Exchange& exchange, mail::MailClient& client, mail::Message const& origin, ReplyTo whom);
ComposeForm forward_form(Exchange& exchange, mail::MailClient& client, mail::Message const& origin);
/// The message itself becomes a file.
ComposeForm forward_whole_form(Exchange& exchange, mail::MailClient& client, mail::Message const& origin);

// letter.cpp
struct Recipients {
    message::AddressList to, cc, bcc;
    std::map<std::string, std::string> field_of; ///< address -> "to", "cc", "bcc"
};
/// What is written in the three fields; what is wrong with them goes into `faults`.
Recipients read_recipients(Exchange const& exchange, ComposeForm const& form, ComposeFaults& faults);
/// A letter with everything in it. With `copy`: as its writer keeps it, with Bcc and `form_field`.
struct Letter {
    std::string from; ///< the address
    message::Content bytes;
    message::Content copy;
    bool is_whole = true; ///< false: a file that was to be forwarded has gone
};
/// A large one lies on the disk. Throws base::StoreError where that is full, and as MailClient does.
Letter make_letter(Exchange& exchange, ComposeForm const& form, Recipients const& recipients);

// drafts.cpp
/// Puts the form into Drafts, in the place of the draft that it had. Gives its UID. Throws as MailClient does.
mail::Uid save_draft(Exchange& exchange, ComposeForm const& form);
void remove_draft(Exchange& exchange, std::string const& token);
/// What another session, or one before a restart, knew of this form: its files come back from its draft. Doubtful:
/// there is a draft, and a copy in Sent; something ended in the middle of sending it or taking it back.
enum class Recovered { unsent, sent, doubtful };
Recovered recover(Exchange& exchange, std::string const& token);
/// The same, `unsent` where the mail daemon cannot be asked: a form is shown and its files are changed without it
/// too.
Recovered recover_if_possible(Exchange& exchange, ComposeForm const& form);
std::optional<ComposeForm> open_draft(Exchange& exchange, mail::MailClient& client, std::string const& folder,
                                      mail::Uid uid);

// send.cpp
struct SendResult {
    ComposeFaults faults; ///< empty: sent
    bool before = false;  ///< it had been sent already, perhaps in another session
    bool copy_kept = true;
    std::string waiting_id;      ///< in the queue, while it can be taken back; else empty
    base::Timestamp release = 0; ///< 0: at once
};
SendResult send(Exchange& exchange, ComposeForm const& form);
/// Why nothing was sent or saved.
std::string disk_full_words(Exchange const& exchange);

} // namespace httpd::webmail
