#include "maild/queue/quota_watch.h"

#include "maild/limits.h"

namespace maild::queue
{

namespace
{
/// The room below which a mailbox is watched.
std::uint64_t watched_room(std::uint64_t quota) { return quota / 100 * limits::watched_room_percent; }
} // namespace

QuotaWatch::QuotaWatch(directory::Directory& directory, mailbox::MailStore& store, Spool& spool)
    : directory_(directory), store_(store), spool_(spool)
{
    for (auto const& room : spool_.rooms()) published_[room.account] = room.bytes;
}

void QuotaWatch::changed(directory::User const& user, std::uint64_t bytes)
{
    if (user.quota == 0) return;
    std::lock_guard const lock(mutex_);
    auto const [known, is_new] = estimates_.try_emplace(user.id, 0);
    known->second += bytes;
    if (is_new || known->second + watched_room(user.quota) >= user.quota) noted_.insert(user.id);
}

void QuotaWatch::refresh()
{
    std::set<mailbox::AccountId> accounts;
    {
        std::lock_guard const lock(mutex_);
        accounts.swap(noted_);
    }
    for (auto const& [account, room] : published_) accounts.insert(account);
    for (auto const account : accounts) look_at(account);
}

void QuotaWatch::look_at(mailbox::AccountId account)
{
    auto const user = directory_.find_user(account);
    auto const quota = user ? user->quota : 0;
    auto const used = quota > 0 ? store_.usage(account).bytes : 0;
    {
        std::lock_guard const lock(mutex_);
        estimates_[account] = used;
    }
    auto const room = static_cast<std::int64_t>(quota) - static_cast<std::int64_t>(used);
    auto const known = published_.find(account);
    if (quota == 0 || room > static_cast<std::int64_t>(watched_room(quota))) {
        if (known == published_.end()) return;
        spool_.publish_room(account, std::nullopt);
        published_.erase(known);
    } else if (known == published_.end() || known->second != room) {
        spool_.publish_room(account, room);
        published_[account] = room;
    }
}

} // namespace maild::queue
