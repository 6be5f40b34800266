// Logging in and out, and the language of the pages.

#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "httpd/limits.h"
#include "httpd/webmail/compose_form.h"
#include "httpd/webmail/pages.h"

namespace httpd::webmail
{

namespace
{
/// Fields of a letter that waits for its writer to log in again travel through the login form with this prefix.
constexpr std::string_view kept = "kept.";

struct LoginPage {
    int status = 200;
    std::string fault;
    Form const* keep = nullptr; ///< the fields of a form that must not be lost
};

/// Hidden fields of what was written.
DataList kept_fields(Form const& form, bool has_prefix)
{
    DataList fields;
    for (auto const& [name, value] : form.fields()) {
        if (name.starts_with(kept) != has_prefix || name == "csrf" || name == "do") continue;
        Data field;
        field["name"] = Data(has_prefix ? name : std::string(kept) + name);
        field["value"] = Data(value);
        fields.push_back(std::move(field));
    }
    return fields;
}

Response login_page(Exchange& exchange, LoginPage const& page)
{
    auto const visit = std::string(exchange.request.cookie(visit_cookie));
    bool const is_new = visit.size() != 32;
    auto const secret = is_new ? base::random_hex(16) : visit;
    exchange.request.cookies[std::string(visit_cookie)] = secret; // csrf() below comes from it
    auto const& form = exchange.request.form;
    auto data = page_data(exchange, exchange.text("Log in"));
    data["login"] = Data(form.value("login"));
    data["next"] = Data(local_path(form.has("next") ? form.value("next") : exchange.request.query.value("next")));
    data["has_fault"] = Data(!page.fault.empty());
    data["fault"] = Data(page.fault);
    auto const fields = page.keep ? kept_fields(*page.keep, page.keep == &form && form.has("login")) : DataList();
    data["has_kept"] = Data(!fields.empty());
    data["kept"] = Data(fields);
    auto response = render(exchange, "login", data, page.status);
    if (is_new) response.set_cookie(visit_cookie, secret);
    return response;
}

/// "kept.to" is "to" again.
Form without_prefix(Form const& form)
{
    Form result;
    for (auto const& [name, value] : form.fields())
        if (name.starts_with(kept)) result.add(name.substr(kept.size()), value);
    return result;
}
} // namespace

Response home(Exchange&) { return see_other("/mail/INBOX"); }

Response show_login(Exchange& exchange)
{
    if (exchange.session) return see_other(local_path(exchange.request.query.value("next")));
    return login_page(exchange, {});
}

Response show_login_keeping_form(Exchange& exchange)
{
    return login_page(
        exchange, {.status = 403,
                   .fault = exchange.text(
                       "Your session had ended. Log in again: what you wrote is kept. Files must be attached again."),
                   .keep = &exchange.request.form});
}

Response log_in(Exchange& exchange)
{
    auto& form = exchange.request.form;
    auto password = form.value("password");
    auto const result =
        exchange.services.sessions.log_in(visitor_of(exchange.request), form.value("login"), password);
    if (result.wait_seconds > 0)
        return login_page(exchange,
                          {.status = 429,
                           .fault = exchange.count("Too many wrong passwords. Please wait {1} second and try again.",
                                                   "Too many wrong passwords. Please wait {1} seconds and try again.",
                                                   static_cast<std::size_t>(result.wait_seconds)),
                           .keep = &form});
    if (!result.session)
        return login_page(
            exchange,
            {.status = 403, .fault = exchange.text("The user name or the password is not right."), .keep = &form});

    exchange.session = result.session;
    auto const letter = without_prefix(form);
    auto response = letter.fields().empty()
                        ? see_other(form.value("next") == "/" ? "/mail/INBOX" : local_path(form.value("next")))
                        : show_compose_form(exchange, read_compose_form(letter), {});
    response.set_cookie(Sessions::cookie_name, Sessions::cookie_of(*result.session),
                        std::chrono::duration_cast<std::chrono::seconds>(limits::session_life).count());
    response.set_cookie(visit_cookie, "", 0);
    keep_choices(response, result.session->choices()->preferences);
    return response;
}

Response log_out(Exchange& exchange)
{
    exchange.services.sessions.log_out(*exchange.session);
    auto response = see_other("/login");
    response.set_cookie(Sessions::cookie_name, "", 0);
    response.set("Clear-Site-Data", "\"cache\"");
    return response;
}

Response set_language(Exchange& exchange)
{
    constexpr long year = 365 * 24 * 3600;
    auto const& language = exchange.parameter("language");
    auto response = see_other(local_path(exchange.request.query.value("back")));
    if (language != "id" && language != "en") return response;
    response.set_cookie(language_cookie, language, year);
    if (!exchange.choice(directory::preference::language).empty()) { // it would go before the cookie
        auto const user = exchange.session->user.id;
        exchange.services.personal.set_preference(user, directory::preference::language, language).value();
        exchange.services.sessions.refresh_choices(user);
    }
    return response;
}

Response show_help(Exchange& exchange)
{
    auto const port = [&](std::string const& service) {
        auto const found = exchange.services.config.listen.find(service);
        return found == exchange.services.config.listen.end() || found->second.empty()
                   ? std::string("-")
                   : std::to_string(found->second.front().port);
    };
    auto data = page_data(exchange, exchange.text("Mail on your phone or computer"));
    auto const domain = exchange.services.school.facts().domain;
    data["address"] = Data((exchange.session ? exchange.session->user.login : "ali") + "@" + domain);
    data["login"] = Data(exchange.session ? exchange.session->user.login : "ali");
    data["server"] = Data("mail." + domain);
    data["imaps"] = Data(port("imaps"));
    data["pop3s"] = Data(port("pop3s"));
    data["submissions"] = Data(port("submissions"));
    return render(exchange, "help", data);
}

} // namespace httpd::webmail
