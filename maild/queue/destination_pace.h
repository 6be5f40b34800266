#pragma once
// How many connections a destination gets: few at first, more while it takes mail, half when it complains, one at a
// time where nobody answered. Also whose turn it is there. Plain bookkeeping of RemotePool, which guards it.

#include "maild/queue/spool.h"

#include <cstddef>
#include <string>

namespace maild::queue
{

class DestinationPace
{
public:
    /// Whether one more connection may be opened now; `most` is the school's limit.
    bool has_room(std::size_t most) const;
    /// Bulk gets at most half of the destination's connections (but one), so that the others find room.
    bool has_room_for_bulk(std::size_t most) const;

    void begin(MailClass mail_class);
    /// What happened: all well; something was taken only later; nobody answered.
    void ended_well(MailClass mail_class, std::size_t most);
    void ended_busy(MailClass mail_class);
    void ended_dead(MailClass mail_class);

    /// Which class is asked first: of eight turns five premium, two standard, one bulk, so that nobody starves.
    MailClass next_class() const;
    std::string& last_origin(MailClass mail_class) { return last_origin_[static_cast<std::size_t>(mail_class)]; }

    std::size_t active() const { return active_; }
    std::size_t limit() const { return limit_; }

private:
    void end(MailClass mail_class);

    std::size_t limit_ = 2; ///< as Postfix starts with a few, a stranger gets two
    std::size_t successes_ = 0;
    std::size_t active_ = 0;
    std::size_t active_bulk_ = 0;
    std::size_t turns_ = 0;
    std::string last_origin_[3];
};

} // namespace maild::queue
