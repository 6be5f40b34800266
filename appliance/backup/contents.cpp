#include "appliance/backup/contents.h"

namespace backup
{

std::span<std::string_view const> parts()
{
    static constexpr std::string_view list[] = {"ca.crt", "tls",  "school",       "dns",  "dns-keys",
                                                "spool",  "mail", "mail-secrets", "dkim", "site"};
    return list;
}

} // namespace backup
