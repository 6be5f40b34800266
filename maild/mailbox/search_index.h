#pragma once
// What SORT, THREAD and header SEARCH ask of a message, made once from its header. Texts to look into are folded
// (message/fold.h), keys to order by are case-mapped (message/casemap.h). Storing it: sql_search.cpp.

#include "appliance/base/clock.h"
#include "maild/mailbox/ids.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace maild::mailbox
{

/// Raised when a change of this file makes what is stored worthless: then all is made anew, in the background.
inline constexpr int search_index_version = 2;
inline constexpr std::size_t sort_key_max = 1000; ///< bytes that count of a key

/// Address fields, subject, and what tells of files; their texts are kept ready for SEARCH. In the order of the
/// columns in the database.
enum class SearchField { from, to, cc, bcc, subject, content_type };
inline constexpr std::size_t search_fields = 6;

/// 64 bits of the hash of a normalised Message-ID; 0: none.
using MessageIdHash = std::int64_t;

struct SearchIndex {
    std::optional<base::Timestamp> sent; ///< the Date field
    int sent_day = 0;                    ///< the writer's own day as 20261121; 0: no good Date
    bool is_reply = false;               ///< RFC 5256: the subject was that of an answer or a forwarded message
    std::string subject;                 ///< base subject, case-mapped
    std::string from;                    ///< local part of the first address, case-mapped; so are the next
    std::string to;
    std::string cc;
    std::string shown_from; ///< RFC 5957: the first display name or address
    std::string shown_to;
    MessageIdHash message_id = 0;
    std::vector<MessageIdHash> parents; ///< RFC 5256: References, or the first of In-Reply-To; the oldest first
    /// By SearchField: for every such field of the header a line end and the decoded, folded value.
    std::array<std::string, search_fields> texts;
};

/// Of the header that begins at `begin`.
SearchIndex make_search_index(std::string_view message, std::size_t begin = 0);

/// The field that SEARCH's "HEADER name" means, if its text is kept.
std::optional<SearchField> search_field(std::string_view name);

/// The thread that begins with that message under that subject (RFC 8474). `subject` as in SearchIndex.
std::int64_t thread_key(MessageIdHash first, std::string_view subject);

/// RFC 5256 section 3: quoting that changes nothing goes. With or without brackets; "" gives 0.
MessageIdHash hash_of_message_id(std::string_view id);

} // namespace maild::mailbox
