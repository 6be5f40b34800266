#pragma once
// What several pages show in the same way: folders at the side, names of people, notices, addresses of pages.

#include "httpd/exchange.h"
#include "httpd/mail/mail_client.h"
#include "httpd/webmail/labels.h"

#include <string>
#include <vector>

namespace httpd::webmail
{

/// "Inbox" for INBOX in the reader's language; the name itself for folders that people made.
std::string folder_label(Exchange const& exchange, mail::Folder const& folder);
std::string folder_label(Exchange const& exchange, std::vector<mail::Folder> const& folders, std::string const& name);
/// "inbox", "sent" ...: for the style sheet.
std::string_view use_word(mail::FolderUse use);
mail::FolderUse use_of(std::vector<mail::Folder> const& folders, std::string const& name);
/// The name of the folder with that use, "" when there is none.
std::string folder_with(std::vector<mail::Folder> const& folders, mail::FolderUse use);

/// "/mail/INBOX"
std::string folder_link(std::string const& folder);
/// "/mail/INBOX/7"
std::string message_link(std::string const& folder, mail::Uid uid);

/// frame_data() with the folders and labels at the side and the notice that a redirect left (?notice=sent&n=3).
Data mail_page_data(Exchange const& exchange, std::string const& title, std::vector<mail::Folder> const& folders,
                    std::string const& current, std::vector<Label> const* labels = nullptr);

/// "Ali Rahman, Budi" for lists; addresses where there is no name.
std::string people(message::AddressList const& list, std::size_t most = 3);
/// {name, address} of each, for the head of a message.
DataList address_data(message::AddressList const& list);

/// A message that is not (or no longer) there: says so, with the way back to its folder.
Response gone_page(Exchange const& exchange, std::string const& folder, std::vector<mail::Folder> const& folders);

/// The UID of the route's ":uid"; 0 when it is no number.
mail::Uid uid_parameter(Exchange const& exchange);
std::string subject_or_placeholder(Exchange const& exchange, std::string const& subject);

} // namespace httpd::webmail
