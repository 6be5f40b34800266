#pragma once
// One request on its way through a page: who asks, in which language, with which means to answer. Handlers get it
// from the router; it holds no state of its own.

#include "appliance/base/clock.h"
#include "appliance/config/config.h"
#include "appliance/directory/administration.h"
#include "appliance/directory/contacts.h"
#include "appliance/directory/directory.h"
#include "appliance/directory/filters.h"
#include "appliance/directory/personal.h"
#include "appliance/i18n/catalog.h"
#include "httpd/request.h"
#include "httpd/response.h"
#include "httpd/school.h"
#include "httpd/session.h"
#include "httpd/template.h"

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace httpd
{

/// What all pages stand on. All of it outlives the server.
struct Services {
    config::Config const& config;
    directory::Directory& directory;
    directory::Personal& personal;
    directory::Filters& filters;
    directory::Administration& administration;
    directory::Contacts& contacts;
    School& school;
    Sessions& sessions;
    Templates const& templates;
    base::Clock const& clock;
    std::string submission_socket = "run/submission.sock";
};

Visitor visitor_of(Request const& request);

struct Exchange {
    Services& services;
    Request& request;
    i18n::Catalog const& catalog;
    SessionPtr session;                                         ///< null: nobody is logged in
    std::map<std::string, std::string, std::less<>> parameters; ///< of the route's pattern, decoded

    std::string const& parameter(std::string_view name) const;
    std::string text(std::string_view id) const { return catalog.text(id); }
    /// With {1}, {2} ... filled in.
    std::string text(std::string_view id, std::vector<std::string> const& arguments) const;
    /// With {1} as the number.
    std::string count(std::string_view one, std::string_view many, std::size_t number) const;
    /// Must be in every form that this browser posts. Another one at each call, all of them good (csrf.h).
    std::string csrf() const;
    /// What they stand for; empty: this browser has none.
    std::string csrf_secret() const;
    /// What the reader has chosen, "" for what is not; also when nobody is logged in.
    std::string choice(std::string_view key) const;
    /// East of UTC, where the reader is.
    int zone_minutes(base::Timestamp when) const;
    /// When a day begins there.
    base::Timestamp day_start(std::chrono::year_month_day day) const;
    /// For a list: the time of today, else the day.
    std::string short_time(base::Timestamp when) const;
    std::string long_time(base::Timestamp when) const;
    std::string long_day(base::Timestamp when) const;

    /// Calls `work(MailClient&)`; it may be called a second time when a kept connection turns out to be dead.
    template <class Work>
    auto use_mail(Work&& work)
    {
        return session->mail.use(std::forward<Work>(work));
    }
};

/// The values that the frame of every page needs; pages add theirs.
Data page_data(Exchange const& exchange, std::string const& title);
Response render(Exchange const& exchange, std::string_view name, Data const& data, int status = 200);
/// A friendly page for what went wrong; `retry` reloads by itself after some seconds.
enum class Retry { no, yes };
Response error_page(Exchange const& exchange, int status, std::string const& title, std::string const& text,
                    Retry retry = Retry::no);
Response not_found_page(Exchange const& exchange);

/// Cookie of somebody who is not logged in yet: its secret is what the login form's token comes from.
inline constexpr std::string_view visit_cookie = "__Host-kotakpos-visit";
inline constexpr std::string_view language_cookie = "__Host-kotakpos-lang";
/// "light" or "dark": what this browser shows, on the login page too; without it the device decides.
inline constexpr std::string_view look_cookie = "__Host-kotakpos-look";
/// So that the login page looks like the person's own pages: look and language as chosen, into those cookies.
void keep_choices(Response& response, directory::Preferences const& preferences);

/// A path of this host and nothing else ("/mail/INBOX?page=2"); "/" for everything suspicious.
std::string local_path(std::string_view path);

} // namespace httpd
