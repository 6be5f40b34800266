#pragma once
// What systemd wants to hear (sd_notify(3)) where it started us and asked for it: that we are ready, and that we are
// alive.

#include <chrono>

namespace service
{

class ServiceManager
{
public:
    ServiceManager();

    void tell_ready() const;
    /// Often enough is every interval().
    void tell_alive() const;
    /// Half of what the watchdog waits; zero: nobody watches.
    std::chrono::milliseconds interval() const { return interval_; }

private:
    std::chrono::milliseconds interval_{0};
};

} // namespace service
