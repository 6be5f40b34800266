#include "maild/imap/sequence_set.h"

#include <algorithm>

namespace maild::imap
{

SequenceSet SequenceSet::of_saved()
{
    SequenceSet set;
    set.is_saved_ = true;
    return set;
}

std::vector<SequenceSet::Range> SequenceSet::resolved(std::uint32_t greatest) const
{
    std::vector<Range> sorted;
    sorted.reserve(ranges_.size());
    for (auto const& range : ranges_) {
        auto const first = range.first == last ? greatest : range.first;
        auto const second = range.second == last ? greatest : range.second;
        sorted.push_back({std::min(first, second), std::max(first, second)});
    }
    std::sort(sorted.begin(), sorted.end(), [](Range const& a, Range const& b) { return a.first < b.first; });
    std::vector<Range> merged;
    for (auto const& range : sorted) {
        // Written so that a range up to 2^32-1 does not overflow.
        if (!merged.empty() && (range.first <= merged.back().second || range.first - 1 == merged.back().second))
            merged.back().second = std::max(merged.back().second, range.second);
        else
            merged.push_back(range);
    }
    return merged;
}

std::string show_uid_set(mailbox::UidSet const& uids)
{
    std::string text;
    for (auto const& range : uids.ranges()) {
        if (!text.empty()) text += ',';
        text += std::to_string(range.first);
        if (range.last > range.first) text += ':' + std::to_string(range.last);
    }
    return text;
}

} // namespace maild::imap
