#pragma once
// SORT (RFC 5256 section 3, RFC 5957): the criteria, and the order of messages by them. Works on columns: no message
// is read.

#include "maild/imap/grammar.h"
#include "maild/mailbox/columns.h"

#include <cstdint>
#include <vector>

namespace maild::imap
{

struct SortCriterion {
    enum class Key { arrival, cc, date, from, size, subject, to, shown_from, shown_to };
    Key key = Key::arrival;
    bool reverse = false;
};

/// "(" sort-criterion *(SP sort-criterion) ")".
std::vector<SortCriterion> must_sort_criteria(Parser& parser);

/// What sorted() reads.
mailbox::ColumnSet columns_for(std::vector<SortCriterion> const& criteria);

/// Numbers of rows of the columns in the wanted order; equal ones by UID. `rows` ascending.
std::vector<std::uint32_t> sorted(mailbox::Columns const& columns, std::vector<std::uint32_t> const& rows,
                                  std::vector<SortCriterion> const& criteria);

/// RFC 5256 section 2.2: the Date field's moment, or else the internal date, by row. Reads `sent` and `rows`.
std::vector<base::Timestamp> sent_dates(mailbox::Columns const& columns);

} // namespace maild::imap
