#include "httpd/webmail/filter_form.h"

#include "appliance/base/text.h"
#include "appliance/directory/filter_words.h"
#include "httpd/webmail/settings.h"
#include "httpd/webmail/view.h"

namespace httpd::webmail
{

namespace
{
using Condition = directory::FilterCondition;
using Action = directory::FilterAction;
constexpr std::uint64_t kilobyte = 1024;

template <class Word>
std::vector<Option> word_options(Exchange const& exchange, std::initializer_list<Word> all)
{
    std::vector<Option> options;
    for (auto const word : all)
        options.emplace_back(directory::show(word), exchange.catalog.text(directory::words(word)));
    return options;
}

std::vector<Option> condition_options(Exchange const& exchange)
{
    using enum Condition::What;
    return word_options(exchange, {from, to, subject, list, header, size, attachment});
}

std::vector<Option> comparison_options(Exchange const& exchange)
{
    using enum Condition::How;
    return word_options(exchange, {contains, lacks, is, begins, ends, above, below});
}

std::vector<Option> action_options(Exchange const& exchange)
{
    using enum Action::What;
    return word_options(exchange, {move, label, star, read, copy, trash});
}

std::string nth(std::vector<std::string> const& values, std::size_t n) { return n < values.size() ? values[n] : ""; }

/// Kept in bytes, shown in kilobytes. What is no number stays, for its writer to mend.
std::string bytes_of(std::string const& kilobytes)
{
    auto const number = base::parse_number(base::trim(kilobytes), UINT32_MAX);
    return number ? std::to_string(*number * kilobyte) : "?" + kilobytes;
}

std::string field_value(Condition const& condition)
{
    return condition.value.starts_with('?') && condition.what == Condition::What::size ? condition.value.substr(1)
                                                                                       : shown_value(condition);
}

std::vector<Condition> read_conditions(Form const& form)
{
    auto const what = form.all("what"), how = form.all("how"), header = form.all("header"), value = form.all("value");
    std::vector<Condition> conditions;
    for (std::size_t i = 0; i < what.size() && i < directory::filter_parts_max; ++i) {
        Condition one;
        one.what = directory::parse_condition(what[i]).value_or(Condition::What::subject);
        one.how = directory::parse_comparison(nth(how, i)).value_or(Condition::How::contains);
        if (one.what == Condition::What::header) one.header = std::string(base::trim(nth(header, i)));
        one.value = one.what == Condition::What::size ? bytes_of(nth(value, i)) : nth(value, i);
        if (one.what == Condition::What::attachment) one.value.clear();
        conditions.push_back(std::move(one));
    }
    return conditions;
}

std::vector<Action> read_actions(Form const& form)
{
    auto const what = form.all("action"), folder = form.all("folder"), text = form.all("text");
    auto const new_folder = form.all("new-folder"); // made with the first mail that goes there
    std::vector<Action> actions;
    for (std::size_t i = 0; i < what.size() && i < directory::filter_parts_max; ++i) {
        Action one;
        one.what = directory::parse_action(what[i]).value_or(Action::What::move);
        if (one.what == Action::What::move) one.value = std::string(base::trim(nth(new_folder, i)));
        if (one.what == Action::What::move && one.value.empty()) one.value = nth(folder, i);
        if (one.what == Action::What::label || one.what == Action::What::copy)
            one.value = std::string(base::trim(nth(text, i)));
        actions.push_back(std::move(one));
    }
    return actions;
}

DataList condition_data(Exchange const& exchange, directory::Filter const& filter)
{
    DataList rows;
    for (auto const& one : filter.conditions) {
        Data row;
        row["number"] = Data(std::to_string(rows.size() + 1));
        row["whats"] = Data(option_data(condition_options(exchange), show(one.what)));
        row["hows"] = Data(option_data(comparison_options(exchange), show(one.how)));
        row["header"] = Data(one.header);
        row["value"] = Data(field_value(one));
        row["can_drop"] = Data(filter.conditions.size() > 1);
        rows.push_back(std::move(row));
    }
    return rows;
}

/// Mail that stays in the inbox needs no filter, and what is sent or being written is no place for mail that arrives.
bool is_for_arrivals(mail::Folder const& folder)
{
    using Use = mail::FolderUse;
    return folder.use != Use::inbox && folder.use != Use::drafts && folder.use != Use::sent &&
           folder.use != Use::trash;
}

std::vector<Option> folder_options(Exchange const& exchange, std::vector<mail::Folder> const& folders,
                                   std::string const& chosen)
{
    std::vector<Option> options;
    bool has_chosen = chosen.empty();
    for (auto const& folder : folders) {
        if (folder.name != chosen && !is_for_arrivals(folder)) continue;
        options.emplace_back(folder.name, folder_label(exchange, folder));
        has_chosen = has_chosen || folder.name == chosen;
    }
    if (!has_chosen) options.emplace_back(chosen, chosen); // it will be made when it is needed
    return options;
}

DataList action_data(Exchange const& exchange, directory::Filter const& filter,
                     std::vector<mail::Folder> const& folders)
{
    DataList rows;
    for (auto const& one : filter.actions) {
        auto const folder = one.what == Action::What::move ? one.value : "";
        Data row;
        row["number"] = Data(std::to_string(rows.size() + 1));
        row["kinds"] = Data(option_data(action_options(exchange), show(one.what)));
        row["folders"] = Data(option_data(folder_options(exchange, folders, folder), folder));
        row["text"] = Data(one.what == Action::What::move ? "" : one.value);
        row["can_drop"] = Data(filter.actions.size() > 1);
        rows.push_back(std::move(row));
    }
    return rows;
}

template <class Row>
bool change(std::vector<Row>& rows, std::string_view button, std::string const& kind)
{
    if (button == "add-" + kind) {
        if (rows.size() < directory::filter_parts_max) rows.emplace_back();
        return true;
    }
    auto const drop = "drop-" + kind + "-";
    if (!button.starts_with(drop)) return false;
    auto const number = base::parse_number(button.substr(drop.size()), rows.size()).value_or(0);
    if (number > 0) rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(number - 1));
    return true;
}

} // namespace

directory::Filter read_filter(Form const& form)
{
    directory::Filter filter;
    filter.name = std::string(base::trim(form.value("name")));
    filter.needs_all = form.value("needs") != "one";
    filter.stops = form.has("stops");
    filter.conditions = read_conditions(form);
    filter.actions = read_actions(form);
    return filter;
}

bool change_rows(directory::Filter& filter, std::string_view button)
{
    return change(filter.conditions, button, "condition") || change(filter.actions, button, "action");
}

void add_filter(Exchange const& exchange, directory::Filter const& filter, std::vector<mail::Folder> const& folders,
                Data& data)
{
    data["name"] = Data(filter.name);
    data["needs_all"] = Data(filter.needs_all);
    data["stops"] = Data(filter.stops);
    data["conditions"] = Data(condition_data(exchange, filter));
    data["actions"] = Data(action_data(exchange, filter, folders));
    data["can_add_condition"] = Data(filter.conditions.size() < directory::filter_parts_max);
    data["can_add_action"] = Data(filter.actions.size() < directory::filter_parts_max);
}

std::string describe(Exchange const& exchange, directory::Filter filter, std::vector<mail::Folder> const& folders)
{
    for (auto& one : filter.actions)
        if (one.what == Action::What::move) one.value = folder_label(exchange, folders, one.value);
    return directory::describe(exchange.catalog, filter);
}

directory::Filter filter_for(Exchange const& exchange)
{
    directory::Filter filter;
    auto const& query = exchange.request.query;
    auto const short_text = [](std::string const& text) {
        auto size = std::min(text.size(), directory::filter_text_max);
        while (size > 0 && size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80) --size;
        return text.substr(0, size);
    };
    if (auto const& from = query.value("from"); !from.empty())
        filter.conditions.push_back({Condition::What::from, {}, Condition::How::contains, short_text(from)});
    if (auto const& subject = query.value("subject"); !subject.empty())
        filter.conditions.push_back({Condition::What::subject, {}, Condition::How::contains, short_text(subject)});
    if (!filter.conditions.empty()) filter.name = filter.conditions.front().value;
    if (filter.conditions.empty()) filter.conditions.emplace_back();
    filter.actions.emplace_back();
    return filter;
}

} // namespace httpd::webmail
