#include "httpd/router.h"

#include "appliance/base/error.h"
#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/net/stream.h"
#include "httpd/admin/pages.h"
#include "httpd/admin/view.h"
#include "httpd/csrf.h"
#include "httpd/mail_program.h"
#include "httpd/redirect.h"
#include "httpd/webmail/pages.h"
#include "httpd/well_known.h"

#include <algorithm>

namespace httpd
{

namespace
{
constexpr Route table[] = {
    {"GET", "/", Access::user, webmail::home},
    {"GET", "/login", Access::anybody, webmail::show_login},
    {"POST", "/login", Access::anybody, webmail::log_in},
    {"POST", "/logout", Access::user, webmail::log_out},
    {"GET", "/language/:language", Access::anybody, webmail::set_language},
    {"GET", "/help", Access::anybody, webmail::show_help},
    {"GET", "/mobileconfig", Access::anybody, mobileconfig},

    {"GET", "/mail/:folder", Access::user, webmail::show_list},
    {"POST", "/mail/:folder", Access::user, webmail::change_list},
    {"GET", "/mail/:folder/news", Access::user, webmail::show_news},
    {"GET", "/search", Access::user, webmail::show_list},
    {"POST", "/search", Access::user, webmail::change_list},
    {"GET", "/folders", Access::user, webmail::show_folders},
    {"POST", "/folders", Access::user, webmail::change_folders},
    {"GET", "/mail/:folder/:uid", Access::user, webmail::show_message},
    {"POST", "/mail/:folder/:uid", Access::user, webmail::change_message},
    {"GET", "/mail/:folder/:uid/html/:section", Access::user, webmail::show_html},
    {"GET", "/mail/:folder/:uid/part/:section", Access::user, webmail::download_part},
    {"GET", "/mail/:folder/:uid/picture/:section", Access::user, webmail::show_picture},
    {"GET", "/mail/:folder/:uid/pdf/:section", Access::user, webmail::show_pdf},
    {"GET", "/mail/:folder/:uid/preview/:section", Access::user, webmail::show_preview},
    {"GET", "/mail/:folder/:uid/zip", Access::user, webmail::download_all},
    {"GET", "/mail/:folder/:uid/print", Access::user, webmail::show_print},
    {"GET", "/mail/:folder/:uid/path", Access::user, webmail::show_path},
    {"GET", "/keys", Access::user, webmail::show_keys},
    {"GET", "/mail/:folder/:uid/headers", Access::user, webmail::show_headers},
    {"GET", "/mail/:folder/:uid/source", Access::user, webmail::download_source},

    {"GET", "/compose", Access::user, webmail::show_compose},
    {"GET", "/mail/:folder/:uid/reply", Access::user, webmail::show_reply},
    {"GET", "/mail/:folder/:uid/reply-all", Access::user, webmail::show_reply_all},
    {"GET", "/mail/:folder/:uid/forward", Access::user, webmail::show_forward},
    {"POST", "/compose", Access::user_keeps_form, webmail::post_compose},
    {"GET", "/mail/:folder/:uid/reply-list", Access::user, webmail::show_reply_list},
    {"GET", "/mail/:folder/:uid/forward-whole", Access::user, webmail::show_forward_whole},
    {"GET", "/mail/:folder/:uid/edit", Access::user, webmail::edit_draft},
    {"GET", "/mail/:folder/:uid/receipt", Access::user, webmail::show_receipt},
    {"POST", "/mail/:folder/:uid/receipt", Access::user, webmail::send_receipt},
    {"GET", "/contacts", Access::user, webmail::show_contacts},
    {"POST", "/contacts", Access::user, webmail::change_contacts},
    {"GET", "/contacts/new", Access::user, webmail::show_new_contact},
    {"GET", "/contacts/import", Access::user, webmail::show_import_contacts},
    {"POST", "/contacts/import", Access::user, webmail::import_contacts},
    {"GET", "/contacts/export/:format", Access::user, webmail::export_contacts},
    {"GET", "/contacts/:id", Access::user, webmail::show_contact},
    {"POST", "/contacts/:id", Access::user, webmail::change_contact},
    {"GET", "/texts", Access::user, webmail::show_texts},
    {"POST", "/texts", Access::user, webmail::change_texts},
    {"GET", "/complete", Access::user, webmail::complete},
    {"POST", "/undo", Access::user, webmail::undo_send},
    {"GET", "/later", Access::user, webmail::show_later},
    {"POST", "/later", Access::user, webmail::change_later},

    {"GET", "/settings", Access::user, webmail::show_settings},
    {"GET", "/settings/display", Access::user, webmail::show_display},
    {"POST", "/settings/display", Access::user, webmail::change_display},
    {"GET", "/settings/password", Access::user, webmail::show_password},
    {"POST", "/settings/password", Access::user, webmail::change_password},
    {"GET", "/settings/devices", Access::user, webmail::show_devices},
    {"POST", "/settings/devices", Access::user, webmail::change_devices},
    {"GET", "/settings/sessions", Access::user, webmail::show_sessions},
    {"POST", "/settings/sessions", Access::user, webmail::change_sessions},
    {"GET", "/settings/identities", Access::user, webmail::show_identities},
    {"GET", "/settings/identities/:number", Access::user, webmail::show_identity},
    {"POST", "/settings/identities/:number", Access::user, webmail::change_identity},
    {"GET", "/settings/filters", Access::user, webmail::show_filters},
    {"POST", "/settings/filters", Access::user, webmail::change_filters},
    {"GET", "/settings/filters/:filter", Access::user, webmail::show_filter},
    {"POST", "/settings/filters/:filter", Access::user, webmail::change_filter},
    {"GET", "/settings/vacation", Access::user, webmail::show_vacation},
    {"POST", "/settings/vacation", Access::user, webmail::change_vacation},

    {"GET", "/admin", Access::class_teacher, admin::show_overview},
    {"GET", "/admin/people", Access::administrator, admin::show_people},
    {"GET", "/admin/new-person", Access::administrator, admin::show_new_person},
    {"POST", "/admin/new-person", Access::administrator, admin::add_person},
    {"GET", "/admin/import", Access::administrator, admin::show_import},
    {"POST", "/admin/import", Access::administrator, admin::import_people},
    {"GET", "/admin/people/:login", Access::administrator, admin::show_person},
    {"POST", "/admin/people/:login", Access::administrator, admin::change_person},
    {"GET", "/admin/people/:login/password", Access::class_teacher, admin::ask_password},
    {"POST", "/admin/people/:login/password", Access::class_teacher, admin::reset_password},
    {"GET", "/admin/people/:login/delete", Access::administrator, admin::ask_delete_person},
    {"POST", "/admin/people/:login/delete", Access::administrator, admin::delete_person},
    {"GET", "/admin/classes", Access::administrator, admin::show_classes},
    {"POST", "/admin/classes", Access::administrator, admin::add_class},
    {"GET", "/admin/classes/:class", Access::class_teacher, admin::show_class},
    {"POST", "/admin/classes/:class/writers", Access::class_teacher, admin::change_class_writers},
    {"POST", "/admin/classes/:class/teachers", Access::administrator, admin::change_class_teachers},
    {"POST", "/admin/classes/:class/members", Access::administrator, admin::change_class_members},
    {"GET", "/admin/classes/:class/passwords", Access::class_teacher, admin::ask_class_passwords},
    {"POST", "/admin/classes/:class/passwords", Access::class_teacher, admin::reset_class_passwords},
    {"GET", "/admin/classes/:class/delete", Access::administrator, admin::ask_delete_class},
    {"POST", "/admin/classes/:class/delete", Access::administrator, admin::delete_class},
    {"GET", "/admin/school-year", Access::administrator, admin::show_school_year},
    {"POST", "/admin/school-year", Access::administrator, admin::begin_school_year},
    {"GET", "/admin/aliases", Access::administrator, admin::show_aliases},
    {"POST", "/admin/aliases", Access::administrator, admin::add_alias},
    {"GET", "/admin/aliases/:alias/delete", Access::administrator, admin::ask_delete_alias},
    {"POST", "/admin/aliases/:alias/delete", Access::administrator, admin::delete_alias},
    {"GET", "/admin/lists", Access::administrator, admin::show_lists},
    {"GET", "/admin/lists/:list", Access::administrator, admin::show_list_rule},
    {"POST", "/admin/lists/:list", Access::administrator, admin::change_list_rule},
    {"GET", "/admin/names", Access::administrator, admin::show_zones},
    {"POST", "/admin/names", Access::administrator, admin::add_zone},
    {"GET", "/admin/names/:zone", Access::administrator, admin::show_zone},
    {"POST", "/admin/names/:zone", Access::administrator, admin::add_record},
    {"GET", "/admin/names/:zone/record", Access::administrator, admin::show_record},
    {"POST", "/admin/names/:zone/record", Access::administrator, admin::change_record},
    {"GET", "/admin/names/:zone/delete", Access::administrator, admin::ask_delete_zone},
    {"POST", "/admin/names/:zone/delete", Access::administrator, admin::delete_zone},
    {"POST", "/admin/names/:zone/sign", Access::administrator, admin::sign_zone},
    {"GET", "/admin/queue", Access::administrator, admin::show_queue},
    {"POST", "/admin/queue", Access::administrator, admin::change_queue},
    {"GET", "/admin/queue/:id", Access::administrator, admin::show_queued},
    {"GET", "/admin/trace", Access::administrator, admin::show_trace},
    {"GET", "/admin/site", Access::administrator, admin::show_site},
    {"POST", "/admin/site", Access::administrator, admin::change_site},
    {"GET", "/admin/services", Access::administrator, admin::show_services},
    {"POST", "/admin/services", Access::administrator, admin::restart_service},
    {"GET", "/admin/settings", Access::administrator, admin::show_settings},
    {"GET", "/admin/settings/:key", Access::administrator, admin::show_setting},
    {"POST", "/admin/settings/:key", Access::administrator, admin::change_setting},
    {"GET", "/admin/statistics", Access::administrator, admin::show_statistics},
    {"GET", "/admin/audit", Access::administrator, admin::show_audit},
};

std::optional<std::map<std::string, std::string, std::less<>>> match(std::string_view pattern,
                                                                     std::vector<std::string> const& segments)
{
    auto const words = base::split(pattern.substr(1), '/');
    if (words.size() != segments.size()) return std::nullopt;
    std::map<std::string, std::string, std::less<>> parameters;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i].starts_with(':')) {
            if (segments[i].empty()) return std::nullopt;
            parameters.emplace(words[i].substr(1), segments[i]);
        } else if (words[i] != segments[i]) {
            return std::nullopt;
        }
    }
    return parameters;
}

/// The reader's language, else this browser's, else the school's.
i18n::Catalog const& catalog_for(Request const& request, config::Config const& config, Session const* session)
{
    auto const own = session ? session->choices() : nullptr;
    auto const own_language = own ? own->value(directory::preference::language) : std::string_view();
    auto const chosen = own_language.empty() ? request.cookie(language_cookie) : own_language;
    return i18n::catalog(chosen == "id" || chosen == "en" ? chosen : std::string_view(config.language));
}

/// Browsers say where a post comes from; one that comes from another site is refused before its token is looked at.
bool is_from_here(Request const& request)
{
    auto const site = request.header("Sec-Fetch-Site");
    if (!site.empty() && site != "same-origin" && site != "none") return false;
    auto const origin = request.header("Origin");
    if (origin.empty()) return true;
    return base::equal_ignoring_case(origin, "https://" + std::string(request.header("Host")));
}

bool has_csrf_token(Exchange const& exchange)
{
    return is_csrf(exchange.request.form.value("csrf"), exchange.csrf_secret());
}

/// The domain without "www.": people mean the school's page.
Response to_school_page(Request const& request, std::string const& domain)
{
    auto const port = request.host.port == 0 ? "" : ":" + std::to_string(request.host.port);
    Response response;
    response.status = 302;
    response.type.clear();
    return response.set("Location", "https://www." + domain + port + request.target).set("Cache-Control", "no-cache");
}

/// Asked for every request anew: who is no administrator any more is out at once.
bool may_enter(Exchange const& exchange, Route const& route)
{
    if (route.access == Access::administrator) return admin::may_enter(exchange, admin::Door::administrators);
    if (route.access == Access::class_teacher) return admin::may_enter(exchange, admin::Door::class_teachers);
    return true;
}

Response trouble(Exchange const& exchange)
{
    return error_page(exchange, 503, exchange.text("The mail service is just starting again"),
                      exchange.text("Nothing is lost. This page tries again by itself in a few seconds."),
                      Retry::yes);
}

Response disk_full_page(Exchange const& exchange)
{
    return error_page(
        exchange, 507, exchange.text("The server's disk is full"),
        exchange.text("Nothing was changed, and what you wrote is still there when you go back. Mail can "
                      "still be read. The administrator of the school has to make room: remove old backups, for "
                      "example, or give the server a larger disk."));
}

Response mail_fault_page(Exchange const& exchange, mail::MailFault const& fault)
{
    using Kind = mail::MailFault::Kind;
    switch (fault.kind()) {
    case Kind::unavailable:
    case Kind::login: return trouble(exchange);
    case Kind::disk_full: return disk_full_page(exchange);
    case Kind::no_folder:
        return error_page(exchange, 404, exchange.text("This folder does not exist"),
                          exchange.text("Perhaps it was renamed or deleted in another program."));
    case Kind::over_quota:
        return error_page(
            exchange, 422, exchange.text("Your mailbox is full"),
            exchange.text("Delete messages that you no longer need, also from the trash, and try again."));
    case Kind::refused: break;
    }
    return error_page(exchange, 422, exchange.text("The mail service refused this"), fault.what());
}

Response body_fault_page(Exchange const& exchange)
{
    if (exchange.request.fault == 413) {
        auto const most = base::show_size(exchange.services.config.message_size_max);
        return error_page(exchange, 413, exchange.text("This is too large"),
                          exchange.text("At most {1} can be sent at once, files included. Use the Back button of "
                                        "your browser: what you wrote is still there.",
                                        {most}));
    }
    if (exchange.request.fault == 507) return disk_full_page(exchange);
    return error_page(
        exchange, exchange.request.fault, exchange.text("This did not arrive whole"),
        exchange.text("The connection was too slow or the server is busy. Please go back and try again."));
}
} // namespace

std::span<Route const> routes() { return table; }

Response Router::handle(Request& request)
{
    auto const school = services_.school.facts();
    auto const& domain = school.domain;
    bool const is_site = !domain.empty() && request.host.name == "www." + domain;
    std::optional<Response> site;
    if (is_site) site = site_.handle(request);
    if (site && site->status != 404 && site->status != 405)
        return *std::move(site); // the school's own files go before
    if (auto answer = well_known(request, school)) return *std::move(answer);
    if (site) return *std::move(site);
    if (!domain.empty() && request.host.name == domain && !request.is_post()) return to_school_page(request, domain);
    auto response = page(request);
    protect(response);
    return response;
}

Response Router::page(Request& request)
{
    auto const segments = path_segments(request.path);
    if (segments && segments->size() == 3 && segments->front() == "static")
        return static_file(request, segments->back());
    if (request.path == "/ca.crt") return ca_certificate("ca.crt");
    if (request.path == "/favicon.ico") return static_file(request, "logo.svg");
    if (request.path == "/robots.txt") return plain(200, "User-agent: *\nDisallow: /\n");
    Exchange const nobody{services_, request, catalog_for(request, services_.config, nullptr), nullptr, {}};
    try {
        auto session = services_.sessions.find(visitor_of(request), request.cookie(Sessions::cookie_name));
        auto const& catalog = catalog_for(request, services_.config, session.get());
        Exchange exchange{services_, request, catalog, std::move(session), {}};
        return route(exchange, segments.value_or(std::vector<std::string>()));
    } catch (base::StoreError const& error) { // the school database: every page needs it
        base::log(base::Level::error, "", "store-failed", {{"path", request.path}, {"why", error.what()}});
        return base::is_disk_full(error) ? disk_full_page(nobody) : trouble(nobody);
    }
}

Response Router::route(Exchange& exchange, std::vector<std::string> const& segments)
{
    bool other_method = false;
    for (auto const& route : table) {
        auto parameters = match(route.pattern, segments);
        if (!parameters) continue;
        if ((route.method == "POST") != exchange.request.is_post()) {
            other_method = true;
            continue;
        }
        exchange.parameters = std::move(*parameters);
        exchange.request.shown_path = route.pattern;
        return call(exchange, route);
    }
    if (other_method) return see_other("/"); // a form's address, typed or reloaded
    return not_found_page(exchange);
}

Response Router::call(Exchange& exchange, Route const& route)
{
    auto const& request = exchange.request;
    if (request.fault != 0) return body_fault_page(exchange);
    if (request.is_post() && !is_from_here(request))
        return error_page(exchange, 403, exchange.text("This form came from somewhere else"),
                          exchange.text("For your safety nothing was done."));
    if (route.access != Access::anybody && !exchange.session) return ask_to_log_in(exchange, route);
    if (!may_enter(exchange, route))
        return error_page(exchange, 403, exchange.text("This page is not for you"),
                          exchange.text("It is for administrators, or for who looks after the class."));
    if (request.is_post() && !has_csrf_token(exchange)) {
        if (route.access == Access::user_keeps_form) return webmail::show_kept_compose(exchange);
        return error_page(exchange, 403, exchange.text("This page was too old"),
                          exchange.text("Nothing was done. Please go back, reload the page and try again."));
    }
    return guarded(exchange, route);
}

Response Router::ask_to_log_in(Exchange& exchange, Route const& route)
{
    if (route.access == Access::user_keeps_form) return webmail::show_login_keeping_form(exchange);
    auto const back = exchange.request.is_post() ? exchange.request.path : exchange.request.target;
    auto response = see_other(back == "/" ? "/login" : "/login?next=" + percent_encoded(back));
    if (!exchange.request.cookie(Sessions::cookie_name).empty()) response.set_cookie(Sessions::cookie_name, "", 0);
    return response;
}

/// The dispatch loop's catch: a broken connection to another daemon is a friendly page, not a fault of ours.
Response Router::guarded(Exchange& exchange, Route const& route)
{
    std::string const who = exchange.session ? exchange.session->log_id : "";
    try {
        return route.handler(exchange);
    } catch (net::Disconnected const& error) {
        base::log(base::Level::warning, who, "mail-unreachable",
                  {{"path", exchange.request.path}, {"why", error.what()}});
        return trouble(exchange);
    } catch (mail::MailFault const& fault) {
        base::log(base::Level::warning, who, "mail-fault", {{"path", exchange.request.path}, {"why", fault.what()}});
        return mail_fault_page(exchange, fault);
    }
}

} // namespace httpd
