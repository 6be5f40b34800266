#include "dnsd/keep/keeper.h"

#include "appliance/base/log.h"
#include "appliance/db/database.h"
#include "appliance/net/server.h"
#include "dnsd/keep/catalog.h"
#include "dnsd/keep/desk.h"
#include "dnsd/keep/duty.h"
#include "dnsd/keep/keeper_session.h"
#include "dnsd/keep/notifier.h"
#include "dnsd/keep/refresher.h"
#include "dnsd/sign/maintenance.h"
#include "dnsd/sign/signer.h"
#include "dnsd/zone/zone_store.h"

#include <algorithm>

namespace dnsd
{

namespace
{
using std::chrono::milliseconds;
using std::chrono::steady_clock;
/// A transfer holds one as long as the secondary takes: all of one client (TcpLimits) leave enough for the others.
constexpr std::size_t workers = 32;
constexpr unsigned most_transfers = 26;
constexpr net::ConnectionLimits limits{512, 512, {}};
constexpr std::chrono::seconds maintenance_pause{1};
} // namespace

class Keeper::Implementation final : public NotifyListener
{
public:
    explicit Implementation(KeeperOptions options)
        : options_(std::move(options)),
          dns_({options_.database, "dns", db::Mode::read_write}),
          zones_(make_sql_zone_store(dns_, make_signer(options_.keys))),
          keys_(options_.keys),
          desk_({dns_, *zones_, keys_, *this, options_.dns, base::system_clock(), most_transfers}),
          notifier_(dns_, keys_, options_.dns, base::system_clock()),
          refresher_(dns_, *zones_, keys_, base::system_clock()),
          maintenance_(
              dns_, [this](std::string_view zone, auto const& work) { return zones_->edit(zone, work); },
              options_.keys, options_.certificate),
          telling_(
              "notify", dns_, [this] { notifier_.look(); }, [this] { return tell(); }),
          copying_(
              "refresh", dns_, [this] { refresher_.look(); }, [this] { return copy(); }),
          upkeep_(
              "maintenance", dns_, [this] { follow_change(); }, [this] { return maintain(); }),
          server_(workers, limits)
    {
        telling_.watch(notifier_.sockets());
    }
    Implementation(Implementation const&) = delete;
    Implementation& operator=(Implementation const&) = delete;
    ~Implementation() override { server_.stop(); }

    void listen(int socket)
    {
        server_.add({"dns-keeper-local", socket, nullptr, "", [this](net::Stream stream, net::Wakeup) {
                         return std::make_unique<KeeperSession>(std::move(stream), desk_);
                     }});
    }

    void start()
    {
        telling_.start();
        copying_.start();
        upkeep_.start();
        server_.start();
    }

    void zone_may_have_changed(std::string const& zone) override
    {
        refresher_.hurry(zone);
        copying_.wake();
    }

private:
    milliseconds tell()
    {
        notifier_.work(steady_clock::now());
        return notifier_.pause(steady_clock::now());
    }
    milliseconds copy()
    {
        refresher_.work();
        return refresher_.pause();
    }
    /// Signatures, key rolls, TLSA.
    milliseconds maintain()
    {
        auto const now = steady_clock::now();
        if (now >= maintain_at_) {
            auto const later = base::Microseconds(maintenance_.run() - base::system_clock().now());
            maintain_at_ = now + std::max<base::Microseconds>(later, maintenance_pause);
        }
        return std::chrono::ceil<milliseconds>(maintain_at_ - now);
    }
    /// A zone has changed: catalogs follow at once, signing soon.
    void follow_change()
    {
        keep_catalogs(dns_, *zones_);
        maintain_at_ = std::min(maintain_at_, steady_clock::now() + maintenance_pause);
    }

    KeeperOptions options_;
    db::Database dns_;
    std::unique_ptr<ZoneStore> zones_;
    TsigKeys keys_;
    Desk desk_;
    Notifier notifier_;
    Refresher refresher_;
    Maintenance maintenance_;
    steady_clock::time_point maintain_at_{};
    Duty telling_, copying_, upkeep_;
    net::Server server_;
};

Keeper::Keeper(KeeperOptions options) : implementation_(std::make_unique<Implementation>(std::move(options))) {}
Keeper::~Keeper() = default;
void Keeper::listen(int socket) { implementation_->listen(socket); }
void Keeper::start() { implementation_->start(); }

} // namespace dnsd
