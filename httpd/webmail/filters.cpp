// What becomes of mail when it arrives: the list of filters and the form of one. Carried out at delivery by maild.

#include "appliance/base/text.h"
#include "httpd/frame.h"
#include "httpd/limits.h"
#include "httpd/webmail/filter_form.h"
#include "httpd/webmail/labels.h"
#include "httpd/webmail/pages.h"
#include "httpd/webmail/settings.h"

#include <algorithm>

namespace httpd::webmail
{

namespace
{
constexpr std::string_view page = "/settings/filters";

std::optional<directory::FilterId> id_of(std::string const& text)
{
    auto const number = base::parse_number(text, INT64_MAX);
    if (!number) return std::nullopt;
    return static_cast<directory::FilterId>(*number);
}

/// What filters point to.
struct Places {
    std::vector<mail::Folder> folders;
    std::vector<Label> labels;
};

Places places_of(Exchange& exchange)
{
    return exchange.use_mail([](mail::MailClient& client) {
        return Places{client.folders(), read_labels(client.note(std::string(labels_note)))};
    });
}

bool is_label(directory::FilterAction const& one)
{
    constexpr std::size_t longest = 60;
    return one.what == directory::FilterAction::What::label && !one.value.empty() && one.value.size() <= longest;
}

/// Kept is a label's keyword, people read and write its name.
directory::Filter with_names(directory::Filter filter, std::vector<Label> const& labels)
{
    for (auto& one : filter.actions)
        for (auto const& label : labels)
            if (is_label(one) && one.value == label.keyword) {
                one.value = label.name;
                break;
            }
    return filter;
}

/// The other way; a label that is not there yet is made.
directory::Filter with_keywords(Exchange& exchange, directory::Filter const& filter)
{
    if (std::none_of(filter.actions.begin(), filter.actions.end(), is_label)) return filter;
    return exchange.use_mail([&](mail::MailClient& client) {
        auto kept = filter;
        auto labels = read_labels(client.note(std::string(labels_note)));
        auto const before = labels.size();
        for (auto& one : kept.actions) {
            if (!is_label(one)) continue;
            auto found = std::find_if(labels.begin(), labels.end(), [&](Label const& label) {
                return base::equal_ignoring_case(label.name, one.value) || label.keyword == one.value;
            });
            if (found == labels.end() && labels.size() < limits::labels)
                found = labels.insert(found, {new_keyword(one.value, labels), "teal", one.value});
            if (found != labels.end()) one.value = found->keyword;
        }
        if (labels.size() != before) client.set_note(std::string(labels_note), show_labels(labels));
        return kept;
    });
}

/// The filter that the address names, of this person.
std::optional<directory::Filter> find_filter(Exchange& exchange)
{
    auto const id = id_of(exchange.parameter("filter"));
    for (auto& one : exchange.services.filters.filters(exchange.session->user.id))
        if (id && one.id == *id) return std::move(one);
    return std::nullopt;
}

Response form_page(Exchange& exchange, directory::Filter const& filter, std::string const& fault, int status)
{
    bool const is_new = exchange.parameter("filter") == "new";
    auto const title = is_new ? exchange.text("New filter") : exchange.text("Change the filter");
    auto data = settings_data(exchange, title, page);
    add_script(data, "settings.js");
    data["filter"] = Data(exchange.parameter("filter"));
    set_fault(data, fault);
    auto const places = places_of(exchange);
    add_filter(exchange, with_names(filter, places.labels), places.folders, data);
    return render(exchange, "filter", data, status);
}
} // namespace

Response show_filters(Exchange& exchange)
{
    auto data = settings_data(exchange, exchange.text("Filters"), page);
    auto const all = exchange.services.filters.filters(exchange.session->user.id);
    auto const places = places_of(exchange);
    DataList rows;
    for (auto const& one : all) {
        Data row;
        row["id"] = Data(std::to_string(one.id));
        row["name"] = Data(one.name);
        row["what"] = Data(describe(exchange, with_names(one, places.labels), places.folders));
        row["enabled"] = Data(one.enabled);
        row["stops"] = Data(one.stops);
        row["is_first"] = Data(rows.empty());
        row["is_last"] = Data(rows.size() + 1 == all.size());
        rows.push_back(std::move(row));
    }
    data["is_empty"] = Data(rows.empty());
    data["can_add"] = Data(all.size() < directory::filters_max);
    data["limits"] =
        Data(exchange.text("At most {1} filters, each with at most {2} conditions and {2} actions.",
                           {std::to_string(directory::filters_max), std::to_string(directory::filter_parts_max)}));
    data["rows"] = Data(std::move(rows));
    return render(exchange, "filters", data);
}

Response change_filters(Exchange& exchange)
{
    auto const user = exchange.session->user.id;
    auto& filters = exchange.services.filters;
    auto const& what = exchange.request.form.value("do");
    auto const id = id_of(exchange.request.form.value("id"));
    if (!id) return back_to(page, "gone");
    if (what == "remove") return back_to(page, filters.remove(user, *id) ? "deleted" : "gone");
    if (what == "on" || what == "off")
        return back_to(page, filters.set_enabled(user, *id, what == "on") ? what : "gone");
    if (what == "up" || what == "down")
        return back_to(page, filters.shift(user, *id, what == "up") ? "moved" : "gone");
    return see_other(std::string(page));
}

Response show_filter(Exchange& exchange)
{
    if (exchange.parameter("filter") == "new") return form_page(exchange, filter_for(exchange), "", 200);
    auto const filter = find_filter(exchange);
    return filter ? form_page(exchange, *filter, "", 200) : not_found_page(exchange);
}

Response change_filter(Exchange& exchange)
{
    auto filter = read_filter(exchange.request.form);
    if (exchange.parameter("filter") != "new") {
        auto const before = find_filter(exchange);
        if (!before) return back_to(page, "gone");
        filter.id = before->id;
        filter.enabled = before->enabled;
    }
    if (change_rows(filter, exchange.request.form.value("do"))) return form_page(exchange, filter, "", 200);
    auto const saved = exchange.services.filters.save(exchange.session->user.id, with_keywords(exchange, filter));
    if (!saved) return form_page(exchange, filter, fault_text(exchange, saved.error()), 422);
    return back_to(page, "saved");
}

} // namespace httpd::webmail
