#pragma once
// THREAD (RFC 5256 section 3): trees of messages. Works on columns: no message is read. Linear in the number of
// messages and references, whatever the depth of a thread.

#include "maild/mailbox/columns.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace maild::imap
{

enum class ThreadAlgorithm {
    ordered_subject,
    references,
    refs, ///< as references, but subjects count for nothing; threads by their latest message
};

/// The reply without "* THREAD": "(2)(3 6 (4 23)(44 7 96))". `rows`: ascending numbers of rows of the columns, which
/// have those of columns_for_threads(); `number_of` gives what the client calls a row.
std::string thread(mailbox::Columns const& columns, std::vector<std::uint32_t> const& rows, ThreadAlgorithm algorithm,
                   std::function<std::uint32_t(std::uint32_t row)> const& number_of);

mailbox::ColumnSet columns_for_threads();

} // namespace maild::imap
