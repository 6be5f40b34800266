#include "maild/queue/personal_rules.h"

namespace maild::queue
{

void PersonalRules::begin_round()
{
    if (!filters_) return;
    auto const version = filters_->version();
    if (version != version_) known_.clear();
    version_ = version;
}

Rules const& PersonalRules::of(directory::UserId user)
{
    static Rules const none;
    if (!filters_) return none;
    auto const [found, is_new] = known_.try_emplace(user);
    if (is_new) {
        try {
            found->second = {filters_->filters(user), filters_->vacation(user)};
        } catch (...) {
            known_.erase(found);
            throw;
        }
    }
    return found->second;
}

} // namespace maild::queue
