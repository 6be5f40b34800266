#pragma once
// Answers a search program, touching as little as possible. Each key is asked in steps, and the next one only of
// those messages whose answer is open: the rows (flags, dates, sizes), the columns of indexed texts, the full-text
// index, the header in the index, the message itself.

#include "maild/imap/progress.h"
#include "maild/imap/search_keys.h"
#include "maild/imap/uid_map.h"
#include "maild/mailbox/store.h"

#include <functional>
#include <string>
#include <vector>

namespace maild::imap
{

/// The messages that are searched. Borrows everything.
struct SearchScope {
    mailbox::MailboxId mailbox = 0;
    mailbox::AccountId account = 0; ///< the mailbox's owner
    UidMap const& map;
    std::function<bool(mailbox::Uid)> is_recent;
    base::Timestamp now = 0;
};

class Searcher
{
public:
    Searcher(mailbox::MailStore& store, SearchScope const& scope, Progress& progress)
        : store_(store), scope_(scope), progress_(progress)
    {
    }

    /// The messages for which the program holds; its sets are resolved. Of a very large mailbox one part after
    /// another is looked at, so that memory is bounded.
    mailbox::UidSet run(SearchKey const& program);

private:
    std::vector<mailbox::UidRange> parts() const;

    mailbox::MailStore& store_;
    SearchScope const& scope_;
    Progress& progress_;
};

/// Sequence numbers, "*" and "$" become UIDs, once for all messages. `resolve` throws ClientError for what is not
/// there.
using ResolveSet = std::function<mailbox::UidSet(SequenceSet const& set, Numbers numbers)>;
void resolve_sets(SearchKey& program, ResolveSet const& resolve);

/// For MODSEQ in the answer: the greatest mod-sequence of these messages, 0 for none.
mailbox::ModSeq greatest_modseq(mailbox::MailStore& store, mailbox::MailboxId mailbox, mailbox::UidSet const& uids);

} // namespace maild::imap
