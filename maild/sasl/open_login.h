#pragma once
// The login of an open session, which may end from outside: the user was disabled or deleted, or has a new password.

#include "appliance/directory/login_watch.h"
#include "appliance/net/session.h"

#include <atomic>
#include <memory>
#include <string_view>

namespace maild::sasl
{

class OpenLogin
{
public:
    /// Wakes the session when its user must go. Throws base::StoreError.
    OpenLogin(directory::LoginWatch& watch, directory::UserId user, net::Wakeup wakeup);

    bool is_over() const { return state_->over; }
    /// What the client is told then.
    std::string_view why() const;

private:
    using End = directory::LoginWatch::End;
    /// Shared with the watch, which may call late.
    struct State {
        std::atomic<End> end{};
        std::atomic<bool> over = false; ///< set after `end`
    };

    std::shared_ptr<State> state_;
    directory::LoginWatch::Token token_;
};

} // namespace maild::sasl
