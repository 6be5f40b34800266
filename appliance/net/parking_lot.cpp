#include "appliance/net/parking_lot.h"

#include <array>
#include <cerrno>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace net
{

namespace
{
using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds listener_pause{100};
constexpr std::uint64_t event_id = 0;
constexpr std::uint64_t first_listener_id = 1;
constexpr std::uint64_t first_place_id = 1000; ///< everything below is the event or a listener
} // namespace

ParkingLot::ParkingLot(GiveBack give_back)
    : give_back_(std::move(give_back)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      event_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      next_id_(first_place_id)
{
    epoll_event event{EPOLLIN, {.u64 = event_id}};
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, event_.get(), &event);
}

ParkingLot::~ParkingLot() { stop(); }

void ParkingLot::watch_listener(int fd, std::function<void()> ready)
{
    epoll_event event{EPOLLIN, {.u64 = first_listener_id + listeners_.size()}};
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
    listeners_.emplace_back(fd, std::move(ready));
}

void ParkingLot::start()
{
    thread_ = std::thread([this] { loop(); });
}

void ParkingLot::stop()
{
    {
        std::lock_guard const lock(mutex_);
        stopping_ = true;
    }
    wake();
    if (thread_.joinable()) thread_.join();
}

void ParkingLot::wake()
{
    std::uint64_t const one = 1;
    [[maybe_unused]] auto const written = ::write(event_.get(), &one, sizeof one);
}

ParkingLot::Id ParkingLot::add(int fd, Time until, std::unique_ptr<Connection> connection, Until what)
{
    std::lock_guard const lock(mutex_);
    Id const id = next_id_++;
    places_.emplace(id, Place{fd, until, std::move(connection)});
    by_time_.emplace(until, id);
    if (what == Until::input) {
        epoll_event event{EPOLLIN | EPOLLRDHUP | EPOLLONESHOT, {.u64 = id}};
        // Who was here before is still known: leave() and EPOLLONESHOT only silenced it.
        if (::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) != 0 && errno == ENOENT)
            ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
    }
    if (until < sleeps_until_) wake();
    return id;
}

void ParkingLot::release(Id id) { leave(id, Left::released); }

void ParkingLot::leave(Id id, Left why)
{
    std::unique_lock lock(mutex_);
    auto node = places_.extract(id);
    if (node.empty()) return;
    auto& place = node.mapped();
    if (why != Left::input) ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, place.fd, nullptr);
    for (auto [at, end] = by_time_.equal_range(place.until); at != end; ++at) {
        if (at->second != id) continue;
        by_time_.erase(at);
        break;
    }
    lock.unlock();
    give_back_(std::move(place.connection), why);
}

void ParkingLot::pause_listeners()
{
    listeners_paused_until_ = Clock::now() + listener_pause;
    for (auto const& [fd, ready] : listeners_) ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

int ParkingLot::milliseconds_to_next()
{
    std::lock_guard const lock(mutex_);
    auto next = Clock::now() + std::chrono::seconds(60);
    if (!by_time_.empty()) next = std::min(next, by_time_.begin()->first);
    if (listeners_paused_until_ != Time{}) next = std::min(next, listeners_paused_until_);
    sleeps_until_ = next;
    auto const left = std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now()).count();
    return static_cast<int>(std::max<long long>(left, 0));
}

void ParkingLot::expire()
{
    for (;;) {
        Id id = 0;
        {
            std::lock_guard const lock(mutex_);
            if (by_time_.empty() || by_time_.begin()->first > Clock::now()) return;
            id = by_time_.begin()->second;
        }
        leave(id, Left::timed_out);
    }
}

void ParkingLot::loop()
{
    std::array<epoll_event, 64> events{};
    for (;;) {
        int const count =
            ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), milliseconds_to_next());
        {
            std::lock_guard const lock(mutex_);
            if (stopping_) return;
        }
        for (int i = 0; i < count; ++i) {
            auto const id = events[static_cast<std::size_t>(i)].data.u64;
            if (id >= first_place_id) {
                leave(id, Left::input);
            } else if (id == event_id) {
                std::uint64_t ignored = 0;
                [[maybe_unused]] auto const got = ::read(event_.get(), &ignored, sizeof ignored);
            } else {
                listeners_[id - first_listener_id].second();
            }
        }
        expire();
        if (listeners_paused_until_ != Time{} && Clock::now() >= listeners_paused_until_) {
            listeners_paused_until_ = {};
            for (std::size_t i = 0; i < listeners_.size(); ++i) {
                epoll_event event{EPOLLIN, {.u64 = first_listener_id + i}};
                ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, listeners_[i].first, &event);
            }
        }
    }
}

void ParkingLot::take_all(std::function<void(std::unique_ptr<Connection>)> const& take)
{
    for (auto& [id, place] : places_) take(std::move(place.connection));
    places_.clear();
    by_time_.clear();
}

} // namespace net
