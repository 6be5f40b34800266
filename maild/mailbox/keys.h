#pragma once
// Keys of mailboxes and bodies. Not for UIDs: those come from the mailbox's row.

#include <cstdint>

namespace maild::mailbox
{

/// Microseconds since 2026 with ten random bits behind them: unique without asking a database, positive, and growing
/// within a process, so that new rows go to the end of their table. Safe from all threads.
std::int64_t new_key();

} // namespace maild::mailbox
