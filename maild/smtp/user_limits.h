#pragma once
// How much one person may send in an hour. Counted in memory; what was sent before a restart is read from the trace.

#include "appliance/base/clock.h"
#include "appliance/directory/directory.h"
#include "appliance/directory/settings.h"
#include "maild/queue/spool.h"

#include <deque>
#include <map>
#include <mutex>
#include <string>

namespace maild::smtp
{

/// The limits are the settings mail.limit.pupil.* and mail.limit.teacher.* (teachers, staff, head, administrators); 0
/// is no limit. A class or alias counts as one recipient. Safe from all threads.
class UserLimits
{
public:
    UserLimits(directory::Settings& settings, queue::Spool& spool, base::Clock const& clock)
        : settings_(settings), spool_(spool), clock_(clock)
    {
    }

    /// Whether one more message, and one more recipient beside the `begun` ones of the message, may be sent now.
    /// Throws ClientError (450: mail programs keep the message and try again) and base::StoreError.
    void must_allow_message(directory::User const& user);
    void must_allow_recipient(directory::User const& user, std::size_t begun);
    /// Looks again and counts in one step, before the commit: many sessions at once are asked one after the other.
    /// What the spool then refuses stays counted. Throws as above.
    void must_take(directory::User const& user, std::size_t recipients);

private:
    struct Minute {
        base::Timestamp number = 0;
        std::uint64_t messages = 0;
        std::uint64_t recipients = 0;
    };
    using Hour = std::deque<Minute>;
    std::uint64_t limit(directory::User const& user, std::string_view what);
    Minute sum(directory::User const& user);
    Hour& hour_of(std::string const& login, base::Timestamp now);

    directory::Settings& settings_;
    queue::Spool& spool_;
    base::Clock const& clock_;
    std::mutex mutex_;
    std::map<std::string, Hour> hours_; ///< by login: as many as the school has people
};

} // namespace maild::smtp
