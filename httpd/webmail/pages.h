#pragma once
// Every page of the webmail: a function that shows (GET) or one that acts and then redirects (POST). Called by the
// router, which has already checked the login and the form's token.

#include "httpd/exchange.h"

namespace httpd::webmail
{

// login.cpp
Response home(Exchange& exchange);
Response show_login(Exchange& exchange);
Response log_in(Exchange& exchange);
Response log_out(Exchange& exchange);
Response set_language(Exchange& exchange);
Response show_help(Exchange& exchange);
/// The keyboard shortcuts.
Response show_keys(Exchange& exchange);
/// The session ended while somebody wrote: the login page carries what was written.
Response show_login_keeping_form(Exchange& exchange);

// list.cpp
Response show_list(Exchange& exchange);
Response change_list(Exchange& exchange);
/// "MODSEQ UNSEEN": two numbers that a list page compares with those it has shown.
Response show_news(Exchange& exchange);

// folders.cpp
Response show_folders(Exchange& exchange);
Response change_folders(Exchange& exchange);

// message.cpp
Response show_message(Exchange& exchange);
Response change_message(Exchange& exchange);
Response show_headers(Exchange& exchange);

// parts.cpp
Response show_html(Exchange& exchange);
Response show_picture(Exchange& exchange);
Response show_pdf(Exchange& exchange);
/// Head and text on white paper, at an address of its own.
Response show_print(Exchange& exchange);
Response download_part(Exchange& exchange);
Response download_source(Exchange& exchange);

// files.cpp
Response show_preview(Exchange& exchange);
/// All files as one ZIP archive.
Response download_all(Exchange& exchange);

// path.cpp
Response show_path(Exchange& exchange);

// compose.cpp
Response show_compose(Exchange& exchange);
Response show_reply(Exchange& exchange);
Response show_reply_all(Exchange& exchange);
Response show_forward(Exchange& exchange);
Response post_compose(Exchange& exchange);
/// The form again as it was posted, nothing sent.
Response show_kept_compose(Exchange& exchange);
Response show_forward_whole(Exchange& exchange);
Response show_reply_list(Exchange& exchange);

// contacts.cpp
Response show_contacts(Exchange& exchange);
Response change_contacts(Exchange& exchange);
Response show_new_contact(Exchange& exchange);
Response show_contact(Exchange& exchange);
Response change_contact(Exchange& exchange);
Response show_import_contacts(Exchange& exchange);
Response import_contacts(Exchange& exchange);
Response export_contacts(Exchange& exchange);
/// Ready-made texts.
Response show_texts(Exchange& exchange);
Response change_texts(Exchange& exchange);

// complete.cpp
/// JSON for a word that was begun in To: {"found": [{"name", "about", "value"}]}.
Response complete(Exchange& exchange);

// receipt.cpp
/// Whether its writer asks to be told that it was read and has not been answered. A receipt itself never asks
/// (RFC 8098 2.1): else two programs would go on for ever.
bool asks_receipt(mail::Message const& message);
Response show_receipt(Exchange& exchange);
Response send_receipt(Exchange& exchange);

// drafts.cpp
Response edit_draft(Exchange& exchange);

// later.cpp
Response undo_send(Exchange& exchange);
/// What waits for its time, and taking it back.
Response show_later(Exchange& exchange);
Response change_later(Exchange& exchange);

// settings.cpp: the person's own
Response show_settings(Exchange& exchange);
Response show_display(Exchange& exchange);
Response change_display(Exchange& exchange);

// settings_access.cpp
Response show_password(Exchange& exchange);
Response change_password(Exchange& exchange);
Response show_devices(Exchange& exchange);
Response change_devices(Exchange& exchange);
Response show_sessions(Exchange& exchange);
Response change_sessions(Exchange& exchange);

// identities.cpp
Response show_identities(Exchange& exchange);
Response show_identity(Exchange& exchange);
Response change_identity(Exchange& exchange);

// filters.cpp
Response show_filters(Exchange& exchange);
Response change_filters(Exchange& exchange);
Response show_filter(Exchange& exchange);
Response change_filter(Exchange& exchange);

// vacation.cpp
Response show_vacation(Exchange& exchange);
Response change_vacation(Exchange& exchange);

} // namespace httpd::webmail
