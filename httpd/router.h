#pragma once
// https: which page answers which request. The one table of all pages is in router.cpp; what holds for all of them
// (who is logged in, CSRF, faults of the mail daemons, protecting headers) happens here, so that no page can forget
// it.

#include "httpd/exchange.h"
#include "httpd/site.h"

#include <span>
#include <string_view>

namespace httpd
{

enum class Access {
    anybody,
    user,            ///< others are sent to the login page and come back
    administrator,   ///< the role admin
    class_teacher,   ///< also who looks after the class ":class", or the class of the pupil ":login"
    user_keeps_form, ///< the same, and what they had written comes back with them
};

struct Route {
    std::string_view method;  ///< GET (HEAD too) or POST
    std::string_view pattern; ///< "/mail/:folder/:uid"; a word with a colon takes one segment
    Access access = Access::user;
    Response (*handler)(Exchange&) = nullptr;
};

/// All pages.
std::span<Route const> routes();

class Router
{
public:
    Router(Services services, std::string site_folder) : services_(std::move(services)), site_(std::move(site_folder))
    {
    }

    /// Never throws for what a browser or another daemon did.
    Response handle(Request& request);

private:
    Response page(Request& request);
    Response route(Exchange& exchange, std::vector<std::string> const& segments);
    Response call(Exchange& exchange, Route const& route);
    Response guarded(Exchange& exchange, Route const& route);
    Response ask_to_log_in(Exchange& exchange, Route const& route);

    Services services_;
    Site site_;
};

} // namespace httpd
