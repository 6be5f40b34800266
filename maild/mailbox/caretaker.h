#pragma once
// Keeps the store in order while the daemon runs: tells sessions what other processes wrote, and checks every account
// once a night.

#include "appliance/base/clock.h"
#include "appliance/base/file.h"
#include "appliance/daemon/sockets.h"
#include "appliance/directory/directory.h"
#include "maild/mailbox/store.h"

#include <atomic>
#include <thread>
#include <vector>

namespace maild::mailbox
{

class Caretaker
{
public:
    /// `pokes`: datagram sockets on which another process says "I wrote something". Starts its thread.
    Caretaker(MailStore& store, directory::Directory& directory, std::vector<service::Socket> pokes,
              base::Clock const& clock = base::system_clock());
    ~Caretaker();
    Caretaker(Caretaker const&) = delete;
    Caretaker& operator=(Caretaker const&) = delete;

private:
    void run();
    void wait();
    void check_when_due();
    void check(AccountId account);

    MailStore& store_;
    directory::Directory& directory_;
    std::vector<service::Socket> const pokes_;
    base::Clock const& clock_;
    base::Fd wake_;
    bool is_first_ = true;
    bool has_guests_ = false;
    std::vector<AccountId> unchecked_; ///< of the check that runs, a step a second
    base::Timestamp check_begun_ = 0;
    std::atomic<bool> stopping_ = false;
    std::thread thread_;
};

/// Whether a check is due: at night, or whenever the last one is older than a day and a quarter (a box that is off at
/// night). Times in UTC, `hour` in the machine's time zone.
bool is_check_due(base::Timestamp last, base::Timestamp now, int hour);

} // namespace maild::mailbox
