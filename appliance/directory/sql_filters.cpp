// Filters over the school database.

#include "appliance/base/cursor.h"
#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "appliance/db/database.h"
#include "appliance/directory/filters.h"

#include <algorithm>
#include <array>

namespace directory
{

namespace
{
using Condition = FilterCondition;
using Action = FilterAction;

template <class Word>
struct Named {
    Word word;
    std::string_view name;
};

constexpr std::array<Named<Condition::What>, 7> condition_names = {{
    {Condition::What::from, "from"},
    {Condition::What::to, "to"},
    {Condition::What::subject, "subject"},
    {Condition::What::list, "list"},
    {Condition::What::header, "header"},
    {Condition::What::size, "size"},
    {Condition::What::attachment, "attachment"},
}};
constexpr std::array<Named<Condition::How>, 7> comparison_names = {{
    {Condition::How::contains, "contains"},
    {Condition::How::lacks, "lacks"},
    {Condition::How::is, "is"},
    {Condition::How::begins, "begins"},
    {Condition::How::ends, "ends"},
    {Condition::How::above, "above"},
    {Condition::How::below, "below"},
}};
constexpr std::array<Named<Action::What>, 6> action_names = {{
    {Action::What::move, "move"},
    {Action::What::label, "label"},
    {Action::What::star, "star"},
    {Action::What::read, "read"},
    {Action::What::copy, "copy"},
    {Action::What::trash, "trash"},
}};

template <class Word, std::size_t Count>
std::string_view name_of(std::array<Named<Word>, Count> const& names, Word word)
{
    for (auto const& one : names)
        if (one.word == word) return one.name;
    return {};
}

template <class Word, std::size_t Count>
std::optional<Word> word_of(std::array<Named<Word>, Count> const& names, std::string_view name)
{
    for (auto const& one : names)
        if (one.name == name) return one.word;
    return std::nullopt;
}

bool is_line(std::string_view text)
{
    return text.size() <= filter_text_max && base::is_utf8(text) &&
           std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

/// RFC 9051: an atom that is no system flag.
bool is_keyword(std::string_view text)
{
    constexpr auto allowed = base::letters | base::digits | base::ByteSet("$_-.+&!");
    constexpr std::size_t longest = 50;
    return !text.empty() && text.size() <= longest &&
           std::all_of(text.begin(), text.end(), [&](char c) { return allowed.contains(c); });
}

bool is_field_name(std::string_view text)
{
    constexpr std::size_t longest = 80;
    return !text.empty() && text.size() <= longest && std::all_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7f && c != ':';
    });
}

std::optional<base::Error> fault_of(Condition const& condition)
{
    using What = Condition::What;
    using How = Condition::How;
    if (condition.what == What::attachment) return std::nullopt;
    bool const is_size = condition.what == What::size;
    bool const compares_size = condition.how == How::above || condition.how == How::below;
    if (is_size != compares_size || (is_size && !base::parse_number(condition.value)))
        return base::refused("condition", "the size is not understood", "write it in kilobytes, for example 500");
    if (condition.what == What::header && !is_field_name(condition.header))
        return base::refused("condition", "the name of the header field is missing", "write for example X-Priority");
    if (base::trim(condition.value).empty() || !is_line(condition.value))
        return base::refused("condition", "a condition has no text to look for", "write a word, or take it away");
    return std::nullopt;
}

std::optional<base::Error> fault_of(Action const& action)
{
    using What = Action::What;
    if (action.what == What::move && (base::trim(action.value).empty() || !is_line(action.value)))
        return base::refused("action", "the folder is missing", "choose the folder");
    if (action.what == What::label && !is_keyword(action.value))
        return base::refused("action", "the label is missing", "choose the label");
    auto const at = action.value.rfind('@');
    if (action.what == What::copy &&
        (at == std::string::npos || at == 0 || at + 1 == action.value.size() || !is_line(action.value) ||
         action.value.find_first_of(" <>,;\"") != std::string::npos))
        return base::refused("action", "the address is not complete", "write it like name@example.com");
    return std::nullopt;
}

std::optional<base::Error> fault_of(Filter const& filter)
{
    if (base::trim(filter.name).empty() || !is_line(filter.name))
        return base::refused("name", "the filter needs a name", "write what it is for");
    if (filter.conditions.empty())
        return base::refused("condition", "the filter has no condition", "say which mail it is for");
    if (filter.actions.empty())
        return base::refused("action", "the filter does nothing", "say what is to be done with the mail");
    if (filter.conditions.size() > filter_parts_max || filter.actions.size() > filter_parts_max)
        return base::refused("name", "the filter is too long", "make two of it");
    for (auto const& one : filter.conditions)
        if (auto fault = fault_of(one)) return fault;
    for (auto const& one : filter.actions)
        if (auto fault = fault_of(one)) return fault;
    return std::nullopt;
}

base::Error missing() { return base::refused("filter", "it is not there any more", "reload the page"); }

class SqlFilters final : public Filters
{
public:
    explicit SqlFilters(db::Database& school) : school_(school) {}

    std::vector<Filter> filters(UserId user) override
    {
        return school_.read([&](db::Reader& reader) {
            std::vector<Filter> found;
            auto rows = reader.query("SELECT filter_id, name, enabled, needs_all, stops FROM filter "
                                     "WHERE user_id = ? ORDER BY position, filter_id",
                                     user);
            while (auto const row = rows.next())
                found.push_back({row->integer(0),
                                 row->text(1),
                                 row->integer(2) != 0,
                                 row->integer(3) != 0,
                                 row->integer(4) != 0,
                                 {},
                                 {}});
            for (auto& filter : found) read_parts(reader, filter);
            return found;
        });
    }

    base::Result<FilterId> save(UserId user, Filter const& filter) override
    {
        if (auto fault = fault_of(filter)) return *fault;
        auto const fresh = static_cast<FilterId>(base::random_key());
        return school_.run([&](db::Transaction& transaction) -> base::Result<FilterId> {
            auto const id = filter.id == 0 ? fresh : filter.id;
            if (filter.id == 0) {
                auto const count = transaction.number("SELECT COUNT(*) FROM filter WHERE user_id = ?", user);
                if (count.value_or(0) >= static_cast<std::int64_t>(filters_max))
                    return base::refused("filter", "there are too many of them", "delete one first");
                auto const last = transaction.number("SELECT MAX(position) FROM filter WHERE user_id = ?", user);
                transaction.exec("INSERT INTO filter (filter_id, user_id, position, name) VALUES (?, ?, ?, ?)", id,
                                 user, last.value_or(0) + 1, filter.name);
            }
            auto const changed =
                transaction.exec("UPDATE filter SET name = ?, enabled = ?, needs_all = ?, stops = ? WHERE filter_id "
                                 "= ? AND user_id = ?",
                                 filter.name, filter.enabled, filter.needs_all, filter.stops, id, user);
            if (changed == 0) return missing();
            write_parts(transaction, id, filter);
            return id;
        });
    }

    base::Result<void> remove(UserId user, FilterId filter) override
    {
        return school_.run([&](db::Transaction& transaction) -> base::Result<void> {
            if (transaction.exec("DELETE FROM filter WHERE filter_id = ? AND user_id = ?", filter, user) == 0)
                return missing();
            return {};
        });
    }

    base::Result<void> set_enabled(UserId user, FilterId filter, bool enabled) override
    {
        return school_.run([&](db::Transaction& transaction) -> base::Result<void> {
            if (transaction.exec("UPDATE filter SET enabled = ? WHERE filter_id = ? AND user_id = ?", enabled, filter,
                                 user) == 0)
                return missing();
            return {};
        });
    }

    base::Result<void> shift(UserId user, FilterId filter, bool earlier) override
    {
        return school_.run([&](db::Transaction& transaction) -> base::Result<void> {
            std::vector<FilterId> order;
            {
                auto rows = transaction.query(
                    "SELECT filter_id FROM filter WHERE user_id = ? ORDER BY position, filter_id", user);
                while (auto const row = rows.next()) order.push_back(row->integer(0));
            }
            auto const here = std::find(order.begin(), order.end(), filter);
            if (here == order.end()) return missing();
            if (earlier && here != order.begin()) std::iter_swap(here, here - 1);
            if (!earlier && here + 1 != order.end()) std::iter_swap(here, here + 1);
            std::int64_t position = 0;
            for (auto const id : order)
                transaction.exec("UPDATE filter SET position = ? WHERE filter_id = ?", ++position, id);
            return {};
        });
    }

    std::int64_t version() override { return school_.data_version(); }

    Vacation vacation(UserId user) override
    {
        return school_.read([&](db::Reader& reader) {
            Vacation found;
            auto rows = reader.query("SELECT enabled, subject, text, begins, ends, audience, days FROM vacation "
                                     "WHERE user_id = ?",
                                     user);
            if (auto const row = rows.next())
                found = {row->integer(0) != 0,
                         row->text(1),
                         row->text(2),
                         row->integer(3),
                         row->integer(4),
                         row->view(5) == "school",
                         static_cast<unsigned>(row->integer(6))};
            return found;
        });
    }

    base::Result<void> set_vacation(UserId user, Vacation const& vacation) override
    {
        constexpr unsigned most_days = 60;
        if (vacation.enabled && base::trim(vacation.text).empty())
            return base::refused("text", "the answer has no text", "write what people should know");
        if (vacation.text.size() > vacation_text_max || !base::is_utf8(vacation.text) || !is_line(vacation.subject))
            return base::refused("text", "the answer is too long", "write at most 8192 letters");
        if (vacation.ends != 0 && vacation.ends <= vacation.begins)
            return base::refused("ends", "the last day is before the first one", "choose a later day");
        if (vacation.days < 1 || vacation.days > most_days)
            return base::refused("days", "the number of days is not possible", "choose 1 to 60");
        school_.run([&](db::Transaction& transaction) {
            transaction.exec("DELETE FROM vacation WHERE user_id = ?", user);
            transaction.exec("INSERT INTO vacation (user_id, enabled, subject, text, begins, ends, audience, days) "
                             "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                             user, vacation.enabled, vacation.subject, vacation.text, vacation.begins, vacation.ends,
                             vacation.only_school ? "school" : "everybody", vacation.days);
        });
        return {};
    }

private:
    static void read_parts(db::Reader& reader, Filter& filter)
    {
        auto conditions = reader.query(
            "SELECT what, header, how, value FROM filter_condition WHERE filter_id = ? ORDER BY number", filter.id);
        while (auto const row = conditions.next()) {
            auto const what = parse_condition(row->view(0));
            auto const how = parse_comparison(row->view(2));
            if (what && how) filter.conditions.push_back({*what, row->text(1), *how, row->text(3)});
        }
        auto actions =
            reader.query("SELECT what, value FROM filter_action WHERE filter_id = ? ORDER BY number", filter.id);
        while (auto const row = actions.next())
            if (auto const what = parse_action(row->view(0))) filter.actions.push_back({*what, row->text(1)});
    }

    static void write_parts(db::Transaction& transaction, FilterId id, Filter const& filter)
    {
        transaction.exec("DELETE FROM filter_condition WHERE filter_id = ?", id);
        transaction.exec("DELETE FROM filter_action WHERE filter_id = ?", id);
        int number = 0;
        for (auto const& one : filter.conditions)
            transaction.exec("INSERT INTO filter_condition (filter_id, number, what, header, how, value) "
                             "VALUES (?, ?, ?, ?, ?, ?)",
                             id, ++number, show(one.what), one.header, show(one.how), one.value);
        number = 0;
        for (auto const& one : filter.actions)
            transaction.exec("INSERT INTO filter_action (filter_id, number, what, value) VALUES (?, ?, ?, ?)", id,
                             ++number, show(one.what), one.value);
    }

    db::Database& school_;
};
} // namespace

std::string_view show(FilterCondition::What what) { return name_of(condition_names, what); }
std::string_view show(FilterCondition::How how) { return name_of(comparison_names, how); }
std::string_view show(FilterAction::What what) { return name_of(action_names, what); }
std::optional<FilterCondition::What> parse_condition(std::string_view text) { return word_of(condition_names, text); }
std::optional<FilterCondition::How> parse_comparison(std::string_view text)
{
    return word_of(comparison_names, text);
}
std::optional<FilterAction::What> parse_action(std::string_view text) { return word_of(action_names, text); }

std::unique_ptr<Filters> make_sql_filters(db::Database& school) { return std::make_unique<SqlFilters>(school); }

} // namespace directory
