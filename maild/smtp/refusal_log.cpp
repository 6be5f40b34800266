#include "maild/smtp/refusal_log.h"

#include "appliance/base/log.h"
#include "maild/limits.h"

#include <algorithm>

namespace maild::smtp
{

namespace
{
constexpr base::Timestamp hour = base::Microseconds(std::chrono::hours(1)).count();

bool is_same(queue::RefusedMail const& a, queue::RefusedMail const& b)
{
    return a.peer == b.peer && a.sender == b.sender && a.recipient == b.recipient && a.reply == b.reply;
}
} // namespace

RefusalLog::~RefusalLog()
{
    {
        std::lock_guard const lock(mutex_);
        stopping_ = true;
    }
    something_waits_.notify_all();
    if (writer_.joinable()) writer_.join();
}

void RefusalLog::count(queue::RefusedMail& refused, base::Timestamp now)
{
    if (refused.count++ == 0) refused.first = now;
    refused.last = now;
}

void RefusalLog::note(net::IpAddress const& peer, queue::RefusedMail refused)
{
    std::lock_guard const lock(mutex_);
    auto const now = clock_.now();
    if (now - hour_began_ >= hour) begin_hour(now);
    for (auto& waiting : waiting_)
        if (is_same(waiting, refused)) return count(waiting, now);
    auto const client = peer.as_client();
    auto const known = addresses_.find(client);
    bool const is_full = kept_ >= limits::refusals_per_hour;
    if (is_full && known == addresses_.end()) return count(others_, now);
    auto& address = addresses_[client];
    if (is_full || address.kept >= limits::refusals_per_address) {
        address.surplus.peer = refused.peer;
        return count(address.surplus, now);
    }
    ++address.kept;
    ++kept_;
    refused.count = 0;
    count(refused, now);
    waiting_.push_back(std::move(refused));
    if (!writer_.joinable()) writer_ = std::thread([this] { write_often(); });
    something_waits_.notify_one();
}

/// The surplus of the hour that is over joins what waits.
void RefusalLog::begin_hour(base::Timestamp now)
{
    for (auto& [client, address] : addresses_)
        if (address.surplus.count > 0) waiting_.push_back(std::move(address.surplus));
    if (others_.count > 0) waiting_.push_back(std::exchange(others_, {}));
    addresses_.clear();
    kept_ = 0;
    hour_began_ = now;
}

/// The top of the writer's stack.
void RefusalLog::write_often()
{
    for (;;) {
        std::vector<queue::RefusedMail> some;
        bool is_last = false;
        {
            std::unique_lock lock(mutex_);
            something_waits_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
            something_waits_.wait_for(lock, limits::refusal_wait, [this] { return stopping_; });
            is_last = stopping_;
            if (is_last) begin_hour(clock_.now());
            some.swap(waiting_);
        }
        try {
            spool_.note_refused(some);
        } catch (std::exception const& error) { // the trace is not worth more than the mail: it is only logged
            base::log(base::Level::error, "", "refusals-not-traced", {{"why", error.what()}});
        }
        if (is_last) return;
    }
}

} // namespace maild::smtp
