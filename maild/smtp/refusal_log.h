#pragma once
// Refused mail on its way to the trace: few commits, whatever strangers do. A teacher finds why a mail did not come;
// a flood of refused RCPTs costs a commit a second and limits::refusals_per_hour rows an hour.

#include "appliance/base/clock.h"
#include "appliance/net/address.h"
#include "maild/queue/spool.h"

#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace maild::smtp
{

class RefusalLog
{
public:
    /// Both live longer.
    RefusalLog(queue::Spool& spool, base::Clock const& clock) : spool_(spool), clock_(clock) {}
    /// Writes what waits.
    ~RefusalLog();
    RefusalLog(RefusalLog const&) = delete;
    RefusalLog& operator=(RefusalLog const&) = delete;

    /// Notes it (times and count are set here); written within limits::refusal_wait. Cheap, any thread. What is more
    /// than the limits of an hour becomes one line of its address, without names, when the hour is over.
    void note(net::IpAddress const& peer, queue::RefusedMail refused);

private:
    struct Address {
        std::size_t kept = 0;
        queue::RefusedMail surplus = {}; ///< count 0: none
    };

    void write_often();
    void begin_hour(base::Timestamp now);
    static void count(queue::RefusedMail& refused, base::Timestamp now);

    queue::Spool& spool_;
    base::Clock const& clock_;
    std::mutex mutex_;
    std::condition_variable something_waits_;
    std::vector<queue::RefusedMail> waiting_;
    base::Timestamp hour_began_ = 0;
    std::size_t kept_ = 0;                        ///< in this hour, of all
    std::map<net::IpAddress, Address> addresses_; ///< by IpAddress::as_client()
    queue::RefusedMail others_ = {};              ///< of addresses that came when the hour was full
    bool stopping_ = false;
    std::thread writer_; ///< begins with the first refusal
};

} // namespace maild::smtp
