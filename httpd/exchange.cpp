#include "httpd/exchange.h"

#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "httpd/browser_name.h"
#include "httpd/csrf.h"
#include "httpd/frame.h"
#include "httpd/site.h"

#include <ctime>

namespace httpd
{

namespace
{
/// The pieces of "Sab, 21 Nov 2026 05.25".
struct TimePieces {
    std::string weekday, day, month, year, time;
};

TimePieces pieces_of(Exchange const& exchange, base::Timestamp when)
{
    TimePieces pieces;
    std::string* const places[] = {&pieces.weekday, &pieces.day, &pieces.month, &pieces.year, &pieces.time};
    std::string const text = exchange.long_time(when);
    auto const parts = base::split(text, ' ');
    for (std::size_t i = 0; i < parts.size() && i < std::size(places); ++i) *places[i] = parts[i];
    return pieces;
}

std::tm local_day(Exchange const& exchange, base::Timestamp when)
{
    auto const seconds = static_cast<std::time_t>(when / 1000000 + exchange.zone_minutes(when) * 60);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    return parts;
}

/// Where the school is.
int box_minutes(base::Timestamp when)
{
    auto const seconds = static_cast<std::time_t>(when / 1000000);
    std::tm parts{};
    ::localtime_r(&seconds, &parts);
    return static_cast<int>(parts.tm_gmtoff / 60);
}
} // namespace

std::string const& Exchange::parameter(std::string_view name) const
{
    static std::string const none;
    auto const found = parameters.find(name);
    return found == parameters.end() ? none : found->second;
}

std::string Exchange::text(std::string_view id, std::vector<std::string> const& arguments) const
{
    return base::format(catalog.text(id), arguments);
}

std::string Exchange::count(std::string_view one, std::string_view many, std::size_t number) const
{
    return base::format(catalog.plural(one, many, number), {std::to_string(number)});
}

std::string Exchange::csrf() const { return masked_csrf(csrf_secret()); }

std::string Exchange::csrf_secret() const
{
    if (session) return session->csrf;
    auto const visit = request.cookie(visit_cookie);
    return visit.empty() ? "" : base::hex(base::hmac_sha256(visit, "csrf")).substr(0, 32);
}

std::string Exchange::choice(std::string_view key) const
{
    return session ? std::string(session->choices()->value(key)) : std::string();
}

int Exchange::zone_minutes(base::Timestamp when) const
{
    auto const choices = session ? session->choices() : nullptr;
    return choices && choices->zone ? choices->zone->minutes(when) : box_minutes(when);
}

base::Timestamp Exchange::day_start(std::chrono::year_month_day day) const
{
    return i18n::day_start(day, [this](std::int64_t when) { return zone_minutes(when); });
}

std::string Exchange::long_time(base::Timestamp when) const
{
    return i18n::show_time(catalog, when, zone_minutes(when));
}

std::string Exchange::long_day(base::Timestamp when) const
{
    auto const whole = long_time(when);
    return whole.substr(0, whole.rfind(' '));
}

std::string Exchange::short_time(base::Timestamp when) const
{
    auto const then = pieces_of(*this, when);
    auto const day = local_day(*this, when);
    auto const today = local_day(*this, services.clock.now());
    if (day.tm_year != today.tm_year) return then.day + " " + then.month + " " + then.year;
    return day.tm_yday == today.tm_yday ? then.time : then.day + " " + then.month;
}

Data page_data(Exchange const& exchange, std::string const& title)
{
    auto const school = exchange.services.school.facts();
    Data data;
    data["title"] = Data(title);
    data["school"] = Data(school.name);
    data["domain"] = Data(school.domain);
    data["static"] = Data("/static/" + static_version());
    data["lab"] = Data(exchange.services.config.lab);
    data["csrf"] = Data(exchange.csrf());
    data["here"] = Data(percent_encoded(exchange.request.target));
    data["language"] = Data(exchange.catalog.language());
    data["is_indonesian"] = Data(exchange.catalog.language() == "id");
    auto const look = exchange.session ? exchange.choice(directory::preference::look)
                                       : std::string(exchange.request.cookie(look_cookie));
    if (look == "light" || look == "dark") data["look"] = Data(look);
    data["is_user"] = Data(exchange.session != nullptr);
    if (exchange.session) {
        auto const& user = exchange.session->user;
        data["user_login"] = Data(user.login);
        data["user_name"] = Data(user.name.empty() ? user.login : user.name);
        data["user_initials"] = Data(initials(user.name.empty() ? user.login : user.name));
        data["user_class"] = Data(user.class_name);
    }
    return data;
}

Response render(Exchange const& exchange, std::string_view name, Data const& data, int status)
{
    Response response;
    response.status = status;
    response.body = exchange.services.templates.render(name, exchange.catalog, data);
    response.set("Content-Language", exchange.catalog.language());
    return response;
}

Response error_page(Exchange const& exchange, int status, std::string const& title, std::string const& text,
                    Retry retry)
{
    auto data = page_data(exchange, title);
    data["text"] = Data(text);
    data["status"] = Data(std::to_string(status));
    data["retry"] = Data(retry == Retry::yes);
    bool const can_repeat = !exchange.request.is_post();
    data["again"] = Data(can_repeat ? local_path(exchange.request.target) : "/");
    auto response = render(exchange, "error", data, status);
    if (retry == Retry::yes) {
        response.set("Retry-After", "3");
        if (can_repeat) response.set("Refresh", "3");
    }
    return response;
}

Response not_found_page(Exchange const& exchange)
{
    return error_page(exchange, 404, exchange.text("This page does not exist"),
                      exchange.text("Perhaps the message was moved or deleted, or the address was mistyped."));
}

std::string local_path(std::string_view path)
{
    bool const local = path.starts_with('/') && !path.starts_with("//") && !path.starts_with("/\\");
    for (char const c : path)
        if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == '\\') return "/";
    return local ? std::string(path) : "/";
}

Visitor visitor_of(Request const& request) { return {request.peer, browser_name(request.header("User-Agent"))}; }

void keep_choices(Response& response, directory::Preferences const& preferences)
{
    constexpr long year = 365 * 24 * 3600;
    auto const look = directory::value(preferences, directory::preference::look);
    response.set_cookie(look_cookie, look, look.empty() ? 0 : year);
    auto const language = directory::value(preferences, directory::preference::language);
    if (!language.empty()) response.set_cookie(language_cookie, language, year);
}

} // namespace httpd
