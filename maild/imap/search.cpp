#include "maild/imap/search.h"

#include "maild/imap/limits.h"
#include "maild/imap/search_batch.h"
#include "maild/mailbox/column_cache.h"

#include <algorithm>

namespace maild::imap
{

using Kind = SearchKey::Kind;

mailbox::UidSet Searcher::run(SearchKey const& program)
{
    progress_.begin(scope_.map.size());
    mailbox::UidSet found;
    for (auto const& part : parts())
        for (auto const uid : SearchBatch(store_, scope_, program, part).run(progress_)) found.add(uid);
    return found;
}

void resolve_sets(SearchKey& program, ResolveSet const& resolve)
{
    for (auto& child : program.children) resolve_sets(child, resolve);
    if (program.kind != Kind::sequence && program.kind != Kind::uid) return;
    program.uids = resolve(program.set, program.kind == Kind::uid ? Numbers::uid : Numbers::sequence);
    program.kind = Kind::uid;
}

/// Mailboxes up to some size are kept in memory anyway.
std::vector<mailbox::UidRange> Searcher::parts() const
{
    auto const& map = scope_.map;
    if (map.empty()) return {};
    if (map.size() <= mailbox::ColumnCache::rows_max) return {mailbox::all_uids};
    std::vector<mailbox::UidRange> parts;
    for (SequenceNumber first = 1; first <= map.size(); first += limits::search_part) {
        auto const last = std::min<SequenceNumber>(map.size(), first + limits::search_part - 1);
        parts.push_back({map.uid(first), map.uid(last)});
    }
    return parts;
}

mailbox::ModSeq greatest_modseq(mailbox::MailStore& store, mailbox::MailboxId mailbox, mailbox::UidSet const& uids)
{
    mailbox::ModSeq highest = 0;
    if (uids.empty()) return highest;
    for (auto const& row : store.flag_rows(mailbox, {uids.ranges().front().first, uids.last()}))
        if (row.modseq > highest && uids.contains(row.uid)) highest = row.modseq;
    return highest;
}

} // namespace maild::imap
