#include "dnsd/keep/keeper.h"

#include "appliance/base/log.h"
#include "appliance/db/database.h"
#include "appliance/net/server.h"
#include "dnsd/keep/desk.h"
#include "dnsd/keep/keeper_session.h"
#include "dnsd/keep/notifier.h"
#include "dnsd/zone/zone_store.h"

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
} // namespace

class Keeper::Implementation final : public NotifyListener
{
public:
    explicit Implementation(KeeperOptions options)
        : options_(std::move(options)),
          dns_({options_.database, "dns", db::Mode::read_write}),
          zones_(make_sql_zone_store(dns_)),
          keys_(options_.keys),
          desk_({dns_, *zones_, keys_, *this, options_.dns, base::system_clock()}),
          notifier_(dns_, keys_, options_.dns, base::system_clock()),
          wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
          server_(workers, limits)
    {
    }
    Implementation(Implementation const&) = delete;
    Implementation& operator=(Implementation const&) = delete;
    ~Implementation() override
    {
        server_.stop();
        stopping_ = true;
        ::eventfd_write(wake_.get(), 1);
        if (telling_.joinable()) telling_.join();
    }

    void listen(int socket)
    {
        server_.add({"dns-keeper-local", socket, nullptr, "", [this](net::Stream stream, net::Wakeup) {
                         return std::make_unique<KeeperSession>(std::move(stream), desk_);
                     }});
    }

    void start()
    {
        telling_ = std::thread([this] { tell(); });
        server_.start();
    }

    void zone_may_have_changed(std::string const&) override {}

private:
    /// The thread that sends NOTIFY.
    void tell()
    {
        std::optional<std::int64_t> version;
        std::string trouble;
        while (!stopping_) {
            try {
                auto const now = dns_.data_version();
                if (now != version) notifier_.look();
                version = now;
                notifier_.work(steady_clock::now());
                trouble.clear();
            } catch (base::StoreError const& error) { // the top of this thread's work
                version.reset();
                if (std::exchange(trouble, error.what()) != error.what())
                    base::log(base::Level::error, "", "database-unusable", {{"why", error.what()}});
            }
            std::vector<pollfd> watched = {{wake_.get(), POLLIN, 0}};
            for (int const socket : notifier_.sockets()) watched.push_back({socket, POLLIN, 0});
            auto const pause = std::min(look_interval, notifier_.pause(steady_clock::now()));
            ::poll(watched.data(), watched.size(), static_cast<int>(pause.count()));
        }
    }

    KeeperOptions options_;
    db::Database dns_;
    std::unique_ptr<ZoneStore> zones_;
    TsigKeys keys_;
    Desk desk_;
    Notifier notifier_;
    base::Fd wake_;
    std::atomic<bool> stopping_{false};
    std::thread telling_;
    net::Server server_;
};

Keeper::Keeper(KeeperOptions options) : implementation_(std::make_unique<Implementation>(std::move(options))) {}
Keeper::~Keeper() = default;
void Keeper::listen(int socket) { implementation_->listen(socket); }
void Keeper::start() { implementation_->start(); }

} // namespace dnsd
