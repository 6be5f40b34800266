#pragma once
// The full-text index in its file: segments of words (segment.h), by account. Only a cache: when it is damaged or
// cannot be read it is thrown away, and everything counts as not indexed. What fills it: text_filler.h.

#include "maild/mailbox/cache_file.h"
#include "maild/mailbox/store.h"
#include "maild/mailbox/text/segment.h"

#include <map>
#include <string>
#include <unordered_set>

namespace maild::mailbox::text
{

/// Bodies that several accounts have are kept under this number.
inline constexpr AccountId shared_account = 0;

/// `candidates` and `throw_away` from any thread, the others from the one thread that fills it.
class TextIndex
{
public:
    /// Opens nothing yet: until `open` everything is unsure.
    explicit TextIndex(std::string path) : file_(std::move(path), "text", "text-index-anew") {}

    /// Of the account's bodies and of shared ones. Never throws: what cannot be read is `unsure`.
    TextCandidates candidates(AccountId account, std::span<BodyId const> asked, std::string_view folded_needle,
                              message::SearchScope scope);

    /// Opens the file, or makes a new one where it is damaged. False: neither is possible now.
    bool open() { return file_.open(); }
    /// Empties it, with a log line: it said something that is not so.
    void throw_away(std::string_view why) { file_.throw_away(why); }
    // These throw StoreError; after `corrupt` the index is empty.
    std::vector<BodyId> bodies(); ///< all that are indexed, ascending
    void add(std::map<AccountId, Segment> const& segments);
    /// Joins small segments of the account; it stays at some dozens however the messages come.
    void merge(AccountId account);
    /// Makes anew every segment that has one of these, without them.
    void remove(std::unordered_set<BodyId> const& gone);

private:
    using Number = std::int64_t; ///< of a segment

    void replace(AccountId account, std::vector<Number> const& old, Segment const& segment);
    std::vector<Number> next_to_merge(AccountId account);
    Segment join(std::vector<Number> const& numbers, std::unordered_set<BodyId> const& gone);

    CacheFile file_;
};

} // namespace maild::mailbox::text
