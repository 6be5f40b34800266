#include "httpd/browser_name.h"

#include <utility>

namespace httpd
{

namespace
{
using Sign = std::pair<std::string_view, std::string_view>;

// Edge and Opera say that they are Chrome, too, and Chrome that it is Safari.
constexpr Sign browsers[] = {
    {"Edg", "Edge"},
    {"OPR/", "Opera"},
    {"SamsungBrowser/", "Samsung Internet"},
    {"UCBrowser/", "UC Browser"},
    {"Firefox/", "Firefox"},
    {"FxiOS/", "Firefox"},
    {"CriOS/", "Chrome"},
    {"Chromium/", "Chromium"},
    {"Chrome/", "Chrome"},
    {"Safari/", "Safari"},
    {"Lynx/", "Lynx"},
    {"w3m/", "w3m"},
    {"curl/", "curl"},
};
// Android says that it is Linux, too.
constexpr Sign systems[] = {
    {"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"},   {"Windows", "Windows"},
    {"CrOS", "ChromeOS"},   {"Mac OS X", "Mac"},  {"Linux", "Linux"},
};

template <std::size_t Count>
std::string_view first_of(Sign const (&signs)[Count], std::string_view text)
{
    for (auto const& [sign, name] : signs)
        if (text.find(sign) != std::string_view::npos) return name;
    return {};
}
} // namespace

std::string browser_name(std::string_view user_agent)
{
    std::string const browser(first_of(browsers, user_agent));
    std::string const system(first_of(systems, user_agent));
    if (browser.empty() || system.empty()) return browser + system;
    return browser + " (" + system + ")";
}

} // namespace httpd
