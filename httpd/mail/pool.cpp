#include "httpd/mail/pool.h"

#include "httpd/limits.h"

#include <algorithm>

namespace httpd::mail
{

void MailPool::Lease::done()
{
    if (client_) pool_->give_back(std::move(client_));
}

MailPool::Lease MailPool::take()
{
    bool fresh = false;
    return take(fresh);
}

MailPool::Lease MailPool::take(bool& fresh)
{
    {
        std::lock_guard const lock(mutex_);
        if (!idle_.empty()) {
            auto client = std::move(idle_.back().client);
            idle_.pop_back();
            fresh = false;
            return {*this, std::move(client)};
        }
    }
    fresh = true;
    return {*this, connect_()};
}

void MailPool::give_back(std::unique_ptr<MailClient> client)
{
    std::lock_guard const lock(mutex_);
    if (idle_.size() < limits::connections_kept)
        idle_.push_back({std::move(client), std::chrono::steady_clock::now()});
}

void MailPool::close_idle(std::chrono::steady_clock::time_point now)
{
    std::vector<Idle> old;
    std::lock_guard const lock(mutex_);
    auto const keep = std::partition(idle_.begin(), idle_.end(),
                                     [&](Idle const& idle) { return now - idle.since < limits::connection_idle; });
    old.insert(old.end(), std::make_move_iterator(keep), std::make_move_iterator(idle_.end()));
    idle_.erase(keep, idle_.end());
}

void MailPool::drop_idle()
{
    std::vector<Idle> old;
    std::lock_guard const lock(mutex_);
    old.swap(idle_);
}

} // namespace httpd::mail
