#include "maild/mailbox/uid_set.h"

#include <algorithm>

namespace maild::mailbox
{

namespace
{
bool ends_before(UidRange const& range, Uid uid) { return range.last < uid; }
std::size_t size_of(UidRange const& range) { return std::size_t{range.last} - range.first + 1; }
} // namespace

UidSet::UidSet(std::vector<Uid> uids)
{
    std::sort(uids.begin(), uids.end());
    for (auto const uid : uids) add(uid);
}

UidSet UidSet::of(std::vector<UidRange> ranges)
{
    std::sort(ranges.begin(), ranges.end(), [](auto const& a, auto const& b) { return a.first < b.first; });
    UidSet set;
    for (auto const& range : ranges) set.add(range);
    return set;
}

std::size_t UidSet::size() const
{
    std::size_t count = 0;
    for (auto const& range : ranges_) count += size_of(range);
    return count;
}

bool UidSet::contains(Uid uid) const
{
    auto const found = std::lower_bound(ranges_.begin(), ranges_.end(), uid, ends_before);
    return found != ranges_.end() && found->first <= uid;
}

std::vector<Uid> UidSet::uids() const
{
    std::vector<Uid> uids;
    uids.reserve(size());
    for (auto const& range : ranges_)
        for (std::uint64_t uid = range.first; uid <= range.last; ++uid) uids.push_back(static_cast<Uid>(uid));
    return uids;
}

void UidSet::add(UidRange range)
{
    // Written so that a range up to 2^32-1 does not overflow.
    if (ranges_.empty() || (range.first > ranges_.back().last && range.first - 1 > ranges_.back().last)) {
        ranges_.push_back(range);
        return;
    }
    if (range.first >= ranges_.back().first) {
        ranges_.back().last = std::max(ranges_.back().last, range.last);
        return;
    }
    *this = *this | of(range);
}

std::vector<UidSet> UidSet::pieces(std::size_t most) const
{
    std::vector<UidSet> pieces;
    std::size_t room = 0;
    for (auto rest : ranges_) {
        for (bool more = true; more;) {
            if (room == 0) {
                pieces.emplace_back();
                room = most;
            }
            auto const count = std::min(room, size_of(rest));
            auto const last = rest.first + static_cast<Uid>(count - 1);
            pieces.back().add({rest.first, last});
            room -= count;
            more = last < rest.last;
            if (more) rest.first = last + 1;
        }
    }
    return pieces;
}

UidSet operator|(UidSet const& a, UidSet const& b)
{
    std::vector<UidRange> all;
    all.reserve(a.ranges_.size() + b.ranges_.size());
    std::merge(a.ranges_.begin(), a.ranges_.end(), b.ranges_.begin(), b.ranges_.end(), std::back_inserter(all),
               [](auto const& x, auto const& y) { return x.first < y.first; });
    UidSet result;
    for (auto const& range : all) result.add(range);
    return result;
}

UidSet operator&(UidSet const& a, UidSet const& b)
{
    if (a.ranges_.size() > b.ranges_.size()) return b & a;
    UidSet result;
    for (auto const& range : a.ranges_) { // the shorter list looks up in the longer one
        auto other = std::lower_bound(b.ranges_.begin(), b.ranges_.end(), range.first, ends_before);
        for (; other != b.ranges_.end() && other->first <= range.last; ++other)
            result.add({std::max(range.first, other->first), std::min(range.last, other->last)});
    }
    return result;
}

UidSet operator-(UidSet const& a, UidSet const& b)
{
    UidSet result;
    auto other = b.ranges_.begin();
    for (auto const& range : a.ranges_) {
        std::uint64_t next = range.first; // not yet in the result
        while (other != b.ranges_.end() && other->last < next) ++other;
        for (; other != b.ranges_.end() && other->first <= range.last; ++other) {
            if (other->first > next) result.add({static_cast<Uid>(next), other->first - 1});
            next = std::uint64_t{other->last} + 1;
            if (next > range.last) break; // this one may reach into the next range
        }
        if (next <= range.last) result.add({static_cast<Uid>(next), range.last});
    }
    return result;
}

} // namespace maild::mailbox
