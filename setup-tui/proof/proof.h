#pragma once
// That the box does what it is for, tried as its people will use it: DNS, a mail from one to another, the webmail.
// For the wizard's proof; `kotakpos check` is the everyday one. The working directory is the state folder.

#include "appliance/config/config.h"

#include <string>

namespace setup::proof
{

/// Whoever can log in: the password, or a token that serves as one.
struct Account {
    std::string login;
    std::string password;
};

struct Trial {
    config::Config const& config;
    std::string domain;
    Account from;
    Account to;
    std::string subject; ///< of the mail, in the school's language
    std::string text;
};

/// Each throws net::Disconnected or base::Failure with what went wrong.

/// Asks the name server for the domain's MX.
void ask_dns(Trial const& trial);
/// Submits the mail as `from` over TLS, and waits until `to` sees it over IMAP. It stays there.
void send_mail(Trial const& trial);
/// Logs in to the webmail as `to`, as a browser would, and finds the mail in the list.
void log_in_to_webmail(Trial const& trial);

} // namespace setup::proof
