// How somebody gets to his mail: the password, the passwords of his devices, and where he is logged in now.

#include "appliance/base/log.h"
#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "appliance/directory/password.h"
#include "httpd/limits.h"
#include "httpd/webmail/pages.h"
#include "httpd/webmail/settings.h"

namespace httpd::webmail
{

namespace
{
std::vector<directory::AppPassword> passwords_for(Exchange& exchange, std::string_view purpose)
{
    auto all = exchange.services.personal.app_passwords(exchange.session->user.id);
    std::erase_if(all, [&](auto const& one) { return one.purpose != purpose; });
    return all;
}

Response password_page(Exchange& exchange, std::string const& fault, int status)
{
    auto data = settings_data(exchange, exchange.text("Password"), "/settings/password");
    auto const devices = passwords_for(exchange, "device").size();
    set_fault(data, fault);
    data["has_devices"] = Data(devices > 0);
    data["devices"] =
        Data(exchange.count("{1} device has a password of its own: it must be set up again, too.",
                            "{1} devices have passwords of their own: they must be set up again, too.", devices));
    return render(exchange, "password", data, status);
}

/// What is wrong with the new password; "" when it is good.
std::string password_fault(Exchange const& exchange)
{
    auto const& form = exchange.request.form;
    auto const& fresh = form.value("new");
    if (fresh != form.value("again"))
        return exchange.text("The two new passwords are not the same. Please try again.");
    auto const good = directory::check_password(fresh, exchange.session->user.login, exchange.services.config.lab);
    return good ? "" : fault_text(exchange, good.error());
}

void set_session_cookie(Response& response, Session const& session)
{
    response.set_cookie(Sessions::cookie_name, Sessions::cookie_of(session),
                        std::chrono::duration_cast<std::chrono::seconds>(limits::session_life).count());
}

Data session_row(Exchange const& exchange, directory::AppPassword const& one)
{
    Data row;
    row["id"] = Data(one.id);
    row["label"] = Data(one.label.empty() ? exchange.text("A browser") : one.label);
    row["created"] = Data(exchange.long_time(one.created));
    row["has_used"] = Data(one.used > 0);
    row["used"] = Data(exchange.long_time(one.used));
    row["current"] = Data(one.id == base::hex(base::sha256(exchange.session->token)));
    return row;
}

Response devices_page(Exchange& exchange, std::string const& fault, int status)
{
    auto data = settings_data(exchange, exchange.text("Phones and mail programs"), "/settings/devices");
    DataList rows;
    for (auto const& one : passwords_for(exchange, "device")) rows.push_back(session_row(exchange, one));
    data["is_empty"] = Data(rows.empty());
    data["can_add"] = Data(rows.size() < directory::devices_max);
    data["rows"] = Data(std::move(rows));
    data["label_value"] = Data(exchange.request.form.value("label"));
    set_fault(data, fault);
    auto const domain = exchange.services.school.facts().domain;
    data["address"] = Data(exchange.session->user.login + "@" + domain);
    data["server"] = Data("mail." + domain);
    if (auto const fresh = exchange.session->take_device()) {
        data["has_new"] = Data(true);
        data["new_label"] = Data(fresh->label);
        data["new_password"] = Data(fresh->password);
    }
    return render(exchange, "devices", data, status);
}
} // namespace

Response show_password(Exchange& exchange) { return password_page(exchange, "", 200); }

Response change_password(Exchange& exchange)
{
    auto& services = exchange.services;
    auto const who = visitor_of(exchange.request);
    if (auto const fault = password_fault(exchange); !fault.empty()) return password_page(exchange, fault, 422);
    auto old = exchange.request.form.value("old");
    auto const check = services.sessions.check_password(who, *exchange.session, old);
    if (check.wait_seconds > 0)
        return password_page(exchange,
                             exchange.count("Too many wrong passwords. Please wait {1} second and try again.",
                                            "Too many wrong passwords. Please wait {1} seconds and try again.",
                                            static_cast<std::size_t>(check.wait_seconds)),
                             429);
    if (!check.is_right) return password_page(exchange, exchange.text("Your password of now is not right."), 403);

    auto const& login = exchange.session->user.login;
    auto const set = services.directory.set_password(login, exchange.request.form.value("new"));
    if (!set) return password_page(exchange, fault_text(exchange, set.error()), 422);
    base::log(base::Level::info, exchange.session->log_id, "password-changed", {{"via", "web"}, {"login", login}});
    auto response = back_to("/settings/password", "password");
    set_session_cookie(response, *services.sessions.renew(who, *exchange.session));
    return response;
}

Response show_devices(Exchange& exchange) { return devices_page(exchange, "", 200); }

Response change_devices(Exchange& exchange)
{
    auto const& user = exchange.session->user;
    auto const& form = exchange.request.form;
    auto& services = exchange.services;
    if (form.value("do") == "remove") {
        auto const gone = services.personal.remove_app_password(user.id, form.value("id"));
        return back_to("/settings/devices", gone ? "removed" : "gone");
    }
    auto const label = std::string(base::trim(form.value("label")));
    auto const password = services.personal.add_device(user.id, label);
    if (password) {
        base::log(base::Level::info, exchange.session->log_id, "device-added", {{"login", user.login}});
        exchange.session->keep_device({label, *password});
        return see_other("/settings/devices");
    }
    return devices_page(exchange, fault_text(exchange, password.error()), 422);
}

Response show_sessions(Exchange& exchange)
{
    auto data = settings_data(exchange, exchange.text("Where you are logged in"), "/settings/sessions");
    DataList rows;
    auto const all = passwords_for(exchange, "web");
    for (auto const& one : all) rows.push_back(session_row(exchange, one));
    data["rows"] = Data(rows);
    data["has_others"] = Data(all.size() > 1);
    return render(exchange, "sessions", data);
}

Response change_sessions(Exchange& exchange)
{
    auto const& session = *exchange.session;
    auto const& form = exchange.request.form;
    auto& services = exchange.services;
    if (form.value("do") == "end-others") {
        auto const ended = services.personal.remove_sessions(session.user.id, session.token);
        services.sessions.look_again(session.user.id, &session);
        return back_to("/settings/sessions", "sessions-ended&n=" + std::to_string(ended));
    }
    auto const gone = services.personal.remove_app_password(session.user.id, form.value("id"));
    services.sessions.look_again(session.user.id, nullptr);
    return back_to("/settings/sessions", gone ? "session-ended" : "gone");
}

} // namespace httpd::webmail
