#pragma once
// A set of UIDs as ranges: "1:1000000" is one of them, so that what a command does with a whole mailbox costs as
// little as with one message.

#include "maild/mailbox/ids.h"

#include <cstddef>
#include <initializer_list>
#include <vector>

namespace maild::mailbox
{

/// Neighbouring UIDs, both ends included.
struct UidRange {
    Uid first = 0;
    Uid last = 0;

    bool operator==(UidRange const&) const = default;
};

class UidSet
{
public:
    UidSet() = default;
    /// In any order, doubles allowed. Implicit: where a set is asked, a list will do.
    UidSet(std::vector<Uid> uids);
    UidSet(std::initializer_list<Uid> uids) : UidSet(std::vector<Uid>(uids)) {}
    /// Ranges in any order; each with first <= last.
    static UidSet of(std::vector<UidRange> ranges);
    static UidSet of(UidRange range) { return of(std::vector<UidRange>{range}); }

    bool empty() const { return ranges_.empty(); }
    /// UIDs, not ranges.
    std::size_t size() const;
    bool contains(Uid uid) const;
    /// Ascending; they neither touch nor overlap.
    std::vector<UidRange> const& ranges() const { return ranges_; }
    /// One by one, ascending: only where the set is known to be small.
    std::vector<Uid> uids() const;
    Uid last() const { return ranges_.empty() ? 0 : ranges_.back().last; }

    /// Quick behind the last one.
    void add(UidRange range);
    void add(Uid uid) { add({uid, uid}); }
    /// In pieces of at most so many UIDs.
    std::vector<UidSet> pieces(std::size_t most) const;

    friend UidSet operator|(UidSet const& a, UidSet const& b);
    friend UidSet operator&(UidSet const& a, UidSet const& b);
    friend UidSet operator-(UidSet const& a, UidSet const& b);
    bool operator==(UidSet const&) const = default;

private:
    std::vector<UidRange> ranges_;
};

} // namespace maild::mailbox
