// A hostile or broken IMAP server's responses, read into everything that the webmail makes of them.

#include "httpd/mail/imap_reading.h"
#include "httpd/mail/imap_response.h"
#include "httpd/mail/mailbox_name.h"
#include "tests/support/fuzz.h"

FUZZ_TARGET(imap_client)
{
    static_cast<void>(httpd::mail::announced_literal(bytes));
    static_cast<void>(httpd::mail::from_modified_utf7(bytes));
    auto const response = httpd::mail::parse_imap_response(bytes);
    if (!response) return;
    static_cast<void>(httpd::mail::read_message(*response));
    static_cast<void>(httpd::mail::read_list(*response));
    httpd::mail::Folder folder;
    httpd::mail::read_status(*response, folder);
}
