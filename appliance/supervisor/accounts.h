#pragma once
// The users and groups that own the state folder and run the daemons.

#include <string_view>
#include <sys/types.h>
#include <vector>

namespace supervisor
{

/// Who a process is.
struct Account {
    uid_t user = 0;
    gid_t group = 0;
    std::vector<gid_t> groups; ///< further ones
};

/// True when the supervisor can give its daemons users of their own. Otherwise everything runs as the caller.
bool can_change_user();

/// "root", "kp-dns", "kp-zone", "kp-in", "kp-box", "kp-web", "kp-desk". A name that the machine does not know gets
/// its fixed number, so that the appliance can be tried without changing the machine.
uid_t user_id(std::string_view name);
/// "root", "kotakpos" (may read the school database and the TLS key), "kp-spool" (kp-in, kp-box and kp-desk share the
/// spool).
gid_t group_id(std::string_view name);

/// The account of a service's user.
Account account_of(std::string_view user);

/// Becomes it, for good. Raw system calls, also for a child after fork(): the C library's would try to reach threads
/// that are not there any more. So it is this thread's alone, and the process should have no other.
bool become(Account const& account);

} // namespace supervisor
