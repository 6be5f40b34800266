#pragma once
// The questions of setup as data: what the wizard shows, `kotakpos setup` reads from a file, and both check alike.
// Nothing here knows of a screen, and nothing here changes the box (apply.h).

#include "appliance/base/result.h"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace setup
{

/// The answers so far, by key.
class Draft
{
public:
    void set(std::string_view key, std::string value)
    {
        values_.insert_or_assign(std::string(key), std::move(value));
    }
    void erase(std::string_view key)
    {
        if (auto const found = values_.find(key); found != values_.end()) values_.erase(found);
    }
    bool has(std::string_view key) const { return values_.find(key) != values_.end(); }
    /// Empty when there is none.
    std::string value(std::string_view key) const
    {
        auto const found = values_.find(key);
        return found == values_.end() ? std::string() : found->second;
    }
    std::map<std::string, std::string, std::less<>> const& values() const { return values_; }

private:
    std::map<std::string, std::string, std::less<>> values_;
};

/// Why an answer cannot be taken, and what to write instead. Both are English catalogue ids.
struct Problem {
    std::string_view why;
    std::string_view to_do;
};

enum class FieldType { text, choice, yes_no, password, list };

/// One question. Texts are English catalogue ids. `check` sees the answers of all fields before it; it is not asked
/// about an empty answer to a field that may stay empty.
struct Field {
    std::string_view key; ///< as in the answers file
    std::string_view label;
    std::string_view help;     ///< one sentence
    std::string_view lesson{}; ///< what F1 teaches
    FieldType type = FieldType::text;
    bool required = false;
    bool can_be_made = false;                           ///< the wizard makes a secret where there is none
    std::vector<std::string_view> choices{};            ///< for choice and yes_no
    std::vector<std::string_view> choice_labels{};      ///< how the wizard shows them
    std::string_view choose{};                          ///< "write id or en"
    std::function<std::string(Draft const&)> initial{}; ///< the default, may depend on earlier answers
    std::function<std::string(Draft const&)> suggest{}; ///< what the wizard starts with instead; a file must say it
    std::function<std::optional<Problem>(std::string const& value, Draft const&)> check{};
    std::function<std::optional<std::string_view>(std::string const& value, Draft const&)>
        doubt{};                                                    ///< odd, not wrong
    std::function<std::vector<std::string>(Draft const&)> offers{}; ///< what there is on this machine to choose from
    std::function<bool(Draft const&)> applies{};                    ///< whether it is asked at all
};

/// Questions that more than the table knows of.
constexpr std::string_view clock_key = "clock";       ///< set at once, never kept (wizard/question_page.cpp)
constexpr std::string_view dhcp_key = "machine.dhcp"; ///< the setting of that name

/// One page of the wizard.
struct Step {
    std::string_view name;
    std::string_view title;
    std::string_view help;
    std::vector<Field> fields;
    bool first_time_only = false; ///< without effect on a school that is there
};

/// All pages, in order.
std::vector<Step> const& steps();
Field const* find_field(std::string_view key);

/// The answer, or the field's default.
std::string answer(Field const& field, Draft const& draft);
/// Whether the question makes sense after the answers so far.
bool applies(Field const& field, Draft const& draft);
/// Nothing when the field's answer (or default) is good.
std::optional<Problem> check(Field const& field, Draft const& draft);
/// What the wizard shows: the answer, also an empty one, or what it suggests.
std::string shown_answer(Field const& field, Draft const& draft);
/// The draft with every question before `end` (all of them without it) answered as the wizard shows it, and without
/// answers to questions that do not apply.
Draft filled_in(Draft draft, Field const* end = nullptr);

/// An answers file (`key = value`) as a complete draft: every key known and given once, every answer checked,
/// defaults filled in. The error names file, line and key and is `refused`; its why and to_do are catalogue ids.
/// `known`: what is known of the machine ("now.is_ours").
base::Result<Draft> read_answers(std::string_view text, std::string const& file, Draft const& known = {});

} // namespace setup
