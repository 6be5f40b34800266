#pragma once
// The answering process's way to the keeper: NOTIFY, UPDATE, transfers and everything with TSIG go there as they
// came, over run/keeper.sock (proxy_header.h, then messages behind two octets of length).

#include "appliance/base/file.h"
#include "dnsd/serve/client_shares.h"
#include "dnsd/serve/elsewhere.h"

#include <atomic>
#include <chrono>
#include <list>
#include <mutex>
#include <thread>

namespace dnsd
{

class KeeperLink final : public Elsewhere
{
public:
    explicit KeeperLink(std::string path);
    ~KeeperLink() override;
    KeeperLink(KeeperLink const&) = delete;
    KeeperLink& operator=(KeeperLink const&) = delete;

    /// After confine(): from now on submit() works.
    void start();

    /// One message in, one reply out; SERVFAIL when the keeper is gone or takes too long.
    bool submit(std::string message, Client const& client, std::function<void(std::string reply)> done) override;

private:
    struct Call;
    void loop();
    void wait();
    void take_new();
    /// False: the call is over.
    bool advance(Call& call);
    bool receive(Call& call);
    void finish(Call& call, std::string reply);

    std::string path_;
    base::Fd wake_;
    std::mutex mutex_;
    std::list<Call> new_;
    bool stopping_ = false;
    std::atomic<std::size_t> open_{0};
    ClientShares shares_;
    std::list<Call> calls_; ///< the thread's own
    std::thread thread_;
};

} // namespace dnsd
