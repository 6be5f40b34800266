#pragma once
// The subject without "Re:", "Fwd:", "[list]" and the like (RFC 5256 section 2.1): what SORT orders by and what
// threads have in common.

#include <string>
#include <string_view>

namespace message
{

struct BaseSubject {
    std::string text;      ///< UTF-8, in the writer's case
    bool is_reply = false; ///< a mark of an answer or a forwarded message went away
};

/// Of an unfolded Subject value with its encoded words. Linear time.
BaseSubject base_subject(std::string_view value);

} // namespace message
