#include "appliance/supervisor/accounts.h"

#include <grp.h>
#include <pwd.h>
#include <string>
#include <sys/syscall.h>
#include <unistd.h>

namespace supervisor
{

namespace
{
/// Debian keeps 60000-64999 for numbers that packages choose themselves; these are in no list of it.
struct FixedNumber {
    std::string_view name;
    unsigned number;
};
constexpr FixedNumber fixed_users[] = {{"root", 0},       {"kp-dns", 64801},  {"kp-in", 64802},  {"kp-box", 64803},
                                       {"kp-web", 64804}, {"kp-zone", 64806}, {"kp-desk", 64807}};
constexpr FixedNumber fixed_groups[] = {{"root", 0}, {"kotakpos", 64800}, {"kp-spool", 64805}};

template <std::size_t size>
unsigned number_of(FixedNumber const (&table)[size], std::string_view name)
{
    for (auto const& entry : table)
        if (entry.name == name) return entry.number;
    return table[1].number;
}
} // namespace

bool can_change_user() { return ::geteuid() == 0; }

uid_t user_id(std::string_view name)
{
    if (!can_change_user()) return ::geteuid();
    auto const* known = ::getpwnam(std::string(name).c_str());
    return known ? known->pw_uid : number_of(fixed_users, name);
}

gid_t group_id(std::string_view name)
{
    if (!can_change_user()) return ::getegid();
    auto const* known = ::getgrnam(std::string(name).c_str());
    return known ? known->gr_gid : number_of(fixed_groups, name);
}

Account account_of(std::string_view user)
{
    Account account{user_id(user), group_id("kotakpos"), {}};
    if (user == "kp-in" || user == "kp-box" || user == "kp-desk") account.groups.push_back(group_id("kp-spool"));
    return account;
}

bool become(Account const& account)
{
    return ::syscall(SYS_setgroups, account.groups.size(), account.groups.data()) == 0 &&
           ::syscall(SYS_setresgid, account.group, account.group, account.group) == 0 &&
           ::syscall(SYS_setresuid, account.user, account.user, account.user) == 0;
}

} // namespace supervisor
