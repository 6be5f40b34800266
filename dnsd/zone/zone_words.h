#pragma once
// A zone file taken apart into entries and words: comments, brackets over several lines, quotes (RFC 1035 5.1).
// What the words mean is zone_text's business.

#include <cstddef>
#include <string_view>
#include <vector>

namespace dnsd
{

struct Entry {
    std::size_t line = 0;                ///< from 1: where it begins
    std::string_view text;               ///< its first line
    bool begins_blank = false;           ///< the name of the entry before goes on
    std::vector<std::string_view> words; ///< quotes left on
    char const* fault = nullptr;         ///< why it cannot be taken apart; `words` is then incomplete
};

class EntryReader
{
public:
    explicit EntryReader(std::string_view text) : text_(text) {}

    /// The next entry that has words or a fault. `entry` is used again and again, so that nothing is allocated.
    bool next(Entry& entry);

private:
    void begin(Entry& entry) const;
    bool end_line(Entry& entry);
    char const* take_word(Entry& entry);
    void skip_line();

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t line_ = 1;
    std::size_t depth_ = 0;
};

} // namespace dnsd
