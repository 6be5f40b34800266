#pragma once
// POP3 as the daemon sees it: give it the stores and the sockets, it adds listeners to the server.

#include "appliance/config/config.h"
#include "appliance/daemon/sockets.h"
#include "appliance/directory/directory.h"
#include "appliance/directory/login_watch.h"
#include "appliance/net/server.h"
#include "maild/mailbox/store.h"
#include "maild/sasl/login_guard.h"

#include <memory>
#include <vector>

namespace maild::pop3
{

/// What every session works with. All of it lives longer than the server.
struct Context {
    directory::Directory& directory;
    mailbox::MailStore& store;
    config::Config const& config;
    std::shared_ptr<net::TlsContext> tls;    ///< for STLS and the implicit TLS listeners; may be null: then no TLS
    std::shared_ptr<sasl::LoginGuard> guard; ///< of the whole process
    directory::LoginWatch* watch = nullptr;  ///< ends sessions whose user must go; null: nobody does
};

/// Adds a listener per socket: `plain` offers STLS, `tls` speaks TLS from the first byte.
void add_listeners(net::Server& server, std::vector<service::Socket> const& plain,
                   std::vector<service::Socket> const& tls, Context context);

} // namespace maild::pop3
