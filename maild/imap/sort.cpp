#include "maild/imap/sort.h"

#include "appliance/base/text.h"
#include "maild/imap/limits.h"
#include "maild/imap/reply.h"

#include <algorithm>
#include <utility>

namespace maild::imap
{

namespace
{
using Key = SortCriterion::Key;
using mailbox::TextKind;

constexpr std::pair<std::string_view, Key> key_names[] = {
    {"ARRIVAL", Key::arrival},   {"CC", Key::cc}, {"DATE", Key::date},       {"FROM", Key::from},
    {"SIZE", Key::size},         {"TO", Key::to}, {"SUBJECT", Key::subject}, {"DISPLAYFROM", Key::shown_from},
    {"DISPLAYTO", Key::shown_to}};

Key must_key(std::string const& name)
{
    for (auto const& [known, key] : key_names)
        if (base::equal_ignoring_case(name, known)) return key;
    throw_bad("Unknown sort criterion " + name);
}

SortCriterion must_criterion(Parser& parser)
{
    auto name = parser.must_atom();
    bool const reverse = base::equal_ignoring_case(name, "REVERSE");
    if (reverse) {
        parser.must_space();
        name = parser.must_atom();
    }
    return {must_key(name), reverse};
}

std::optional<TextKind> text_of(Key key)
{
    switch (key) {
    case Key::cc: return TextKind::cc;
    case Key::from: return TextKind::from;
    case Key::subject: return TextKind::subject;
    case Key::to: return TextKind::to;
    case Key::shown_from: return TextKind::shown_from;
    case Key::shown_to: return TextKind::shown_to;
    case Key::arrival:
    case Key::date:
    case Key::size: break;
    }
    return std::nullopt;
}

/// By row: a lesser number comes first.
std::vector<std::int64_t> numbers_of(mailbox::Columns const& columns, SortCriterion criterion)
{
    std::vector<std::int64_t> numbers;
    if (criterion.key == Key::date) {
        numbers = sent_dates(columns);
    } else if (criterion.key == Key::arrival) {
        numbers = columns.rows->arrived;
    } else if (criterion.key == Key::size) {
        numbers.assign(columns.rows->sizes.begin(), columns.rows->sizes.end());
    } else {
        auto const& ranks = columns.text(*text_of(criterion.key)).ranks();
        numbers.assign(ranks.begin(), ranks.end());
    }
    if (criterion.reverse)
        for (auto& number : numbers) number = ~number; // unlike -number this never overflows
    return numbers;
}
} // namespace

std::vector<SortCriterion> must_sort_criteria(Parser& parser)
{
    std::vector<SortCriterion> criteria;
    parser.must_take('(');
    do {
        if (criteria.size() >= limits::sort_criteria) throw_bad("Too many sort criteria");
        criteria.push_back(must_criterion(parser));
    } while (parser.take(' '));
    parser.must_take(')');
    return criteria;
}

mailbox::ColumnSet columns_for(std::vector<SortCriterion> const& criteria)
{
    mailbox::ColumnSet wanted;
    for (auto const& criterion : criteria) {
        if (criterion.key == Key::date) wanted.sent = true;
        if (auto const text = text_of(criterion.key)) wanted.add(*text);
    }
    return wanted;
}

std::vector<base::Timestamp> sent_dates(mailbox::Columns const& columns)
{
    auto dates = columns.sent->when;
    for (std::size_t row = 0; row < dates.size(); ++row)
        if (dates[row] == mailbox::SentColumn::unknown) dates[row] = columns.rows->arrived[row];
    return dates;
}

std::vector<std::uint32_t> sorted(mailbox::Columns const& columns, std::vector<std::uint32_t> const& rows,
                                  std::vector<SortCriterion> const& criteria)
{
    struct Item {
        std::int64_t first; ///< by the first criterion, which mostly decides
        std::uint32_t row;
    };
    std::vector<std::vector<std::int64_t>> keys;
    for (auto const& criterion : criteria) keys.push_back(numbers_of(columns, criterion));
    std::vector<Item> items;
    items.reserve(rows.size());
    for (auto const row : rows) items.push_back({keys[0][row], row});
    auto const before = [&](Item const& a, Item const& b) {
        if (a.first != b.first) return a.first < b.first;
        for (std::size_t i = 1; i < keys.size(); ++i)
            if (keys[i][a.row] != keys[i][b.row]) return keys[i][a.row] < keys[i][b.row];
        return a.row < b.row;
    };
    std::sort(items.begin(), items.end(), before);
    std::vector<std::uint32_t> order;
    order.reserve(items.size());
    for (auto const& item : items) order.push_back(item.row);
    return order;
}

} // namespace maild::imap
