#pragma once
// What SEARCH, SORT and THREAD read of many messages at once: one array for each question, so that a mailbox of
// 100,000 messages is answered from some megabytes. Nothing in here ever changes for a message; what does (flags) is
// read anew each time.

#include "maild/mailbox/search_index.h"
#include "maild/mailbox/uid_set.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace maild::mailbox
{

inline constexpr UidRange all_uids{1, UINT32_MAX};

/// The columns with texts. First the keys to order by, then what SEARCH looks into (in the order of SearchField).
enum class TextKind {
    subject,
    from,
    to,
    cc,
    shown_from,
    shown_to,
    from_text,
    to_text,
    cc_text,
    bcc_text,
    subject_text,
    type_text
};
inline constexpr std::size_t text_kinds = 12;
inline constexpr bool is_sort_key(TextKind kind) { return kind <= TextKind::shown_to; }
inline constexpr TextKind text_kind(SearchField field)
{
    return static_cast<TextKind>(static_cast<std::size_t>(TextKind::from_text) + static_cast<std::size_t>(field));
}

/// One text per message. Memory: the bytes and 9 bytes a message, with ranks 8 more.
class TextColumn
{
public:
    /// Longer texts are left out: a mailbox of them would fill the memory.
    static constexpr std::size_t longest = 1000;

    void add(std::string_view text);
    /// One that is not known here; at() gives nothing.
    void add_unknown();
    std::size_t size() const { return ends_.size(); }
    std::size_t bytes() const;
    std::optional<std::string_view> at(std::size_t row) const;

    /// Brings ranks() up to date after add().
    void rank();
    /// By row: equal texts have equal numbers, lesser texts lesser ones. Unknown texts count as empty.
    std::vector<std::uint32_t> const& ranks() const { return ranks_; }

private:
    class Sorter;
    std::string_view text(std::size_t row) const;

    std::string arena_;
    std::vector<std::uint64_t> ends_; ///< in `arena_`; the top bit marks an unknown one
    std::vector<std::uint32_t> order_;
    std::vector<std::uint32_t> ranks_;
};

/// When it was written.
struct SentColumn {
    static constexpr base::Timestamp unknown = INT64_MIN; ///< no good Date field
    std::vector<base::Timestamp> when;
    std::vector<std::int32_t> day; ///< 20261121; 0: unknown
};

/// What threads are made of.
struct ThreadColumn {
    std::vector<MessageIdHash> message_ids;
    std::vector<std::uint8_t> is_reply;
    std::vector<std::uint32_t> parents_end; ///< row's parents end there in `parents`
    std::vector<MessageIdHash> parents;
};

/// What the message rows themselves say; zeros for messages that went before it was read.
struct RowColumn {
    std::vector<BodyId> bodies;
    std::vector<std::uint32_t> sizes;
    std::vector<base::Timestamp> arrived; ///< internal date
};

/// Which columns are wanted besides the UIDs.
struct ColumnSet {
    bool rows = false;
    bool sent = false;
    bool threads = false;
    std::uint32_t texts = 0; ///< bits of TextKind

    void add(TextKind kind) { texts |= 1U << static_cast<unsigned>(kind); }
    bool has(TextKind kind) const { return (texts >> static_cast<unsigned>(kind) & 1U) != 0; }
};

/// A snapshot: every column that is there has one entry for each of the UIDs, which ascend. Messages that were
/// expunged since may still be in it; a message that came since may not be.
struct Columns {
    std::shared_ptr<std::vector<Uid> const> uids;
    std::shared_ptr<RowColumn const> rows;
    std::shared_ptr<SentColumn const> sent;
    std::shared_ptr<ThreadColumn const> threads;
    std::shared_ptr<TextColumn const> texts[text_kinds];

    TextColumn const& text(TextKind kind) const { return *texts[static_cast<std::size_t>(kind)]; }
};

/// What may change at any time.
struct FlagRow {
    Uid uid = 0;
    std::uint32_t system = 0; ///< bits of Flag
    ModSeq modseq = 0;
};

} // namespace maild::mailbox
