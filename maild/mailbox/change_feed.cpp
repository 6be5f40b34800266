#include "maild/mailbox/change_feed.h"

#include <algorithm>

namespace maild::mailbox
{

ChangeFeed::ChangeFeed() : registry_(std::make_shared<Registry>()) {}

MailStore::Subscription ChangeFeed::subscribe(AccountId account, std::function<void(MailboxId)> news)
{
    auto subscriber = std::make_shared<Subscriber>();
    subscriber->news = std::move(news);
    {
        std::lock_guard const lock(registry_->mutex);
        registry_->by_account[account].push_back(subscriber);
    }
    return {subscriber.get(),
            [registry = registry_, account, subscriber](void*) { leave(*registry, account, subscriber); }};
}

void ChangeFeed::leave(Registry& registry, AccountId account, std::shared_ptr<Subscriber> const& subscriber)
{
    {
        std::lock_guard const lock(subscriber->mutex); // waits for a call that is running
        subscriber->news = nullptr;
    }
    std::lock_guard const lock(registry.mutex);
    auto const found = registry.by_account.find(account);
    if (found == registry.by_account.end()) return;
    auto& list = found->second;
    list.erase(std::remove(list.begin(), list.end(), subscriber), list.end());
    if (list.empty()) registry.by_account.erase(found);
}

void ChangeFeed::announce(std::vector<News> const& news)
{
    for (auto const& item : news) {
        std::vector<std::shared_ptr<Subscriber>> subscribers;
        {
            std::lock_guard const lock(registry_->mutex);
            auto const found = registry_->by_account.find(item.account);
            if (found != registry_->by_account.end()) subscribers = found->second;
        }
        for (auto const& subscriber : subscribers) {
            std::lock_guard const lock(subscriber->mutex);
            if (subscriber->news) subscriber->news(item.mailbox);
        }
    }
}

} // namespace maild::mailbox
