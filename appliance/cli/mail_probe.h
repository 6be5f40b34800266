#pragma once
// A real mail from the box to itself: in by submission with a login, seen and removed over IMAP. For `kotakpos
// check`.

#include "appliance/config/config.h"
#include "appliance/directory/directory.h"

#include <string>

namespace cli
{

struct MailProbe {
    config::Config const& config;
    directory::Directory& directory;
    directory::User const& user; ///< whose mailbox is used
};

/// Gives the seconds from the first byte to the mail seen in the mailbox; it is removed again. The user's password is
/// not needed: a token of one minute serves. Throws net::Disconnected or base::Failure with what went wrong.
double send_mail_to_itself(MailProbe const& probe);

} // namespace cli
