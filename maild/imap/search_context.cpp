#include "maild/imap/search_context.h"

#include <algorithm>

namespace maild::imap
{

namespace
{
std::uint32_t number_of(mailbox::Uid uid, UidMap const& map, Numbers numbers)
{
    return numbers == Numbers::uid ? uid : map.number(uid).value_or(0);
}

std::string response(SearchContext const& context, std::string_view what, std::string const& changes)
{
    if (changes.empty()) return {};
    return "* ESEARCH (TAG \"" + context.tag + (context.numbers == Numbers::uid ? "\") UID " : "\") ") +
           std::string(what) + " (" + changes + ")\r\n";
}

/// RFC 5267 section 4.3.4: the place is 0 in what has no order.
void add_change(std::string& changes, std::size_t place, std::string const& numbers)
{
    if (!changes.empty()) changes += ' ';
    changes += std::to_string(place) + ' ' + numbers;
}

NumberList list_of(std::vector<mailbox::Uid> const& uids, UidMap const& map, Numbers numbers)
{
    return numbers_of(mailbox::UidSet(uids), map, numbers);
}
} // namespace

std::string tell_removed(SearchContext& context, mailbox::UidSet const& gone, UidMap const& map)
{
    std::string changes;
    std::vector<mailbox::Uid> kept;
    std::vector<mailbox::Uid> removed;
    for (auto const uid : context.result) {
        if (!gone.contains(uid)) {
            kept.push_back(uid);
            continue;
        }
        removed.push_back(uid);
        if (context.is_sorted()) // the place at the moment, those before it have gone already
            add_change(changes, kept.size() + 1, std::to_string(number_of(uid, map, context.numbers)));
    }
    if (!context.is_sorted() && !removed.empty())
        add_change(changes, 0, list_of(removed, map, context.numbers).show_set());
    context.result = std::move(kept);
    return response(context, "REMOVEFROM", changes);
}

std::string tell_added(SearchContext& context, std::vector<mailbox::Uid> const& now, UidMap const& map)
{
    mailbox::UidSet const known(context.result);
    std::string changes;
    std::vector<mailbox::Uid> added;
    for (std::size_t i = 0; i < now.size(); ++i) {
        if (known.contains(now[i])) continue;
        added.push_back(now[i]);
        if (context.is_sorted()) add_change(changes, i + 1, std::to_string(number_of(now[i], map, context.numbers)));
    }
    if (!context.is_sorted() && !added.empty())
        add_change(changes, 0, list_of(added, map, context.numbers).show_set());
    context.result = now;
    return response(context, "ADDTO", changes);
}

std::vector<std::uint32_t> rows_of(mailbox::Columns const& columns, mailbox::UidSet const& uids)
{
    std::vector<std::uint32_t> rows;
    auto const& all = *columns.uids;
    rows.reserve(std::min(all.size(), uids.size()));
    std::uint32_t row = 0;
    for (auto const& range : uids.ranges()) {
        row = static_cast<std::uint32_t>(std::lower_bound(all.begin() + row, all.end(), range.first) - all.begin());
        for (; row < all.size() && all[row] <= range.last; ++row) rows.push_back(row);
    }
    return rows;
}

std::vector<mailbox::Uid> sorted_uids(mailbox::MailStore& store, mailbox::MailboxId mailbox,
                                      mailbox::UidSet const& uids, std::vector<SortCriterion> const& criteria)
{
    if (criteria.empty()) return uids.uids();
    auto const columns = store.columns(mailbox, columns_for(criteria));
    std::vector<mailbox::Uid> order;
    order.reserve(uids.size());
    for (auto const row : sorted(columns, rows_of(columns, uids), criteria)) order.push_back((*columns.uids)[row]);
    return order;
}

} // namespace maild::imap
