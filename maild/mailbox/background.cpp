#include "maild/mailbox/background.h"

#include "appliance/base/error.h"
#include "appliance/base/log.h"

#include <chrono>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace maild::mailbox
{

namespace
{
constexpr std::uint64_t disk_reserve = std::uint64_t{256} << 20; ///< mail comes first
constexpr std::chrono::seconds pause_at_start{3};                ///< who waited for the box comes first
constexpr std::chrono::seconds pause{2};
constexpr std::chrono::seconds pause_after_trouble{60};
constexpr std::chrono::hours between_full_rounds{6};
} // namespace

Background::~Background()
{
    {
        std::lock_guard const lock(mutex_);
        is_stopping_ = true;
    }
    stop_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void Background::start()
{
    thread_ = std::thread([this] { loop(); });
}

bool Background::is_stopping()
{
    std::lock_guard const lock(mutex_);
    return is_stopping_;
}

bool Background::has_room(std::string const& folder)
{
    struct statvfs disk {
    };
    return ::statvfs(folder.c_str(), &disk) == 0 && std::uint64_t{disk.f_bavail} * disk.f_frsize >= disk_reserve;
}

void Background::loop()
{
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), 19);
    auto full_round = std::chrono::steady_clock::now() + between_full_rounds;
    bool in_trouble = false;
    std::unique_lock lock(mutex_);
    stop_.wait_for(lock, pause_at_start, [&] { return is_stopping_; });
    while (!is_stopping_) {
        lock.unlock();
        std::chrono::seconds wait{0};
        try {
            if (std::chrono::steady_clock::now() > full_round) {
                work_.look_at_all();
                full_round += between_full_rounds;
            }
            if (!work_.step()) wait = pause;
            if (std::exchange(in_trouble, false)) base::log(base::Level::info, "", work_.goes_on);
        } catch (base::StoreError const& error) { // mail.db is read meanwhile
            if (!std::exchange(in_trouble, true))
                base::log(base::Level::warning, "", work_.waits, {{"why", error.what()}});
            wait = pause_after_trouble;
        }
        lock.lock();
        stop_.wait_for(lock, wait, [&] { return is_stopping_; });
    }
}

} // namespace maild::mailbox
