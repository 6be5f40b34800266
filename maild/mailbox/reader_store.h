#pragma once
// The store as somebody sees it who reads mailboxes of others: in those, \Seen is his own (RFC 4314 allows both; a
// class folder in which one pupil's reading hides the news from the others would be of no use). The owner's \Seen,
// and everything else, is as it is. Not for rights (maild/imap/places.h).

#include "maild/mailbox/forwarding_store.h"

namespace maild::mailbox
{

/// One thread at a time, like the session that has it.
class ReaderStore final : public ForwardingStore
{
public:
    explicit ReaderStore(MailStore& real) : ForwardingStore(real) {}

    /// From here on the reader opens this mailbox of somebody else; 0: his own only.
    void read_as(AccountId reader, MailboxId mailbox)
    {
        reader_ = reader;
        mailbox_ = mailbox;
    }

    std::optional<Overview> overview(MailboxId mailbox, Uid recent_from) override;
    std::vector<MessageInfo> messages(MailboxId mailbox) override;
    std::vector<MessageInfo> messages(MailboxId mailbox, UidSet const& uids, Uid from, std::size_t most) override;
    std::vector<MessageInfo> flags_of(MailboxId mailbox, UidSet const& uids) override;
    std::vector<FlagRow> flag_rows(MailboxId mailbox, UidRange uids) override;
    /// Two transactions where both \Seen and other flags change.
    FlagsStored store_flags(MailboxId mailbox, UidSet const& uids, FlagChange change, Flags const& flags,
                            FlagOptions const& options) override;

private:
    bool is_foreign(MailboxId mailbox) const { return mailbox == mailbox_ && mailbox != 0; }
    void show_own(MailboxId mailbox, std::vector<MessageInfo>& messages);

    AccountId reader_ = 0;
    MailboxId mailbox_ = 0;
};

} // namespace maild::mailbox
