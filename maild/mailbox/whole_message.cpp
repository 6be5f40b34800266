#include "maild/mailbox/whole_message.h"

#include <condition_variable>
#include <mutex>

namespace maild::mailbox
{

namespace
{
struct Rooms {
    std::mutex mutex;
    std::condition_variable changed;
    std::uint64_t used = 0;
    std::uint64_t asked = 0;  ///< numbers given to who asks
    std::uint64_t served = 0; ///< whose turn it is
};

Rooms& rooms()
{
    static Rooms all;
    return all;
}
} // namespace

MessageRoom::MessageRoom(std::uint64_t bytes) : bytes_(bytes < counted_message ? 0 : bytes)
{
    if (bytes_ == 0) return;
    auto& all = rooms();
    std::unique_lock lock(all.mutex);
    auto const number = all.asked++;
    all.changed.wait(
        lock, [&] { return number == all.served && (all.used == 0 || all.used + bytes_ <= whole_messages_max); });
    ++all.served;
    all.used += bytes_;
    all.changed.notify_all(); // the next one may fit, too
}

MessageRoom::~MessageRoom()
{
    if (bytes_ == 0) return;
    auto& all = rooms();
    std::lock_guard const lock(all.mutex);
    all.used -= bytes_;
    all.changed.notify_all();
}

} // namespace maild::mailbox
