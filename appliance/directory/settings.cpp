#include "appliance/directory/settings.h"

#include "appliance/base/text.h"
#include "appliance/directory/directory.h"
#include "appliance/message/address.h"

#include <algorithm>
#include <optional>
#include <stdexcept>

namespace directory
{

namespace
{
using Kind = SettingType::Kind;
constexpr base::Timestamp fresh = 500000; // half of the second within which a change is served
constexpr std::size_t longest_value = 4000;

std::optional<std::uint64_t> amount(SettingType const& type, std::string_view value)
{
    auto const parsed = type.kind == Kind::size       ? base::parse_size(value)
                        : type.kind == Kind::duration ? base::parse_duration(value)
                                                      : base::parse_number(value);
    if (!parsed || *parsed < type.least || *parsed > type.most) return std::nullopt;
    return parsed;
}

std::vector<std::string> split_words(std::string_view value)
{
    auto const separated = base::replace_all(std::string(value), ",", " ");
    std::vector<std::string> words;
    for (auto const word : base::split(separated, ' '))
        if (!word.empty()) words.emplace_back(word);
    return words;
}

bool is_one_line(std::string_view value)
{
    auto const is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7F; };
    return value.size() <= longest_value && base::is_utf8(value) &&
           std::none_of(value.begin(), value.end(), is_control);
}

bool is_domain(std::string_view value)
{
    base::Cursor cursor(value);
    return !value.starts_with('[') && message::parse_domain(cursor).ok() && cursor.at_end();
}

std::optional<std::string> normal(SettingType const& type, std::string_view value)
{
    switch (type.kind) {
    case Kind::yes_no:
        if (value == "yes" || value == "ya" || value == "on" || value == "true") return "yes";
        if (value == "no" || value == "tidak" || value == "off" || value == "false") return "no";
        return std::nullopt;
    case Kind::number:
    case Kind::size:
    case Kind::duration: return amount(type, value) ? std::optional(std::string(value)) : std::nullopt;
    case Kind::choice: {
        auto const choices = base::split(type.choices, ' ');
        bool const is_choice = std::find(choices.begin(), choices.end(), value) != choices.end();
        return is_choice ? std::optional(std::string(value)) : std::nullopt;
    }
    case Kind::words: return base::join(split_words(value), " ");
    case Kind::domain:
        if (value.empty() || is_domain(value)) return base::lower(value);
        return std::nullopt;
    case Kind::address: return base::lower(value);
    case Kind::text:
    case Kind::secret:
    case Kind::by_setup: break;
    }
    return std::string(value);
}

/// "{1}" takes an argument that must not be translated with the sentence: the error is put together here, in English,
/// and taken apart again by who shows it (cli/composed.h).
base::Error bad_value(SettingRow const& row, std::string_view value)
{
    auto const phrase = describe(row.type);
    return base::refused(std::string(row.key),
                         base::format("'{1}' is not a good value", {std::string(value.substr(0, 100))}),
                         base::format(phrase.pattern, phrase.arguments));
}

base::Error no_such_setting(std::string_view key)
{
    return base::refused(std::string(key), "there is no such setting", "see 'kotakpos setting list'");
}

base::Error chosen_at_setup(std::string_view key)
{
    return base::refused(std::string(key), "this is chosen at setup", "change it with 'kotakpos setup'");
}

bool is_address(Directory& directory, std::string_view name)
{
    auto const meaning = directory.resolve(name, {});
    return meaning.kind == Resolution::Kind::local && !meaning.is_caught;
}

SettingRow const& must_find(std::string_view key)
{
    if (auto const* row = find_setting(key)) return *row;
    throw std::logic_error("no such setting: " + std::string(key));
}
} // namespace

Phrase describe(SettingType const& type)
{
    auto const shown = [&](std::uint64_t value) {
        return type.kind == Kind::duration ? base::show_duration(value)
               : type.kind == Kind::size   ? base::show_size(value)
                                           : std::to_string(value);
    };
    switch (type.kind) {
    case Kind::yes_no: return {"write yes or no", {}};
    case Kind::number: return {"write a number from {1} to {2}", {shown(type.least), shown(type.most)}};
    case Kind::size: return {"write a size from {1} to {2}, like 50M", {shown(type.least), shown(type.most)}};
    case Kind::duration: return {"write a time from {1} to {2}, like 30m", {shown(type.least), shown(type.most)}};
    case Kind::choice: return {"write one of: {1}", {base::replace_all(std::string(type.choices), " ", ", ")}};
    case Kind::words: return {"write words with spaces between them", {}};
    case Kind::domain: return {"write a name like mail.sekolah.sch.id", {}};
    case Kind::address: return {"write a login, class or alias of the school", {}};
    case Kind::text:
    case Kind::secret: return {"write one line of text", {}};
    case Kind::by_setup: break;
    }
    return {"change it with 'kotakpos setup'", {}};
}

base::Result<std::string> checked_value(SettingRow const& row, std::string_view value)
{
    auto const trimmed = base::trim(value);
    if (!is_one_line(trimmed)) return bad_value(row, "");
    auto kept = normal(row.type, trimmed);
    if (!kept) return bad_value(row, trimmed);
    return std::move(*kept);
}

base::Result<void> change_setting(Directory& directory, std::string_view key, std::string_view value)
{
    auto const* row = find_setting(key);
    if (!row) return no_such_setting(key);
    if (row->type.kind == Kind::by_setup) return chosen_at_setup(key);
    auto const kept = checked_value(*row, value);
    if (!kept) return kept.error();
    if (row->type.kind == Kind::address && !kept->empty() && !is_address(directory, *kept))
        return base::refused(*kept, "there is no such user, class or alias", "check the spelling");
    directory.set_setting(key, *kept);
    return {};
}

base::Result<void> unset_setting(Directory& directory, std::string_view key)
{
    auto const* row = find_setting(key);
    if (!row) return no_such_setting(key);
    if (row->type.kind == Kind::by_setup) return chosen_at_setup(key);
    directory.unset_setting(key);
    return {};
}

std::string Settings::value(std::string_view key)
{
    auto const now = clock_.now();
    std::lock_guard const lock(mutex_);
    if (now < read_ || now - read_ >= fresh) { // a clock set back must not make them stay
        values_.clear();
        read_ = now;
    }
    if (auto const known = values_.find(key); known != values_.end()) return known->second;
    auto const& row = must_find(key);
    auto value = directory_.setting(key).value_or(std::string(row.usual));
    if (row.type.kind != Kind::by_setup && !normal(row.type, value)) value = row.usual;
    values_.emplace(key, value);
    return value;
}

bool Settings::yes(std::string_view key) { return value(key) == "yes"; }

std::uint64_t Settings::number(std::string_view key)
{
    auto const number = amount(must_find(key).type, value(key));
    if (!number) throw std::logic_error("not a number: " + std::string(key));
    return *number;
}

base::Microseconds Settings::duration(std::string_view key) { return std::chrono::seconds(number(key)); }

std::string Settings::text(std::string_view key) { return value(key); }

std::vector<std::string> Settings::words(std::string_view key) { return split_words(value(key)); }

} // namespace directory
