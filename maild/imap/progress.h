#pragma once
// RFC 9585: tells the client now and then how far a long command is. Most commands are done before the first time.

#include "maild/imap/limits.h"

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace maild::imap
{

class Progress
{
public:
    /// `write` sends what follows "* OK ", and what stands in the buffer with it.
    Progress(std::string tag, std::function<void(std::string_view)> write,
             std::chrono::milliseconds interval = limits::progress_interval)
        : tag_(std::move(tag)), write_(std::move(write)), interval_(interval)
    {
    }

    /// So many messages are to be looked at.
    void begin(std::size_t goal) { goal_ = goal; }
    /// So many more were looked at. May throw net::Disconnected: nobody waits any more.
    void advance(std::size_t count)
    {
        done_ += count;
        auto const now = std::chrono::steady_clock::now();
        if (now < last_ + interval_) return;
        last_ = now;
        auto const numbers = goal_ > 0 ? std::to_string(done_) + ' ' + std::to_string(goal_) : "NIL NIL";
        write_("[INPROGRESS (\"" + tag_ + "\" " + numbers + ")] Still searching");
    }

private:
    std::string const tag_;
    std::function<void(std::string_view)> const write_;
    std::chrono::milliseconds const interval_;
    std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
    std::size_t done_ = 0;
    std::size_t goal_ = 0;
};

} // namespace maild::imap
