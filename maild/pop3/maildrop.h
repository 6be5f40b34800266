#pragma once
// What a POP3 session sees (RFC 1939 sections 5 and 6): INBOX as it was at login, numbered from 1, with marks for
// what happens at QUIT. Other sessions may work in the mailbox at the same time: nothing here is locked.

#include "maild/mailbox/store.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace maild::pop3
{

/// Functions throw base::StoreError when the store fails.
class Maildrop
{
public:
    Maildrop(mailbox::MailStore& store, mailbox::AccountId account);

    struct Item {
        mailbox::Uid uid = 0;
        std::uint32_t size = 0; ///< octets
        mailbox::BodyId body = 0;
        bool deleted = false;
        bool retrieved = false;
    };
    /// All of them, the deleted ones too: message number 1 is items()[0].
    std::vector<Item> const& items() const { return items_; }
    Item& item(std::size_t number) { return items_[number - 1]; }

    struct Total {
        std::size_t messages = 0;
        std::uint64_t octets = 0;
    };
    /// Of those not marked as deleted.
    Total total() const;
    /// The same text for the same message in every session, never used for another one: UIDVALIDITY and UID.
    std::string unique_id(Item const& item) const;
    /// Null: another session has removed it for good.
    std::unique_ptr<mailbox::BodyReader> open(Item const& item) { return store_->open(item.body); }

    void unmark_all();
    struct Done {
        std::size_t deleted = 0;
        std::size_t retrieved = 0;
    };
    /// The UPDATE state: removes what is marked, and flags as seen what was retrieved and stays.
    Done update();

private:
    mailbox::MailStore* store_;
    mailbox::MailboxId mailbox_ = 0;
    std::uint32_t uid_validity_ = 0;
    std::vector<Item> items_;
};

} // namespace maild::pop3
