#pragma once
// One epoll thread that holds waiting connections and gives each back exactly once: on input, time-out or release().

#include "appliance/base/file.h"
#include "appliance/net/connection.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

namespace net
{

enum class Left { input, released, timed_out };

class ParkingLot
{
public:
    using Id = std::uint64_t;
    using GiveBack = std::function<void(std::unique_ptr<Connection>, Left)>;
    using Time = std::chrono::steady_clock::time_point;

    /// `give_back` is called once for each parked connection, from the lot's thread or from release().
    explicit ParkingLot(GiveBack give_back);
    ~ParkingLot();
    ParkingLot(ParkingLot const&) = delete;
    ParkingLot& operator=(ParkingLot const&) = delete;

    /// `ready` is called in the lot's thread whenever the listening socket has connections waiting. Before start().
    void watch_listener(int fd, std::function<void()> ready);
    void start();
    void stop();

    enum class Until { input, time };
    /// Parks until `until` passes or, with Until::input, something arrives on `fd`. The connection owns `fd` and must
    /// not close it before.
    Id add(int fd, Time until, std::unique_ptr<Connection> connection, Until what = Until::input);
    /// Gives the connection back now, if it is still here.
    void release(Id id);
    /// Out of descriptors: do not look at the listeners for a short while.
    void pause_listeners();
    /// After stop(): hands out everything that is still parked.
    void take_all(std::function<void(std::unique_ptr<Connection>)> const& take);

private:
    struct Place {
        int fd;
        Time until;
        std::unique_ptr<Connection> connection;
    };

    void loop();
    void leave(Id id, Left why);
    int milliseconds_to_next();
    void expire();
    void wake();

    GiveBack give_back_;
    base::Fd epoll_;
    base::Fd event_; ///< ends the wait when something changed that epoll does not see
    std::mutex mutex_;
    std::unordered_map<Id, Place> places_;
    std::multimap<Time, Id> by_time_;
    Id next_id_;
    std::vector<std::pair<int, std::function<void()>>> listeners_;
    Time listeners_paused_until_{};
    Time sleeps_until_{}; ///< the loop looks at the times again then, at the latest
    bool stopping_ = false;
    std::thread thread_;
};

} // namespace net
