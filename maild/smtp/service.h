#pragma once
// SMTP and submission as the daemon sees them: give them the stores and the sockets, they add listeners to the
// server.

#include "appliance/config/config.h"
#include "appliance/daemon/sockets.h"
#include "appliance/directory/directory.h"
#include "appliance/net/server.h"
#include "maild/queue/spool.h"
#include "maild/sasl/login_guard.h"

#include <memory>
#include <vector>

namespace maild::smtp
{

class Verification;

/// What every session works with. All of it lives longer than the server.
struct Context {
    directory::Directory& directory;
    queue::Spool& spool;
    config::Config const& config;
    std::shared_ptr<net::TlsContext> tls; ///< may be null: then no STARTTLS and no implicit TLS
    base::Clock const& clock = base::system_clock();
    std::string poke = "run/queue.poke";               ///< told after each accepted message; empty: nobody
    Verification* verification = nullptr;              ///< of strangers' mail; null: none
    std::shared_ptr<sasl::LoginGuard> guard = nullptr; ///< of the whole process; null: one of its own
};

struct Shared; ///< what the sessions of a service have in common (session.h)

class Service
{
public:
    explicit Service(Context context);

    /// Port 25: takes mail for this school from everybody.
    void add_relay(net::Server& server, std::vector<service::Socket> const& plain);
    /// 587 (`plain`), 465 (`tls`) and the Unix socket (`local`, counted as secure): takes any mail from people who
    /// log in.
    void add_submission(net::Server& server, std::vector<service::Socket> const& plain,
                        std::vector<service::Socket> const& tls, std::vector<service::Socket> const& local);

private:
    std::shared_ptr<Shared> shared_;
};

} // namespace maild::smtp
