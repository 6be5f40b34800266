// A hostile or broken IMAP server's responses, read into everything that the webmail makes of them.

#include "appliance/imap_client/imap_response.h"
#include "appliance/imap_client/modified_utf7.h"
#include "httpd/mail/imap_reading.h"
#include "tests/support/fuzz.h"

FUZZ_TARGET(imap_client)
{
    static_cast<void>(imap_client::announced_literal(bytes));
    static_cast<void>(imap_client::from_modified_utf7(bytes));
    auto const response = imap_client::parse_imap_response(std::string(bytes));
    if (!response) return;
    static_cast<void>(httpd::mail::read_message(*response));
    static_cast<void>(httpd::mail::read_list(*response));
    httpd::mail::Folder folder;
    httpd::mail::read_status(*response, folder);
}
