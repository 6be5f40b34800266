#pragma once
// Rows of mail.db as the store's types, and the few steps that several operations share. Counters change here only,
// in the same transaction as what they count.

#include "appliance/db/statement.h"
#include "maild/mailbox/prepared_body.h"
#include "maild/mailbox/store.h"
#include "maild/mailbox/upkeep.h"

#include <limits>

namespace maild::mailbox::rows
{

// Accounts and mailboxes.
std::optional<MailStore::Usage> account_usage(db::Reader& reader, AccountId account);
/// Makes the account with INBOX and the special mailboxes, unless it is there.
void ensure_account(db::Transaction& transaction, AccountId account, base::Timestamp now);
std::vector<Mailbox> mailboxes_of(db::Reader& reader, AccountId account);
std::optional<Mailbox> find_mailbox(db::Reader& reader, AccountId account, std::string_view name);
std::optional<Mailbox> read_mailbox(db::Reader& reader, MailboxId mailbox);
/// Gives it a key, a uid_validity and a first UID. The name must be free.
MailboxId insert_mailbox(db::Transaction& transaction, AccountId account, std::string_view name, SpecialUse use,
                         base::Timestamp now);
/// Seconds since 1970, or one more than the last one given: unique in the store, also after a restored backup.
std::int64_t next_uid_validity(db::Transaction& transaction, base::Timestamp now);
/// Makes those levels above `name` that are missing.
void insert_superiors(db::Transaction& transaction, AccountId account, std::string_view name, base::Timestamp now);

// Messages.
/// The end of the ranges that are read with one statement: starting another one costs as much as a few rows that
/// nobody asked for.
std::vector<UidRange>::const_iterator near_ranges(std::vector<UidRange>::const_iterator from,
                                                  std::vector<UidRange>::const_iterator end);
/// Columns: uid, body_id, modseq, size, internal_date, flags, keywords, origin, saved.
MessageInfo read_message(db::Row const& row);
/// Those of the UIDs that are there, by UID: from the UID `from` on, at most `most`.
std::vector<MessageInfo> read_messages(db::Reader& reader, MailboxId mailbox, UidSet const& uids, Uid from = 1,
                                       std::size_t most = std::numeric_limits<std::size_t>::max());

/// What went after that mod-sequence; where the log was shortened, some that went before it too.
UidSet read_expunged(db::Reader& reader, MailboxId mailbox, ModSeq modseq);

MailboxSharing sharing_of(db::Reader& reader, MailboxId mailbox);
/// What a reader who is not the owner has read.
UidSet seen_by(db::Reader& reader, MailboxId mailbox, AccountId account);

/// Messages that are about to come into a mailbox.
struct Arrival {
    std::size_t count = 0;
    std::uint64_t bytes = 0;
    std::size_t unseen = 0;

    void add(std::uint64_t size, Flags const& flags);
};
struct Place {
    std::uint32_t uid_validity = 0;
    Uid first_uid = 0;
    ModSeq modseq = 0;
};
/// Counts them and gives them consecutive UIDs and one mod-sequence. Throws StoreError when the UIDs are used up.
Place make_place(db::Transaction& transaction, AccountId account, MailboxId mailbox, Arrival const& arrival);
/// Writes one row; counters were set by make_place.
void insert_message(db::Transaction& transaction, MailboxId mailbox, MessageInfo const& message, base::Timestamp now);
/// Makes copies of `messages` in a mailbox of that account.
Place copy_messages(db::Transaction& transaction, AccountId account, std::vector<MessageInfo> const& messages,
                    MailboxId target, base::Timestamp now);
/// Removes `messages` (rows of `mailbox` just read) and logs their UIDs.
void remove_messages(db::Transaction& transaction, AccountId account, MailboxId mailbox,
                     std::vector<MessageInfo> const& messages, base::Timestamp now);
/// Keywords in the spelling of their first use in the mailbox.
Flags spelled(db::Transaction& transaction, MailboxId mailbox, Flags flags);

/// UIDs from `next` to before `wanted` will not be given to any message: the log of expunges says so, as it does of
/// every UID that is not there.
void skip_uids(db::Transaction& transaction, MailboxId mailbox, Uid next, Uid wanted);

// Bodies.
/// The body with these bytes: the one that is there, or a new row.
BodyId ensure_body(db::Transaction& transaction, PreparedBody const& body);

// What SEARCH, SORT and THREAD ask (sql_search_rows.cpp).
void insert_search_index(db::Transaction& transaction, BodyId body, SearchIndex const& index);
/// Notes the thread of a message that came to the account, if it is an answer.
void join_thread(db::Transaction& transaction, AccountId account, SearchIndex const& index);
/// What a thread is found by; nothing where the body has no index of this version.
std::optional<SearchIndex> read_thread_index(db::Reader& reader, BodyId body);
/// The ids as body_search.parents has them.
void unpack_parents(std::string_view packed, std::vector<MessageIdHash>& parents);
/// RFC 8474: the same for good once the message was seen by join_thread.
std::int64_t thread_of(db::Reader& reader, AccountId account, SearchIndex const& index);

} // namespace maild::mailbox::rows
