#pragma once
// Messages from another IMAP server (RFC 3501 and newer): read only, with several commands on their way at a time.

#include "maild/transfer/imap_address.h"
#include "maild/transfer/importer.h"

#include <string>

namespace maild::transfer
{

/// All mailboxes, or the one of that name there. A broken connection is made anew as long as messages still came in
/// since the last time. Throws base::Failure.
void import_imap(ImapLogin const& login, std::string const& only_mailbox, Importer& importer);

} // namespace maild::transfer
