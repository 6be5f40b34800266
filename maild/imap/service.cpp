#include "maild/imap/service.h"

#include "appliance/base/file.h"
#include "maild/imap/session.h"

#include <filesystem>

namespace maild::imap
{

namespace
{
/// Nobody waits for these any more: their sessions ended with the process that made them.
void empty_temporary(std::string const& folder)
{
    base::make_folders(folder, 0700).value();
    std::error_code ignored;
    for (auto const& entry : std::filesystem::directory_iterator(folder, ignored))
        if (entry.path().filename().string().rfind("append-", 0) == 0) std::filesystem::remove(entry.path(), ignored);
}
} // namespace

void add_listeners(net::Server& server, std::vector<service::Socket> const& plain,
                   std::vector<service::Socket> const& tls, std::vector<service::Socket> const& local,
                   Context context)
{
    empty_temporary(context.temporary);
    auto const make = [context](net::Stream stream, net::Wakeup wakeup) {
        return std::make_unique<Session>(std::move(stream), std::move(wakeup), context);
    };
    std::string const refusal = "* BYE [UNAVAILABLE] Too many connections; try again later\r\n";
    for (auto const& socket : plain) server.add({"imap", socket.fd, nullptr, refusal, make});
    for (auto const& socket : tls) server.add({"imaps", socket.fd, context.tls, refusal, make});
    for (auto const& socket : local) server.add({"imap-local", socket.fd, nullptr, refusal, make});
}

} // namespace maild::imap
