#include "maild/imap/sort.h"

#include "appliance/base/text.h"
#include "maild/imap/limits.h"
#include "maild/imap/reply.h"

#include <algorithm>
#include <numeric>
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

using Rows = std::vector<std::uint32_t>;

/// By row: a lesser number comes first.
std::vector<std::int64_t> numbers_of(mailbox::Columns const& columns, Key key)
{
    if (key == Key::date) return sent_dates(columns);
    if (key == Key::arrival) return columns.rows->arrived;
    return {columns.rows->sizes.begin(), columns.rows->sizes.end()};
}

/// What is equal stays in its order, here and below.
void sort_by_number(Rows& order, std::vector<std::int64_t> const& numbers, bool reverse)
{
    struct Item {
        std::int64_t number;
        std::uint32_t row;
    };
    std::vector<Item> items;
    items.reserve(order.size());
    for (auto const row : order) items.push_back({reverse ? ~numbers[row] : numbers[row], row}); // -number overflows
    std::stable_sort(items.begin(), items.end(), [](Item const& a, Item const& b) { return a.number < b.number; });
    std::transform(items.begin(), items.end(), order.begin(), [](Item const& item) { return item.row; });
}

/// Ranks are below the number of rows: counting them is quicker than comparing.
void sort_by_rank(Rows& order, std::vector<std::uint32_t> const& ranks, bool reverse)
{
    auto const last = static_cast<std::uint32_t>(ranks.size()) - 1;
    auto const rank = [&](std::uint32_t row) { return reverse ? last - ranks[row] : ranks[row]; };
    std::vector<std::uint32_t> places(ranks.size() + 1);
    for (auto const row : order) ++places[rank(row) + 1];
    std::partial_sum(places.begin(), places.end(), places.begin());
    Rows sorted(order.size());
    for (auto const row : order) sorted[places[rank(row)]++] = row;
    order = std::move(sorted);
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
        if (auto const text = text_of(criterion.key))
            wanted.add(*text);
        else
            wanted.rows = true;
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
    auto order = rows;
    if (order.empty()) return order;
    for (auto criterion = criteria.rbegin(); criterion != criteria.rend(); ++criterion)
        if (auto const text = text_of(criterion->key))
            sort_by_rank(order, columns.text(*text).ranks(), criterion->reverse);
        else
            sort_by_number(order, numbers_of(columns, criterion->key), criterion->reverse);
    return order;
}

} // namespace maild::imap
