#include "maild/smtp/reply.h"

namespace maild::smtp
{

std::string Reply::show() const
{
    std::string line = std::to_string(code) + ' ';
    if (!enhanced.empty()) line += std::string(enhanced) + ' ';
    return line + text + "\r\n";
}

Reply reply_for(base::StoreError const& error)
{
    if (error.fault() == base::StoreFault::full) return {452, "4.3.1", "The mail system is full, try again later"};
    return {451, "4.3.0", "The mail system cannot store messages now, try again later"};
}

} // namespace maild::smtp
