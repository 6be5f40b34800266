#pragma once
// How hard a password is to guess, for the eyes of the person who types it. The rule itself: directory/password.h.

#include <string_view>

namespace setup
{

/// 0 too easy, 1 just enough, 2 good, 3 very good. By length and kinds of characters; `login`: of its owner.
int strength(std::string_view password, std::string_view login);

} // namespace setup
