#pragma once
// Which UID has which sequence number in one client's view of a mailbox, as runs of UIDs: a mailbox from which little
// was removed needs a few bytes, whatever its size. A value; copies share their memory.

#include "maild/mailbox/uid_set.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace maild::imap
{

/// Sequence numbers count from 1.
using SequenceNumber = std::uint32_t;

class UidMap
{
public:
    UidMap() = default;
    explicit UidMap(mailbox::UidSet const& uids);

    SequenceNumber size() const { return size_; }
    bool empty() const { return size_ == 0; }
    /// `number` must be there, as in the next function.
    mailbox::Uid uid(SequenceNumber number) const;
    mailbox::UidSet uids(SequenceNumber first, SequenceNumber last) const;
    mailbox::UidSet uids() const;
    std::optional<SequenceNumber> number(mailbox::Uid uid) const;
    /// 0 when it is empty.
    mailbox::Uid last() const { return empty() ? 0 : uid(size_); }
    /// Those of the set that are here.
    mailbox::UidSet known(mailbox::UidSet const& uids) const;

    void add(mailbox::UidSet const& uids);
    void remove(mailbox::UidSet const& uids);
    std::size_t runs() const { return runs_ ? runs_->size() : 0; }

private:
    struct Run {
        mailbox::Uid first;
        SequenceNumber before; ///< messages in the runs before it
    };
    using Place = std::vector<Run>::const_iterator;
    mailbox::Uid last_of(Place run) const;

    std::shared_ptr<std::vector<Run> const> runs_; ///< null when empty
    SequenceNumber size_ = 0;
};

} // namespace maild::imap
