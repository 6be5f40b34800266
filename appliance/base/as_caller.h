#pragma once
// Files of the person who called a command, for a command that has become another user (seteuid).

#include <sys/types.h>

namespace base
{

/// The calling thread opens files as the real user, as long as this lives. Without effect where real and effective
/// user are the same.
class AsCaller
{
public:
    AsCaller();
    ~AsCaller();
    AsCaller(AsCaller const&) = delete;
    AsCaller& operator=(AsCaller const&) = delete;

private:
    uid_t user_;
    gid_t group_;
};

} // namespace base
