#include "maild/sasl/open_login.h"

namespace maild::sasl
{

OpenLogin::OpenLogin(directory::LoginWatch& watch, directory::UserId user, net::Wakeup wakeup)
    : state_(std::make_shared<State>()),
      token_(watch.watch(user, [state = state_, wakeup = std::move(wakeup)](End end) {
          state->end = end;
          state->over = true;
          wakeup.notify();
      }))
{
}

std::string_view OpenLogin::why() const
{
    switch (state_->end) {
    case End::disabled: return "Your account was switched off; ask your administrator";
    case End::deleted: return "Your account was removed; ask your administrator";
    case End::other_password: break;
    }
    return "Your password was changed; log in again with the new one";
}

} // namespace maild::sasl
