#pragma once
// A thread that makes something from mail.db behind the deliveries' back, in small steps: the full-text index, the
// packs. What it makes may be late or missing, never in the way.

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace maild::mailbox
{

/// To be the last member of whoever has the work: the thread ends before the rest goes.
class Background
{
public:
    struct Work {
        std::function<bool()> step;        ///< true: there is more to do; may throw StoreError
        std::function<void()> look_at_all; ///< the next step compares everything: every six hours
        std::string_view waits, goes_on;   ///< events of the log: trouble, and its end
    };
    explicit Background(Work work) : work_(std::move(work)) {}
    ~Background();
    Background(Background const&) = delete;
    Background& operator=(Background const&) = delete;

    /// Starts the thread, at the lowest priority; some seconds later its work. It logs its troubles and goes on.
    void start();
    /// For a step that takes long. From any thread.
    bool is_stopping();
    /// Whether the disk has more than the reserve that belongs to mail.
    static bool has_room(std::string const& folder);

private:
    void loop();

    Work work_;
    std::mutex mutex_;
    std::condition_variable stop_;
    bool is_stopping_ = false;
    std::thread thread_;
};

} // namespace maild::mailbox
