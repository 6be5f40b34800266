#pragma once
// What a POP3 session sees (RFC 1939 sections 5 and 6): INBOX as it was at login, numbered from 1, with marks for
// what happens at QUIT. Other sessions may work in the mailbox at the same time: nothing here is locked.

#include "maild/mailbox/store.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace maild::pop3
{

/// 17 bytes a message. Functions throw base::StoreError when the store fails. Numbers are 1 to size().
class Maildrop
{
public:
    Maildrop(mailbox::MailStore& store, mailbox::AccountId account);

    /// The deleted ones too.
    std::size_t size() const { return items_.size(); }
    std::uint32_t octets(std::size_t number) const { return items_[number - 1].size; }
    bool is_deleted(std::size_t number) const { return (marks_[number - 1] & deleted) != 0; }
    /// The same text for the same message in every session, never used for another one: UIDVALIDITY and UID.
    std::string unique_id(std::size_t number) const;
    /// Null: another session has removed it for good.
    std::unique_ptr<mailbox::BodyReader> open(std::size_t number) { return store_->open(items_[number - 1].body); }

    struct Total {
        std::size_t messages = 0;
        std::uint64_t octets = 0;
    };
    /// Of those not marked as deleted.
    Total const& total() const { return total_; }

    void mark_retrieved(std::size_t number) { marks_[number - 1] |= retrieved; }
    /// Once for each.
    void mark_deleted(std::size_t number);
    void undelete_all();
    struct Done {
        std::size_t deleted = 0;
        std::size_t retrieved = 0;
    };
    /// The UPDATE state: removes what is marked, and flags as seen what was retrieved and stays; all or none.
    Done update();

private:
    enum Mark : std::uint8_t { deleted = 1, retrieved = 2 };

    mailbox::MailStore* store_;
    mailbox::MailboxId mailbox_ = 0;
    std::uint32_t uid_validity_ = 0;
    std::vector<mailbox::MailStore::DropItem> items_;
    std::vector<std::uint8_t> marks_; ///< bits of Mark
    Total total_;
};

} // namespace maild::pop3
