#pragma once
// IMAP as the daemon sees it: give it the stores and the sockets, it adds listeners to the server.

#include "appliance/config/config.h"
#include "appliance/daemon/sockets.h"
#include "appliance/directory/directory.h"
#include "appliance/directory/login_watch.h"
#include "appliance/net/server.h"
#include "maild/imap/limits.h"
#include "maild/imap/shared_maps.h"
#include "maild/mailbox/store.h"
#include "maild/sasl/login_guard.h"

#include <memory>
#include <string>
#include <vector>

namespace maild::imap
{

/// What every session works with. All of it lives longer than the server.
struct Context {
    directory::Directory& directory;
    mailbox::MailStore& store;
    config::Config const& config;
    std::shared_ptr<net::TlsContext> tls; ///< for STARTTLS and the implicit TLS listeners; may be null: then no TLS
    std::string temporary = "mail/tmp";   ///< large messages wait here while an APPEND arrives
    std::shared_ptr<sasl::LoginGuard> guard = nullptr; ///< of the whole process; null: nobody is counted
    std::shared_ptr<SharedMaps> maps = std::make_shared<SharedMaps>(); ///< of all sessions together
    directory::LoginWatch* watch = nullptr; ///< ends sessions whose user must go; null: nobody does
    std::size_t messages_per_command = limits::messages_per_command; ///< RFC 9738
};

/// Adds a listener per socket: `plain` offers STARTTLS, `tls` speaks TLS from the first byte, `local` are Unix
/// sockets (counted as secure). Makes the temporary folder and empties it of what a crash left.
void add_listeners(net::Server& server, std::vector<service::Socket> const& plain,
                   std::vector<service::Socket> const& tls, std::vector<service::Socket> const& local,
                   Context context);

} // namespace maild::imap
