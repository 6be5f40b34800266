#pragma once
// Ends the sessions of people who may not be logged in any more: one thread looks at the school database's change
// counter, no session asks for itself.

#include "appliance/directory/directory.h"

#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <thread>

namespace directory
{

/// All functions may be called from any thread.
class LoginWatch
{
public:
    /// What became of a user who has logged in.
    enum class End { disabled, deleted, other_password };
    using Told = std::function<void(End)>;
    using Token = std::shared_ptr<void>;

    explicit LoginWatch(db::Database& school);
    ~LoginWatch();
    LoginWatch(LoginWatch const&) = delete;
    LoginWatch& operator=(LoginWatch const&) = delete;

    /// Calls `told` once, within a second after the user was disabled or deleted, or has another password than now;
    /// at once where he is gone already. It must be quick, may come from any thread, and once more while the token
    /// goes. The token may outlive this. Throws base::StoreError.
    [[nodiscard]] Token watch(UserId user, Told told);

private:
    struct Watched {
        UserId user;
        std::string password; ///< its hash
        Told told;
    };
    /// Shared with the tokens.
    struct Registry {
        std::mutex mutex;
        std::list<Watched> watched;
    };

    void loop();
    void look();

    db::Database& school_;
    std::shared_ptr<Registry> const registry_ = std::make_shared<Registry>();
    std::int64_t seen_; ///< of the change counter
    std::mutex mutex_;
    std::condition_variable stop_;
    bool stopping_ = false;
    std::thread thread_;
};

} // namespace directory
