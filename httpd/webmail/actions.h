#pragma once
// What can be done to messages, from a list or from a message's page: move, delete, mark. Each says what it did and
// how it can be undone.

#include "httpd/exchange.h"
#include "httpd/mail/mail_client.h"

#include <string>
#include <string_view>
#include <vector>

namespace httpd::webmail
{

/// Messages of one folder.
struct Chosen {
    std::string folder;
    std::vector<mail::Uid> uids;
};

/// The values of the checkboxes `uid`: "7", or "3,5,7" for a conversation; with " FOLDER" behind it where the list is
/// of several folders. `folder`: of the others.
std::vector<Chosen> chosen_messages(Form const& form, std::string const& folder);

struct Acted {
    std::string notice;    ///< a word for notice_text(); empty: nothing was done
    std::size_t count = 0; ///< messages
    std::string undo_from, undo_to;
    std::vector<mail::Uid> undo_uids; ///< in `undo_from`; empty: it cannot be undone
};

/// The form's `do`: delete, archive, junk, not-junk, move (`to`), read, unread, star, unstar, label (`label` is
/// "+keyword" or "-keyword"); "star-7" acts on that message alone.
Acted act(Exchange& exchange, mail::MailClient& client, std::string const& folder);

/// A keyword that may stand in a command: an atom without surprises. Empty is none.
bool is_keyword(std::string_view text);

/// `link` with what was done behind it, for the page that it leads to.
std::string with_notice(std::string const& link, Acted const& acted);

} // namespace httpd::webmail
