#include "appliance/base/as_caller.h"

#include <sys/fsuid.h>
#include <unistd.h>

namespace base
{

AsCaller::AsCaller()
    : user_(static_cast<uid_t>(::setfsuid(::getuid()))), group_(static_cast<gid_t>(::setfsgid(::getgid())))
{
}

AsCaller::~AsCaller()
{
    ::setfsgid(group_);
    ::setfsuid(user_);
}

} // namespace base
