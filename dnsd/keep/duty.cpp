#include "dnsd/keep/duty.h"

#include "appliance/base/log.h"
#include "appliance/db/database.h"

#include <algorithm>
#include <filesystem>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

namespace dnsd
{

namespace
{
using std::chrono::milliseconds;
/// Without word from the kernel: something may have escaped it.
constexpr milliseconds longest_pause{2000};
/// The write-ahead log is written a moment before the commit can be seen: look again for a while.
constexpr milliseconds lively_pause{20};
constexpr milliseconds lively_time{500};
constexpr milliseconds after_trouble{5000};

base::Fd watch_folder_of(std::string const& file)
{
    base::Fd fd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    auto const folder = std::filesystem::path(file).parent_path().string();
    if (fd) ::inotify_add_watch(fd.get(), folder.empty() ? "." : folder.c_str(), IN_MODIFY | IN_CREATE);
    return fd;
}
} // namespace

Duty::Duty(char const* name, db::Database& dns, std::function<void()> look, std::function<milliseconds()> work)
    : name_(name),
      dns_(dns),
      look_(std::move(look)),
      work_(std::move(work)),
      wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      changes_(watch_folder_of(dns.path()))
{
}

Duty::~Duty()
{
    stopping_ = true;
    wake();
    if (thread_.joinable()) thread_.join();
}

void Duty::start()
{
    thread_ = std::thread([this] { run(); });
}

void Duty::wake() const { ::eventfd_write(wake_.get(), 1); }

void Duty::run()
{
    while (!stopping_) wait(turn());
}

/// Gives how long nothing is to be done.
milliseconds Duty::turn()
{
    try {
        auto const now = dns_.data_version();
        if (now != version_) look_();
        version_ = now;
        auto const pause = std::clamp(work_(), milliseconds{0}, longest_pause);
        trouble_.clear();
        return pause;
    } catch (std::exception const& error) { // the top of this thread's work
        version_.reset();
        if (std::exchange(trouble_, error.what()) != error.what())
            base::log(base::Level::error, "", "keeper-trouble", {{"duty", name_}, {"why", error.what()}});
        return after_trouble;
    }
}

void Duty::wait(milliseconds pause)
{
    bool const lively = Clock::now() < lively_until_;
    std::vector<pollfd> watched = {{wake_.get(), POLLIN, 0}, {changes_.get(), POLLIN, 0}};
    for (int const socket : sockets_) watched.push_back({socket, POLLIN, 0});
    ::poll(watched.data(), watched.size(),
           static_cast<int>((lively ? std::min(pause, lively_pause) : pause).count()));
    eventfd_t count = 0;
    ::eventfd_read(wake_.get(), &count);
    if (take_events()) lively_until_ = Clock::now() + lively_time;
}

bool Duty::take_events()
{
    alignas(inotify_event) char events[4096];
    bool any = false;
    while (changes_ && ::read(changes_.get(), events, sizeof events) > 0) any = true;
    return any;
}

} // namespace dnsd
