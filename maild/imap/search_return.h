#pragma once
// What a search shall answer and how it is written: the RETURN options of SEARCH and SORT (RFC 9051 6.4.4, RFC 4731,
// 5182, 5267, 9394), SEARCH, SORT and ESEARCH responses (7.2.8, 7.3.4).

#include "maild/imap/grammar.h"
#include "maild/imap/uid_map.h"
#include "maild/mailbox/uid_set.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace maild::imap
{

/// RFC 9394: places in the result from 1, or from the end with negative numbers.
struct PartialRange {
    std::int64_t first = 1;
    std::int64_t last = 1;

    /// "1:100" as it was asked.
    std::string show() const;
    std::uint64_t size() const { return static_cast<std::uint64_t>(last > first ? last - first : first - last) + 1; }
};

/// SP partial-range, as it stands behind the word PARTIAL.
PartialRange must_partial(Parser& parser);

struct ReturnOptions {
    bool is_given = false; ///< there was a RETURN: the answer is an ESEARCH
    bool min = false;
    bool max = false;
    bool all = false;
    bool count = false;
    bool save = false;
    bool update = false; ///< RFC 5267
    std::optional<PartialRange> partial;

    /// Something to send besides what is kept.
    bool has_answer() const { return min || max || all || count || partial; }
};

/// ["RETURN" SP "(" [return-option *(SP return-option)] ")" SP]. Empty brackets mean ALL.
ReturnOptions must_return_options(Parser& parser);

/// Numbers in the order of the answer, ascending neighbours as one range.
class NumberList
{
public:
    void add(std::uint32_t number) { add(number, number); }
    void add(std::uint32_t first, std::uint32_t last);

    bool empty() const { return ranges_.empty(); }
    std::size_t size() const { return size_; }
    std::uint32_t front() const { return ranges_.front().first; }
    std::uint32_t back() const { return ranges_.back().last; }
    /// The places [begin, end), from 0.
    NumberList slice(std::size_t begin, std::size_t end) const;
    NumberList partial(PartialRange const& range) const;
    /// "2:4,7".
    std::string show_set() const;
    /// " 2 3 4 7".
    std::string show_each() const;
    /// " 7 4 3 2".
    std::string show_each_from_the_end() const;
    std::vector<mailbox::UidRange> const& ranges() const { return ranges_; }

private:
    std::vector<mailbox::UidRange> ranges_;
    std::size_t size_ = 0;
};

/// UIDs as the client's numbers, ascending. UIDs that the map does not know are left out.
NumberList numbers_of(mailbox::UidSet const& uids, UidMap const& map, Numbers numbers);

/// "ESEARCH (TAG "a") UID MIN 2 ...", without "* ". `origin` is what stands in the brackets; `modseq` 0: none.
std::string show_esearch(std::string const& origin, Numbers numbers, ReturnOptions const& options,
                         NumberList const& found, mailbox::ModSeq modseq);

} // namespace maild::imap
