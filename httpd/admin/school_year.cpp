// The end of the school year: what would become of every class and pupil, then all of it or none.

#include "appliance/directory/school_year.h"
#include "appliance/base/text.h"
#include "httpd/admin/pages.h"
#include "httpd/admin/view.h"

#include <algorithm>

namespace httpd::admin
{

namespace
{
constexpr std::string_view here = "/admin/classes";

std::set<std::string> staying_in(Form const& form)
{
    auto const logins = form.all("stay");
    return {logins.begin(), logins.end()};
}

Data step_data(Exchange const& exchange, directory::ClassStep const& step, std::set<std::string> const& staying)
{
    DataList pupils;
    for (auto const& pupil : step.pupils) {
        Data row;
        row["login"] = Data(pupil.login);
        row["name"] = Data(pupil.name.empty() ? pupil.login : pupil.name);
        row["stays"] = Data(staying.contains(pupil.login));
        pupils.push_back(std::move(row));
    }
    Data data;
    data["from"] = Data(step.from);
    data["to"] = Data(step.to);
    data["leaves"] = Data(step.to.empty());
    data["count"] = Data(exchange.count("{1} pupil", "{1} pupils", step.pupils.size()));
    data["pupils"] = Data(pupils);
    return data;
}

Response year_page(Exchange const& exchange, directory::SchoolYear const& year, std::set<std::string> const& staying,
                   std::string const& fault)
{
    auto data = admin_data(exchange, exchange.text("Next school year"), here);
    DataList steps;
    for (auto const& step : year.steps) steps.push_back(step_data(exchange, step, staying));
    data["is_empty"] = Data(steps.empty());
    data["steps"] = Data(steps);
    data["new_classes"] = Data(base::join(year.new_classes, ", "));
    data["no_year"] = Data(base::join(year.no_year, ", "));
    data["has_new_classes"] = Data(!year.new_classes.empty());
    data["has_no_year"] = Data(!year.no_year.empty());
    data["fingerprint"] = Data(year.fingerprint());
    set_fault(data, fault);
    return render(exchange, "admin_school_year", data, fault.empty() ? 200 : 422);
}

/// Asks once more, with numbers.
Response ask_year(Exchange const& exchange, directory::SchoolYear const& year, std::set<std::string> const& staying)
{
    auto const moves = year.moves(staying);
    auto const leave = static_cast<std::size_t>(
        std::count_if(moves.begin(), moves.end(), [](directory::ClassMove const& one) { return one.to.empty(); }));
    std::vector<std::pair<std::string, std::string>> fields = {{"fingerprint", year.fingerprint()}, {"sure", "yes"}};
    for (auto const& login : staying) fields.emplace_back("stay", login);
    return ask(
        exchange,
        {.title = exchange.text("Begin the next school year?"),
         .losses = {exchange.count("{1} pupil goes into the next class.", "{1} pupils go into the next class.",
                                   moves.size() - leave),
                    exchange.count("{1} pupil leaves: the login is switched off, the mail is kept.",
                                   "{1} pupils leave: their logins are switched off, their mail is kept.", leave),
                    exchange.count("{1} pupil stays.", "{1} pupils stay.", staying.size()),
                    exchange.text("There is no button to undo this. Make a backup first: kotakpos backup FILE")},
         .button = exchange.text("Begin the school year"),
         .action = "/admin/school-year",
         .fields = std::move(fields),
         .back = "/admin/school-year",
         .current = here});
}
} // namespace

Response show_school_year(Exchange& exchange)
{
    return year_page(exchange, directory::next_year(exchange.services.directory), {}, "");
}

Response begin_school_year(Exchange& exchange)
{
    auto const& form = exchange.request.form;
    auto& directory = exchange.services.directory;
    auto const year = directory::next_year(directory);
    auto const staying = staying_in(form);
    if (form.value("fingerprint") != year.fingerprint())
        return year_page(exchange, year, staying,
                         exchange.text("The classes have changed in the meantime, so nothing was done. Look at them "
                                       "again."));
    if (form.value("sure") != "yes") return ask_year(exchange, year, staying);
    auto const moves = year.moves(staying);
    if (auto const done = directory.move_members(moves); !done)
        return year_page(exchange, year, staying, show(exchange, done.error()));
    std::vector<std::string> steps;
    for (auto const& step : year.steps) steps.push_back(step.from + " > " + (step.to.empty() ? "-" : step.to));
    note(exchange, "class.promote", std::to_string(moves.size()), base::join(steps, ", "));
    return see_other("/admin/classes?notice=saved");
}

} // namespace httpd::admin
