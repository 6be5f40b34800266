#pragma once
// Tells sessions of this process that a mailbox of their account has news. Carries no content: they ask the store.

#include "maild/mailbox/store.h"

#include <mutex>
#include <unordered_map>

namespace maild::mailbox
{

struct News {
    AccountId account = 0;
    MailboxId mailbox = 0;
};

/// All functions may be called from any thread.
class ChangeFeed
{
public:
    ChangeFeed();
    /// After the token has gone, `news` is not running and is never called again. It must not drop its own token.
    [[nodiscard]] MailStore::Subscription subscribe(AccountId account, std::function<void(MailboxId)> news);
    void announce(std::vector<News> const& news);

private:
    struct Subscriber {
        std::mutex mutex;
        std::function<void(MailboxId)> news; ///< empty: gone
    };
    /// Shared with the tokens: they may outlive the feed.
    struct Registry {
        std::mutex mutex;
        std::unordered_map<AccountId, std::vector<std::shared_ptr<Subscriber>>> by_account;
    };
    static void leave(Registry& registry, AccountId account, std::shared_ptr<Subscriber> const& subscriber);

    std::shared_ptr<Registry> registry_;
};

} // namespace maild::mailbox
