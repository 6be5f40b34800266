#pragma once
// What a restored school must know about the time that it has lost.

#include <string>

namespace backup
{

/// Works on databases below `folder` that nobody else has open. Throws StoreError.
/// - mail: mailboxes keep UIDVALIDITY and UIDs, but UIDs and mod-sequences that may have been given after the backup
///   are skipped and reported as gone: a client must never see another message under a UID that it knows.
/// - spool: mail for other servers may have been sent since, so it is held until somebody decides; messages whose
///   file had left already when the backup came to it are removed.
void adapt_restored(std::string const& folder);

} // namespace backup
