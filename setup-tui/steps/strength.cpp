#include "setup-tui/steps/strength.h"

#include "appliance/directory/password.h"

#include <set>

namespace setup
{

int strength(std::string_view password, std::string_view login)
{
    if (!directory::check_password(password, login, false)) return 0;
    bool lower = false, upper = false, digit = false, other = false;
    std::set<char> different;
    for (char const c : password) {
        different.insert(c);
        lower = lower || (c >= 'a' && c <= 'z');
        upper = upper || (c >= 'A' && c <= 'Z');
        digit = digit || (c >= '0' && c <= '9');
        other = other || !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'));
    }
    if (different.size() < 5) return 1; // aaaaaaaa, 12121212
    // Length counts more than strange characters: each further kind is worth two characters.
    auto const kinds = static_cast<std::size_t>(lower) + upper + digit + other;
    auto const worth = password.size() + 2 * (kinds - 1);
    constexpr std::size_t good = 12, very_good = 18;
    return worth >= very_good ? 3 : worth >= good ? 2 : 1;
}

} // namespace setup
