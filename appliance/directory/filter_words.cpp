#include "appliance/directory/filter_words.h"

#include "appliance/base/text.h"

namespace directory
{

namespace
{
using Condition = FilterCondition;
using Action = FilterAction;

std::string quoted(std::string const& text) { return " “" + text + "”"; }

std::string describe(i18n::Catalog const& catalog, Condition const& one)
{
    auto const what = one.what == Condition::What::header ? one.header : catalog.text(words(one.what));
    if (one.what == Condition::What::attachment) return what;
    return what + " " + catalog.text(words(one.how)) + quoted(shown_value(one));
}

std::string describe(i18n::Catalog const& catalog, Action const& one)
{
    return catalog.text(words(one.what)) + (one.value.empty() ? "" : quoted(one.value));
}
} // namespace

std::string_view words(Condition::What what)
{
    switch (what) {
    case Condition::What::from: return "Sender";
    case Condition::What::to: return "Recipient";
    case Condition::What::subject: return "Subject";
    case Condition::What::list: return "Mailing list";
    case Condition::What::header: return "Header field";
    case Condition::What::size: return "Size in KB";
    case Condition::What::attachment: return "Has a file";
    }
    return {};
}

std::string_view words(Condition::How how)
{
    switch (how) {
    case Condition::How::contains: return "contains";
    case Condition::How::lacks: return "does not contain";
    case Condition::How::is: return "is exactly";
    case Condition::How::begins: return "begins with";
    case Condition::How::ends: return "ends with";
    case Condition::How::above: return "is larger than";
    case Condition::How::below: return "is smaller than";
    }
    return {};
}

std::string_view words(Action::What what)
{
    switch (what) {
    case Action::What::move: return "Move to the folder";
    case Action::What::label: return "Give it the label";
    case Action::What::star: return "Star it";
    case Action::What::read: return "Mark as read";
    case Action::What::copy: return "Send a copy to";
    case Action::What::trash: return "Move to the trash";
    }
    return {};
}

std::string shown_value(Condition const& condition)
{
    constexpr std::uint64_t kilobyte = 1024;
    auto const number = base::parse_number(condition.value);
    bool const is_size = condition.what == Condition::What::size && number;
    return is_size ? std::to_string(*number / kilobyte) : condition.value;
}

std::string describe(i18n::Catalog const& catalog, Filter const& filter)
{
    std::vector<std::string> conditions, actions;
    for (auto const& one : filter.conditions) conditions.push_back(describe(catalog, one));
    for (auto const& one : filter.actions) actions.push_back(describe(catalog, one));
    return base::join(conditions, catalog.text(filter.needs_all ? " and " : " or ")) + " → " +
           base::join(actions, ", ");
}

} // namespace directory
