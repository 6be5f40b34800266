#pragma once
// The words of a message, as the full-text index knows them. A word is a longest run of bytes that are letters,
// digits, "@._-" or not ASCII, folded. So a needle that has only such bytes is in the text exactly when it is in one
// of its words.

#include "appliance/base/cursor.h"
#include "appliance/message/search_text.h"

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace maild::mailbox::text
{

inline constexpr std::size_t word_bytes_max = 1000;                  ///< longer runs are left out
inline constexpr std::size_t words_bytes_max = std::size_t{1} << 20; ///< of one message's header or body

inline constexpr base::ByteSet word_bytes =
    base::letters | base::digits | base::ByteSet("@._-") | base::ByteSet::range(128, 255);

/// The distinct words of one message.
struct Words {
    std::unordered_set<std::string> header;
    std::unordered_set<std::string> body;
    bool is_complete = true; ///< false: a limit was met, only the message itself can tell what is not in it
};

/// Linear in the message; memory as words_bytes_max says.
Words words_of(std::string_view message);

/// A needle cut at what is no word byte, as patterns for "\nword\nword\n": the first word may be the end of a longer
/// one, the last one its beginning.
struct Needle {
    explicit Needle(std::string_view folded);

    std::vector<std::string> patterns; ///< none: the words cannot tell
    bool is_exact = false;             ///< one pattern that says it all; else the words give candidates
};

} // namespace maild::mailbox::text
