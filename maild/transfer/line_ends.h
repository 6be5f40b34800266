#pragma once
// The line ends of messages in files: LF there, CRLF in the store.

#include <string>
#include <string_view>

namespace maild::transfer
{

/// Every LF is behind a CR and every CR before an LF: with_lf() can be undone.
bool is_plain_crlf(std::string_view message);
std::string with_lf(std::string_view message);
/// A CR before each LF that has none.
std::string with_crlf(std::string_view message);

} // namespace maild::transfer
