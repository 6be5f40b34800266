#include "appliance/base/text.h"
#include "appliance/config/config.h"
#include "setup-tui/steps/checks.h"
#include "setup-tui/steps/step.h"

#include <algorithm>

namespace setup
{

namespace
{
std::string place(std::string const& file, std::size_t line, std::string_view key)
{
    std::string where = file;
    if (line > 0) where += ", line " + std::to_string(line);
    return where + ", key '" + std::string(key) + "'";
}

/// Takes the lines as they are; only the keys are looked at.
base::Result<std::map<std::string, std::size_t>> collect(std::vector<config::Setting> const& settings,
                                                         std::string const& file, Draft& draft)
{
    std::map<std::string, std::size_t> lines;
    for (auto const& setting : settings) {
        auto const where = place(file, setting.line, setting.key);
        if (!find_field(setting.key))
            return base::refused(where, "there is no such question", "remove the line or correct the key's spelling");
        if (!lines.emplace(setting.key, setting.line).second)
            return base::refused(where, "the same key is there twice", "keep one of the two lines");
        draft.set(setting.key, setting.value);
    }
    return lines;
}
} // namespace

std::string answer(Field const& field, Draft const& draft)
{
    auto value = draft.value(field.key);
    if (value.empty() && field.initial) value = field.initial(draft);
    return value;
}

std::string shown_answer(Field const& field, Draft const& draft)
{
    if (draft.has(field.key)) return draft.value(field.key);
    return field.suggest ? field.suggest(draft) : answer(field, draft);
}

Draft filled_in(Draft draft, Field const* end)
{
    for (auto const& step : steps()) {
        for (auto const& field : step.fields) {
            if (&field == end) return draft;
            if (applies(field, draft))
                draft.set(field.key, shown_answer(field, draft));
            else
                draft.erase(field.key);
        }
    }
    return draft;
}

bool applies(Field const& field, Draft const& draft) { return !field.applies || field.applies(draft); }

std::optional<Problem> check(Field const& field, Draft const& draft)
{
    auto const value = answer(field, draft);
    if (value.empty()) {
        if (!field.required) return std::nullopt;
        return Problem{"an answer is needed here", "write a line for this key"};
    }
    if (!field.choices.empty() &&
        std::find(field.choices.begin(), field.choices.end(), value) == field.choices.end()) {
        if (field.type == FieldType::yes_no) return Problem{"this is neither yes nor no", "write yes or no"};
        return Problem{"this is not one of the choices", field.choose};
    }
    return field.check ? field.check(value, draft) : std::nullopt;
}

base::Result<Draft> read_answers(std::string_view text, std::string const& file, Draft const& known)
{
    auto const settings = config::parse_settings(text, file);
    if (!settings) return settings.error();
    auto draft = known;
    auto const lines = collect(*settings, file, draft);
    if (!lines) return lines.error();
    for (auto const& step : steps()) {
        for (auto const& field : step.fields) {
            if (!applies(field, draft)) {
                draft.erase(field.key); // an answer to a question that is not asked
                continue;
            }
            auto const line = lines->find(std::string(field.key));
            auto const where = place(file, line == lines->end() ? 0 : line->second, field.key);
            auto problem = check(field, draft);
            if (!problem && field.key == "users") problem = check_passwords_are_there(draft.value("users"));
            if (problem) return base::refused(where, std::string(problem->why), std::string(problem->to_do));
            draft.set(field.key, answer(field, draft));
        }
    }
    return draft;
}

} // namespace setup
