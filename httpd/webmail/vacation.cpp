#include "httpd/webmail/vacation.h"

#include "appliance/base/text.h"
#include "appliance/message/date.h"
#include "httpd/webmail/pages.h"
#include "httpd/webmail/settings.h"

#include <cstdio>

namespace httpd::webmail
{

namespace
{
constexpr std::string_view page = "/settings/vacation";

std::chrono::year_month_day day_of(Exchange const& exchange, base::Timestamp when)
{
    auto const day = message::day_of(when, exchange.zone_minutes(when));
    return std::chrono::year_month_day(std::chrono::year(day.year),
                                       std::chrono::month(static_cast<unsigned>(day.month)),
                                       std::chrono::day(static_cast<unsigned>(day.day)));
}

std::string first_day(Exchange const& exchange, directory::Vacation const& vacation)
{
    return vacation.begins == 0 ? "" : show_day(day_of(exchange, vacation.begins));
}

/// Kept is when it ends; shown is the day before.
std::string last_day(Exchange const& exchange, directory::Vacation const& vacation)
{
    return vacation.ends == 0 ? "" : show_day(day_of(exchange, vacation.ends - 1));
}

Response form_page(Exchange& exchange, directory::Vacation const& shown, std::string const& fault, int status)
{
    auto data = settings_data(exchange, exchange.text("Automatic answer"), page);
    auto const& form = exchange.request.form;
    set_fault(data, fault);
    data["is_on"] = Data(shown.is_on(exchange.services.clock.now()) && fault.empty());
    data["enabled"] = Data(shown.enabled);
    data["subject"] = Data(shown.subject);
    data["text"] = Data(shown.text);
    data["first"] = Data(fault.empty() ? first_day(exchange, shown) : form.value("first"));
    data["last"] = Data(fault.empty() ? last_day(exchange, shown) : form.value("last"));
    data["only_school"] = Data(shown.only_school);
    data["days"] = Data(std::to_string(shown.days));
    return render(exchange, "vacation", data, status);
}

/// An empty field is no limit; false: it is no day.
bool read_days(Exchange const& exchange, directory::Vacation& vacation)
{
    auto const& form = exchange.request.form;
    auto const first = parse_day(form.value("first"));
    auto const last = parse_day(form.value("last"));
    if ((!first && !form.value("first").empty()) || (!last && !form.value("last").empty())) return false;
    if (first) vacation.begins = exchange.day_start(*first);
    if (last) vacation.ends = exchange.day_start(std::chrono::sys_days(*last) + std::chrono::days(1));
    return true;
}

directory::Vacation read_vacation(Form const& form)
{
    directory::Vacation vacation;
    vacation.enabled = form.has("enabled");
    vacation.subject = std::string(base::trim(form.value("subject")));
    vacation.text = base::replace_all(form.value("text"), "\r\n", "\n");
    vacation.only_school = form.value("who") != "all";
    vacation.days = static_cast<unsigned>(base::parse_number(form.value("days"), UINT16_MAX).value_or(0));
    return vacation;
}
} // namespace

std::optional<std::chrono::year_month_day> parse_day(std::string_view text)
{
    auto const parts = base::split(text, '-');
    if (parts.size() != 3 || parts[0].size() != 4 || parts[1].size() != 2 || parts[2].size() != 2)
        return std::nullopt;
    auto const year = base::parse_number(parts[0], 2199);
    auto const month = base::parse_number(parts[1], 12);
    auto const day = base::parse_number(parts[2], 31);
    if (!year || *year < 1970 || !month || !day) return std::nullopt;
    std::chrono::year_month_day const found(std::chrono::year(static_cast<int>(*year)),
                                            std::chrono::month(static_cast<unsigned>(*month)),
                                            std::chrono::day(static_cast<unsigned>(*day)));
    return found.ok() ? std::optional(found) : std::nullopt;
}

std::string show_day(std::chrono::year_month_day day)
{
    char text[32];
    std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(day.year()),
                  static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
    return text;
}

Response show_vacation(Exchange& exchange)
{
    return form_page(exchange, exchange.services.filters.vacation(exchange.session->user.id), "", 200);
}

Response change_vacation(Exchange& exchange)
{
    auto vacation = read_vacation(exchange.request.form);
    if (!read_days(exchange, vacation))
        return form_page(exchange, vacation, exchange.text("A day is not understood. Write it like 2026-12-31."),
                         422);
    auto const user = exchange.session->user.id;
    auto const set = exchange.services.filters.set_vacation(user, vacation);
    if (!set) return form_page(exchange, vacation, fault_text(exchange, set.error()), 422);
    exchange.services.sessions.refresh_choices(user);
    return back_to(page, "saved");
}

} // namespace httpd::webmail
