#include "dnsd/resolve/intake.h"

#include <algorithm>
#include <cerrno>
#include <sys/eventfd.h>
#include <unistd.h>

namespace dnsd::resolve
{

Intake::Intake(std::size_t most, std::size_t most_per_client) : most_(most), most_per_client_(most_per_client)
{
    event_ = base::Fd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    if (!event_) base::throw_store_error("eventfd");
}

Intake::Counted Intake::counted(net::IpAddress const& address)
{
    auto bytes = address.bytes();
    if (!address.is_v4()) std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
    return bytes;
}

bool Intake::add(Waiting waiting)
{
    bool first = false;
    {
        std::lock_guard const lock(mutex_);
        if (size_ >= most_) return false;
        auto& count = per_client_[counted(waiting.client.address)];
        if (count >= most_per_client_) return false;
        ++count;
        ++size_;
        first = fresh_.empty();
        fresh_.push_back(std::move(waiting));
    }
    if (first) wake();
    return true;
}

void Intake::wake() const
{
    std::uint64_t const one = 1;
    while (::write(event_.get(), &one, sizeof one) < 0 && errno == EINTR) continue;
}

std::vector<Waiting> Intake::take()
{
    std::uint64_t events = 0;
    while (::read(event_.get(), &events, sizeof events) < 0 && errno == EINTR) continue;
    std::lock_guard const lock(mutex_);
    return std::exchange(fresh_, {});
}

void Intake::finish(Waiting& waiting, std::string reply)
{
    {
        std::lock_guard const lock(mutex_);
        auto const found = per_client_.find(counted(waiting.client.address));
        if (found != per_client_.end() && --found->second == 0) per_client_.erase(found);
        --size_;
    }
    waiting.done(std::move(reply));
}

std::size_t Intake::size() const
{
    std::lock_guard const lock(mutex_);
    return size_;
}

} // namespace dnsd::resolve
