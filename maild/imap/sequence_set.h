#pragma once
// Sets of message numbers as IMAP writes them: "2,4:7,9:*" (RFC 3501 section 9, sequence-set). Numbers or UIDs: the
// set does not know.

#include "maild/mailbox/uid_set.h"

#include <cstdint>
#include <string>
#include <vector>

namespace maild::imap
{

/// Whether the numbers of a command are sequence numbers or UIDs.
enum class Numbers { sequence, uid };

class SequenceSet
{
public:
    static constexpr std::uint32_t last = 0; ///< stands for "*"

    struct Range {
        std::uint32_t first = 0; ///< as written: may be greater than `second`
        std::uint32_t second = 0;
    };

    /// RFC 5182: "$", the messages that the last search saved.
    static SequenceSet of_saved();
    bool is_saved() const { return is_saved_; }

    void add(std::uint32_t first, std::uint32_t second) { ranges_.push_back({first, second}); }
    std::vector<Range> const& ranges() const { return ranges_; }

    /// With "*" replaced by `greatest`: ascending ranges that neither touch nor overlap.
    std::vector<Range> resolved(std::uint32_t greatest) const;

private:
    std::vector<Range> ranges_;
    bool is_saved_ = false;
};

/// "1:3,7"; not for an empty set.
std::string show_uid_set(mailbox::UidSet const& uids);

} // namespace maild::imap
