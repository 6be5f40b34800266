#include "setup-tui/wizard/desk.h"

#include "appliance/base/text.h"
#include "appliance/i18n/catalog.h"

namespace setup::wizard
{

std::string Desk::text(std::string_view id, std::vector<std::string> const& arguments) const
{
    return base::format(i18n::catalog(language()).text(id), arguments);
}

std::string Desk::language() const { return answer(*find_field("language"), draft); }

std::string sentence(Desk const& desk, Problem const& problem)
{
    auto text = desk.text(problem.why) + "; " + desk.text(problem.to_do) + ".";
    text.replace(0, 1, base::upper(text.substr(0, 1)));
    return text;
}

std::optional<Problem> problem_of(Field const& field, Draft const& draft)
{
    if (shown_answer(field, draft).empty()) {
        if (!field.required || field.can_be_made) return std::nullopt;
        return Problem{"this field is empty", "an answer is needed here"};
    }
    auto with_answer = draft;
    with_answer.set(field.key, shown_answer(field, draft));
    return check(field, with_answer);
}

} // namespace setup::wizard
