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
    items_ = store.maildrop(mailbox_);
    marks_.resize(items_.size());
    undelete_all();
}

std::string Maildrop::unique_id(std::size_t number) const
{
    return std::to_string(uid_validity_) + '.' + std::to_string(items_[number - 1].uid);
}

void Maildrop::mark_deleted(std::size_t number)
{
    marks_[number - 1] |= deleted;
    --total_.messages;
    total_.octets -= octets(number);
}

void Maildrop::undelete_all()
{
    for (auto& mark : marks_) mark = mark & retrieved;
    total_ = {items_.size(), 0};
    for (auto const& item : items_) total_.octets += item.size;
}

Maildrop::Done Maildrop::update()
{
    mailbox::MailStore::DropUpdate update;
    Done done;
    for (std::size_t i = 0; i < items_.size(); ++i) {
        bool const is_read = (marks_[i] & retrieved) != 0;
        bool const is_unwanted = (marks_[i] & deleted) != 0;
        if (!is_read && !is_unwanted) continue;
        ++(is_unwanted ? done.deleted : done.retrieved);
        (!is_unwanted ? update.read : is_read ? update.read_and_deleted : update.deleted).add(items_[i].uid);
    }
    if (done.deleted + done.retrieved > 0) store_->update_maildrop(mailbox_, update);
    return done;
}

} // namespace maild::pop3
