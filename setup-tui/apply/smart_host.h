#pragma once
// The smart host of the answers as the queue's default route. Other routes are not touched.

#include "appliance/base/result.h"
#include "setup-tui/steps/step.h"

#include <string>

namespace setup
{

/// Where the school database remembers the answers.
inline constexpr char const* smart_host_setting = "mail.smarthost";
inline constexpr char const* smart_host_user_setting = "mail.smarthost.user";

/// Sets or takes away the route `default` in the state folder's mail-secrets/routes. `before`: the smart host that
/// setup had set (empty: none); only that one is taken away, never a route of the administrator's. Without a password
/// the one that is there for the same user stays.
base::Result<void> apply_smart_host(std::string const& state, Draft const& draft, std::string const& before);

} // namespace setup
