#include "dnsd/keep/keeper.h"

#include "appliance/base/log.h"
#include "appliance/db/database.h"
#include "appliance/net/server.h"
#include "dnsd/keep/catalog.h"
#include "dnsd/keep/desk.h"
#include "dnsd/keep/keeper_session.h"
#include "dnsd/keep/notifier.h"
#include "dnsd/keep/refresher.h"
#include "dnsd/sign/maintenance.h"
#include "dnsd/sign/signer.h"
#include "dnsd/zone/zone_store.h"

#include <algorithm>
#include <atomic>
#include <poll.h>
#include <sys/eventfd.h>
#include <thread>

namespace dnsd
{

namespace
{
using std::chrono::milliseconds;
using std::chrono::steady_clock;
constexpr std::size_t workers = 6;
constexpr net::ConnectionLimits limits{512, 512, {}};
/// How soon a change is told to secondaries; several changes in between are told at once.
constexpr milliseconds look_interval{200};
constexpr milliseconds after_trouble{5000};

/// A thread that looks at the database whenever somebody has changed it, and works in between.
class Duty
{
public:
    /// `look` after every change of the database (and at the start); `work` then and after each pause, which it
    /// gives.
    Duty(char const* name, db::Database& dns, std::function<void()> look, std::function<milliseconds()> work)
        : name_(name),
          dns_(dns),
          look_(std::move(look)),
          work_(std::move(work)),
          wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC))
    {
    }
    Duty(Duty const&) = delete;
    Duty& operator=(Duty const&) = delete;
    ~Duty() { stop(); }

    /// Further descriptors whose input is work.
    void watch(std::vector<int> sockets) { sockets_ = std::move(sockets); }
    void start()
    {
        thread_ = std::thread([this] { run(); });
    }
    void wake() const { ::eventfd_write(wake_.get(), 1); }
    void stop()
    {
        stopping_ = true;
        wake();
        if (thread_.joinable()) thread_.join();
    }

private:
    void run()
    {
        std::optional<std::int64_t> version;
        std::string trouble;
        while (!stopping_) {
            auto pause = after_trouble;
            try {
                auto const now = dns_.data_version();
                if (now != version) look_();
                version = now;
                pause = std::clamp(work_(), milliseconds{0}, look_interval);
                trouble.clear();
            } catch (std::exception const& error) { // the top of this thread's work
                version.reset();
                if (std::exchange(trouble, error.what()) != error.what())
                    base::log(base::Level::error, "", "keeper-trouble", {{"duty", name_}, {"why", error.what()}});
            }
            wait(pause);
        }
    }

    void wait(milliseconds pause)
    {
        std::vector<pollfd> watched = {{wake_.get(), POLLIN, 0}};
        for (int const socket : sockets_) watched.push_back({socket, POLLIN, 0});
        ::poll(watched.data(), watched.size(), static_cast<int>(pause.count()));
        eventfd_t count = 0;
        ::eventfd_read(wake_.get(), &count);
    }

    char const* name_;
    db::Database& dns_;
    std::function<void()> look_;
    std::function<milliseconds()> work_;
    base::Fd wake_;
    std::vector<int> sockets_;
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};
} // namespace

class Keeper::Implementation final : public NotifyListener
{
public:
    explicit Implementation(KeeperOptions options)
        : options_(std::move(options)),
          dns_({options_.database, "dns", db::Mode::read_write}),
          zones_(make_sql_zone_store(dns_, make_signer(options_.keys))),
          keys_(options_.keys),
          desk_({dns_, *zones_, keys_, *this, options_.dns, base::system_clock()}),
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
              "maintenance", dns_, [this] { maintained_ = 0; }, [this] { return maintain(); }),
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
    /// Signatures, key rolls, TLSA; catalog zones.
    milliseconds maintain()
    {
        auto const now = base::system_clock().now();
        if (now >= maintained_) {
            keep_catalogs(dns_, *zones_);
            maintained_ = maintenance_.run();
        }
        return std::chrono::duration_cast<milliseconds>(
            base::Microseconds(std::max<base::Timestamp>(0, maintained_ - now)));
    }

    KeeperOptions options_;
    db::Database dns_;
    std::unique_ptr<ZoneStore> zones_;
    TsigKeys keys_;
    Desk desk_;
    Notifier notifier_;
    Refresher refresher_;
    Maintenance maintenance_;
    base::Timestamp maintained_ = 0; ///< when the next run is due
    Duty telling_, copying_, upkeep_;
    net::Server server_;
};

Keeper::Keeper(KeeperOptions options) : implementation_(std::make_unique<Implementation>(std::move(options))) {}
Keeper::~Keeper() = default;
void Keeper::listen(int socket) { implementation_->listen(socket); }
void Keeper::start() { implementation_->start(); }

} // namespace dnsd
