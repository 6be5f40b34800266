#pragma once
// A thread of the keeper that looks at the database whenever somebody has changed it, and works in between.

#include "appliance/base/file.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace db
{
class Database;
}

namespace dnsd
{

class Duty
{
public:
    /// `look` after every change of the database and at the start; `work` then and after each pause, which it gives.
    Duty(char const* name, db::Database& dns, std::function<void()> look,
         std::function<std::chrono::milliseconds()> work);
    ~Duty();
    Duty(Duty const&) = delete;
    Duty& operator=(Duty const&) = delete;

    /// Further descriptors whose input is work. Before start().
    void watch(std::vector<int> sockets) { sockets_ = std::move(sockets); }
    void start();
    /// Works now. From any thread.
    void wake() const;

private:
    using Clock = std::chrono::steady_clock;

    void run();
    std::chrono::milliseconds turn();
    void wait(std::chrono::milliseconds pause);
    bool take_events();

    char const* name_;
    db::Database& dns_;
    std::function<void()> look_;
    std::function<std::chrono::milliseconds()> work_;
    base::Fd wake_;
    base::Fd changes_; ///< inotify on the database's folder
    std::vector<int> sockets_;
    Clock::time_point lively_until_{};
    std::optional<std::int64_t> version_;
    std::string trouble_;
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

} // namespace dnsd
