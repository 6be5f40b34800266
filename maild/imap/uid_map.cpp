#include "maild/imap/uid_map.h"

#include <algorithm>

namespace maild::imap
{

UidMap::UidMap(mailbox::UidSet const& uids)
{
    if (uids.empty()) return;
    auto runs = std::make_shared<std::vector<Run>>();
    runs->reserve(uids.ranges().size());
    for (auto const& range : uids.ranges()) {
        runs->push_back({range.first, size_});
        size_ += range.last - range.first + 1;
    }
    runs_ = std::move(runs);
}

mailbox::Uid UidMap::last_of(Place run) const
{
    auto const next = std::next(run);
    auto const end = next == runs_->end() ? size_ : next->before;
    return run->first + (end - run->before - 1);
}

mailbox::Uid UidMap::uid(SequenceNumber number) const
{
    auto const after = std::upper_bound(runs_->begin(), runs_->end(), number - 1,
                                        [](SequenceNumber index, Run const& run) { return index < run.before; });
    auto const run = std::prev(after);
    return run->first + (number - 1 - run->before);
}

mailbox::UidSet UidMap::uids(SequenceNumber first, SequenceNumber last) const
{
    return known(mailbox::UidSet::of({uid(first), uid(last)}));
}

mailbox::UidSet UidMap::uids() const
{
    mailbox::UidSet all;
    if (!runs_) return all;
    for (auto run = runs_->begin(); run != runs_->end(); ++run) all.add({run->first, last_of(run)});
    return all;
}

std::optional<SequenceNumber> UidMap::number(mailbox::Uid uid) const
{
    if (!runs_) return std::nullopt;
    auto const after = std::upper_bound(runs_->begin(), runs_->end(), uid,
                                        [](mailbox::Uid wanted, Run const& run) { return wanted < run.first; });
    if (after == runs_->begin()) return std::nullopt;
    auto const run = std::prev(after);
    if (uid > last_of(run)) return std::nullopt;
    return run->before + (uid - run->first) + 1;
}

mailbox::UidSet UidMap::known(mailbox::UidSet const& uids) const
{
    mailbox::UidSet result;
    if (!runs_) return result;
    for (auto const& range : uids.ranges()) {
        auto run = std::upper_bound(runs_->begin(), runs_->end(), range.first,
                                    [](mailbox::Uid wanted, Run const& other) { return wanted < other.first; });
        if (run != runs_->begin() && last_of(std::prev(run)) >= range.first) --run;
        for (; run != runs_->end() && run->first <= range.last; ++run)
            result.add({std::max(run->first, range.first), std::min(last_of(run), range.last)});
    }
    return result;
}

void UidMap::add(mailbox::UidSet const& more) { *this = UidMap(uids() | more); }

void UidMap::remove(mailbox::UidSet const& gone) { *this = UidMap(uids() - gone); }

} // namespace maild::imap
