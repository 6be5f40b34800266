#include "maild/pop3/maildrop.h"

#include "appliance/base/error.h"

namespace maild::pop3
{

Maildrop::Maildrop(mailbox::MailStore& store, mailbox::AccountId account) : store_(&store)
{
    store.ensure_account(account);
    auto const inbox = store.find(account, "INBOX");
    if (!inbox) throw base::StoreError(base::StoreFault::corrupt, "the account has no INBOX");
    mailbox_ = inbox->id;
    uid_validity_ = inbox->uid_validity;
    auto const messages = store.messages(mailbox_);
    items_.reserve(messages.size());
    for (auto const& message : messages) items_.push_back({message.uid, message.size, message.body});
}

Maildrop::Total Maildrop::total() const
{
    Total total;
    for (auto const& item : items_) {
        if (item.deleted) continue;
        ++total.messages;
        total.octets += item.size;
    }
    return total;
}

std::string Maildrop::unique_id(Item const& item) const
{
    return std::to_string(uid_validity_) + '.' + std::to_string(item.uid);
}

void Maildrop::unmark_all()
{
    for (auto& item : items_) item.deleted = false;
}

Maildrop::Done Maildrop::update()
{
    std::vector<mailbox::Uid> deleted;
    std::vector<mailbox::Uid> fetched; ///< and deleted
    std::vector<mailbox::Uid> seen;
    for (auto const& item : items_) {
        if (item.deleted)
            (item.retrieved ? fetched : deleted).push_back(item.uid);
        else if (item.retrieved)
            seen.push_back(item.uid);
    }
    if (!deleted.empty()) store_->expunge(mailbox_, deleted);
    if (!fetched.empty()) store_->expunge(mailbox_, fetched, mailbox::Means::pop3);
    if (!seen.empty())
        store_->store_flags(mailbox_, seen, mailbox::FlagChange::add, {mailbox::flag_seen, {}},
                            {.means = mailbox::Means::pop3});
    return {deleted.size() + fetched.size(), seen.size()};
}

} // namespace maild::pop3
