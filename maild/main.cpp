// maild ROLE...: smtp and submission (user kp-in), queue, imap and pop3 (user kp-box). See README.md.

#include "appliance/daemon/daemon.h"
#include "appliance/db/database.h"
#include "appliance/directory/directory.h"
#include "appliance/directory/filters.h"
#include "appliance/message/charset.h"
#include "appliance/net/server.h"
#include "maild/auth/outbound.h"
#include "maild/dns/resolver.h"
#include "maild/imap/service.h"
#include "maild/limits.h"
#include "maild/mailbox/caretaker.h"
#include "maild/mailbox/store.h"
#include "maild/pop3/service.h"
#include "maild/queue/queue.h"
#include "maild/smtp/service.h"
#include "maild/smtp/verification.h"

#include <malloc.h>

namespace
{
namespace limits = maild::limits;
namespace queue = maild::queue;
namespace smtp = maild::smtp;
namespace mailbox = maild::mailbox;
using Paths = std::vector<std::string>;

std::shared_ptr<net::TlsContext> open_tls(config::Config const& config)
{
    auto const or_default = [](std::string const& chosen, char const* usual) {
        return chosen.empty() ? usual : chosen;
    };
    return net::TlsContext::server(or_default(config.tls_certificate, "tls/server.crt"),
                                   or_default(config.tls_key, "tls/server.key"));
}

net::ConnectionLimits connection_limits(config::Config const& config)
{
    return {limits::connections, limits::connections_per_address, config.limits_exempt};
}

/// What every role works with.
struct Common {
    Common(service::Daemon& the_daemon, std::shared_ptr<net::TlsContext> the_tls)
        : daemon(the_daemon),
          school({"school/school.db", "school", db::Mode::read_only}),
          directory(directory::make_sql_directory(school)),
          spool(queue::make_sql_spool("spool")),
          resolver(maild::dns::make_resolver(the_daemon.config().resolver)),
          guard(std::make_shared<maild::sasl::LoginGuard>(base::system_clock(), the_daemon.config().limits_exempt)),
          tls(std::move(the_tls))
    {
    }

    service::Daemon& daemon;
    db::Database school;
    std::unique_ptr<directory::Directory> directory;
    std::unique_ptr<queue::Spool> spool;
    std::unique_ptr<maild::dns::Resolver> resolver;
    std::shared_ptr<maild::sasl::LoginGuard> guard; ///< counts over all protocols
    std::shared_ptr<net::TlsContext> tls;
};

/// smtp, submission: what strangers send, as far as the spool.
class Inbound
{
public:
    Inbound(Common& common, maild::auth::PublicSuffixes const& suffixes)
        : server_(limits::smtp_workers, connection_limits(common.daemon.config())),
          verification_(*common.resolver, suffixes, base::system_clock()),
          smtp_({.directory = *common.directory,
                 .spool = *common.spool,
                 .config = common.daemon.config(),
                 .tls = common.tls,
                 .verification = &verification_,
                 .guard = common.guard})
    {
        auto& daemon = common.daemon;
        if (daemon.has_role("smtp")) smtp_.add_relay(server_, daemon.sockets("smtp"));
        if (daemon.has_role("submission"))
            smtp_.add_submission(server_, daemon.sockets("submission"), daemon.sockets("submissions"),
                                 daemon.sockets("submission-local"));
    }
    void start() { server_.start(); }

private:
    net::Server server_;
    smtp::Verification verification_;
    smtp::Service smtp_;
};

/// queue, imap, pop3: everything behind the spool.
class Box
{
public:
    explicit Box(Common& common)
        : keys_(common.school, "dkim"),
          signer_(keys_, [&common] { return common.directory->domain(); }),
          watch_(common.school),
          filters_(directory::make_sql_filters(common.school)),
          store_(mailbox::make_sql_mail_store("mail")),
          caretaker_(*store_, *common.directory, common.daemon.sockets("mail-poke")),
          server_(limits::box_workers, connection_limits(common.daemon.config()))
    {
        auto& daemon = common.daemon;
        auto& directory = *common.directory;
        message::prepare_charsets();
        if (daemon.has_role("queue"))
            queue_ = std::make_unique<queue::Queue>(queue::Context{.directory = directory,
                                                                   .spool = *common.spool,
                                                                   .store = *store_,
                                                                   .config = daemon.config(),
                                                                   .signer = &signer_,
                                                                   .filters = filters_.get()},
                                                    daemon.sockets("queue-poke"), *common.resolver);
        if (daemon.has_role("imap"))
            maild::imap::add_listeners(server_, daemon.sockets("imap"), daemon.sockets("imaps"),
                                       daemon.sockets("imap-local"),
                                       {.directory = directory,
                                        .store = *store_,
                                        .config = daemon.config(),
                                        .tls = common.tls,
                                        .guard = common.guard,
                                        .watch = &watch_});
        if (daemon.has_role("pop3"))
            maild::pop3::add_listeners(server_, daemon.sockets("pop3"), daemon.sockets("pop3s"),
                                       {.directory = directory,
                                        .store = *store_,
                                        .config = daemon.config(),
                                        .tls = common.tls,
                                        .guard = common.guard,
                                        .watch = &watch_});
    }
    void start()
    {
        server_.start();
        if (queue_) queue_->start();
    }

private:
    maild::auth::KeyRing keys_;
    maild::auth::OutboundSigner signer_;
    directory::LoginWatch watch_;
    std::unique_ptr<directory::Filters> filters_;
    std::unique_ptr<mailbox::MailStore> store_;
    mailbox::Caretaker caretaker_;
    net::Server server_;
    std::unique_ptr<queue::Queue> queue_;
};
} // namespace

int main(int argc, char** argv)
{
    constexpr int returned_at_once = 1 << 20; // what a large message took goes back to the system, not into an arena
    ::mallopt(M_MMAP_THRESHOLD, returned_at_once);
    return service::guarded("maild", [&] {
        service::Daemon daemon(argc, argv, "maild", {"smtp", "submission", "queue", "imap", "pop3"});
        bool const is_box = daemon.has_role("queue") || daemon.has_role("imap") || daemon.has_role("pop3");
        bool const is_inbound = daemon.has_role("smtp") || daemon.has_role("submission");
        auto tls = open_tls(daemon.config()); // before the files are closed to us
        maild::auth::PublicSuffixes const suffixes;
        daemon.confine({.read = is_box ? Paths{"school", "dkim", "mail-secrets"} : Paths{"school"},
                        .write = is_box ? Paths{"spool", "mail"} : Paths{"spool"}});

        Common common(daemon, std::move(tls));
        auto const inbound = is_inbound ? std::make_unique<Inbound>(common, suffixes) : nullptr;
        auto const box = is_box ? std::make_unique<Box>(common) : nullptr;
        if (inbound) inbound->start();
        if (box) box->start();
        return daemon.serve_until_stopped();
    });
}
