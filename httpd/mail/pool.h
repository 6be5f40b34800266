#pragma once
// The logged-in IMAP connections of one web session: a page takes one and gives it back, so that the next page is
// fast.

#include "appliance/net/stream.h"
#include "httpd/mail/mail_client.h"

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace httpd::mail
{

/// Safe from all threads.
class MailPool
{
public:
    using Connect = std::function<std::unique_ptr<MailClient>()>;

    explicit MailPool(Connect connect) : connect_(std::move(connect)) {}

    /// A connection for one request. Goes back into the pool when it ends well; thrown away when done() was not
    /// called, because nobody knows in which state an exception has left it.
    class Lease
    {
    public:
        Lease(MailPool& pool, std::unique_ptr<MailClient> client) : pool_(&pool), client_(std::move(client)) {}
        Lease(Lease&&) = default;
        Lease& operator=(Lease&&) = delete;
        ~Lease() = default;
        MailClient* operator->() { return client_.get(); }
        MailClient& operator*() { return *client_; }
        void done();

    private:
        MailPool* pool_;
        std::unique_ptr<MailClient> client_;
    };

    /// One that waits, or a new one. Throws as MailClient does.
    Lease take();
    /// Calls `work` with a connection. One from the pool may have died with the daemon: then once more with a new
    /// one, so `work` must be able to run again.
    template <class Work>
    auto use(Work&& work)
    {
        bool fresh = false;
        auto lease = take(fresh);
        if (!fresh) {
            try {
                return finish(lease, work);
            } catch (net::Disconnected const&) { // only a kept connection may be stale; what a new one says is real
                drop_idle();
            }
            auto again = take();
            return finish(again, work);
        }
        return finish(lease, work);
    }

    /// Closes those that nobody has used for a while.
    void close_idle(std::chrono::steady_clock::time_point now);
    void drop_idle();

private:
    struct Idle {
        std::unique_ptr<MailClient> client;
        std::chrono::steady_clock::time_point since;
    };

    Lease take(bool& fresh);
    void give_back(std::unique_ptr<MailClient> client);
    template <class Work>
    static auto finish(Lease& lease, Work& work)
    {
        if constexpr (std::is_void_v<decltype(work(*lease))>) {
            work(*lease);
            lease.done();
        } else {
            auto result = work(*lease);
            lease.done();
            return result;
        }
    }

    Connect connect_;
    std::mutex mutex_;
    std::vector<Idle> idle_;
};

} // namespace httpd::mail
