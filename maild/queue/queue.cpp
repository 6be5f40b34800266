#include "maild/queue/queue.h"

#include "appliance/base/file.h"
#include "appliance/base/log.h"
#include "appliance/directory/settings.h"
#include "maild/limits.h"
#include "maild/queue/local.h"
#include "maild/queue/quota_watch.h"
#include "maild/queue/remote_pool.h"
#include "maild/remote/mx.h"
#include "maild/remote/sts.h"

#include <atomic>
#include <condition_variable>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace maild::queue
{

namespace
{
constexpr std::chrono::milliseconds longest_pause{30000};
constexpr char const* spool_database = "spool/spool.db"; ///< where MTA-STS policies are kept too
constexpr unsigned refreshes_per_sweep = 600;            ///< of about a second

std::unique_ptr<remote::DestinationLookup> default_lookup(config::Config const& config, dns::Resolver& resolver)
{
    auto const smtp = config.listen.find("smtp");
    auto listening = smtp == config.listen.end() ? std::vector<net::Endpoint>() : smtp->second;
    auto const is_ours = [listening](net::Endpoint const& endpoint) {
        return remote::is_own_endpoint(endpoint, listening);
    };
    return remote::make_mx_lookup(resolver, is_ours, remote::make_sts_policies(resolver, spool_database));
}
} // namespace

/// Two threads besides the remote ones: the scheduler (routes, delivers here, hands out) and the upkeep.
class Queue::Implementation
{
public:
    Implementation(Context context, std::vector<service::Socket> pokes,
                   std::unique_ptr<remote::DestinationLookup> lookup)
        : context_(context),
          pokes_(std::move(pokes)),
          lookup_(std::move(lookup)),
          wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
          quotas_(context.directory, context.store, context.spool),
          local_(context_, quotas_),
          remote_(context_, *lookup_, [this] { wake(); })
    {
    }

    ~Implementation()
    {
        {
            std::lock_guard const lock(upkeep_mutex_);
            stopping_ = true;
        }
        upkeep_waits_.notify_all();
        wake();
        if (scheduler_.joinable()) scheduler_.join();
        if (upkeep_.joinable()) upkeep_.join();
    }

    void start()
    {
        scheduler_ = std::thread([this] { schedule(); });
        upkeep_ = std::thread([this] { keep_up(); });
    }

private:
    void schedule()
    {
        auto pause = limits::queue_look;
        while (!stopping_) {
            if (round())
                pause = limits::queue_look;
            else
                pause = std::min(pause * 2, longest_pause);
            wait(pause);
        }
    }

    /// The top of the scheduler's stack. False: a store is broken; everything stays in the spool, look again later.
    bool round()
    {
        try {
            while (!stopping_ && local_.run() > 0) {
            }
            if (!context_.directory.is_offline()) remote_.hand_out();
            return true;
        } catch (std::exception const& error) {
            base::log(base::Level::error, "", "queue-failed", {{"why", error.what()}});
            return false;
        }
    }

    /// Until a poke, a finished remote job, or the time has passed.
    void wait(std::chrono::milliseconds longest)
    {
        std::vector<pollfd> watched = {{wake_.get(), POLLIN, 0}};
        for (auto const& poke : pokes_) watched.push_back({poke.fd, POLLIN, 0});
        if (::poll(watched.data(), watched.size(), static_cast<int>(longest.count())) <= 0) return;
        std::uint64_t ignored = 0;
        [[maybe_unused]] auto const got = ::read(wake_.get(), &ignored, sizeof ignored);
        char byte = 0;
        for (auto const& poke : pokes_)
            while (::recv(poke.fd, &byte, 1, MSG_DONTWAIT) >= 0) {
            }
    }

    void wake()
    {
        std::uint64_t const one = 1;
        [[maybe_unused]] auto const written = ::write(wake_.get(), &one, sizeof one);
    }

    void keep_up()
    {
        for (unsigned count = 0; !stopping_; ++count) {
            try {
                quotas_.refresh();
                remove_unwanted_mail();
                index_old_mail();
                if (count % refreshes_per_sweep == refreshes_per_sweep - 1) {
                    context_.spool.sweep();
                    context_.store.sweep();
                    forget_old_traces();
                }
            } catch (std::exception const& error) { // the top of this thread
                base::log(base::Level::error, "", "upkeep-failed", {{"why", error.what()}});
            }
            std::unique_lock lock(upkeep_mutex_);
            upkeep_waits_.wait_for(lock, limits::queue_look, [this] { return stopping_.load(); });
        }
    }

    /// A tenth of the time at most: mail that comes and people who read go first.
    void index_old_mail()
    {
        auto const until = std::chrono::steady_clock::now() + limits::queue_look / 10;
        while (!stopping_ && std::chrono::steady_clock::now() < until && context_.store.index_step()) {
        }
    }

    /// Of people who were deleted together with their mail.
    void remove_unwanted_mail()
    {
        auto const newest = context_.directory.newest_unwanted_mail();
        if (newest == newest_unwanted_) return;
        for (auto const account : context_.store.accounts()) {
            if (!context_.directory.is_mail_unwanted(account)) continue;
            context_.store.remove_account(account);
            base::log(base::Level::info, "", "mail-removed", {{"account", std::to_string(account)}});
        }
        newest_unwanted_ = newest;
    }

    void forget_old_traces()
    {
        auto const kept = directory::Settings(context_.directory, context_.clock).duration("trace.keep");
        auto const before = context_.clock.now() - kept.count();
        context_.spool.forget_trace(before);
        context_.store.forget_readings(before);
    }

    Context context_;
    std::vector<service::Socket> pokes_;
    std::unique_ptr<remote::DestinationLookup> lookup_;
    base::Fd wake_;
    QuotaWatch quotas_;
    LocalDelivery local_;
    std::string newest_unwanted_; ///< used by the upkeep only
    std::atomic<bool> stopping_ = false;
    std::mutex upkeep_mutex_;
    std::condition_variable upkeep_waits_;
    RemotePool remote_; ///< its threads use everything above
    std::thread scheduler_;
    std::thread upkeep_;
};

Queue::Queue(Context context, std::vector<service::Socket> pokes, dns::Resolver& resolver)
    : Queue(context, std::move(pokes), default_lookup(context.config, resolver))
{
}

Queue::Queue(Context context, std::vector<service::Socket> pokes, std::unique_ptr<remote::DestinationLookup> lookup)
    : implementation_(std::make_unique<Implementation>(context, std::move(pokes), std::move(lookup)))
{
}

Queue::~Queue() = default;
void Queue::start() { implementation_->start(); }

} // namespace maild::queue
