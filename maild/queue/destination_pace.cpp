#include "maild/queue/destination_pace.h"

#include <algorithm>

namespace maild::queue
{

bool DestinationPace::has_room(std::size_t most) const { return active_ < std::min(limit_, most); }

bool DestinationPace::has_room_for_bulk(std::size_t most) const
{
    auto const share = std::max<std::size_t>(std::min(limit_, most) / 2, 1);
    return has_room(most) && active_bulk_ < share;
}

void DestinationPace::begin(MailClass mail_class)
{
    ++active_;
    ++turns_;
    if (mail_class == MailClass::bulk) ++active_bulk_;
}

void DestinationPace::end(MailClass mail_class)
{
    --active_;
    if (mail_class == MailClass::bulk) --active_bulk_;
}

void DestinationPace::ended_well(MailClass mail_class, std::size_t most)
{
    end(mail_class);
    if (++successes_ < limit_) return;
    successes_ = 0; // one more connection when each of the present ones has done well
    limit_ = std::min(limit_ + 1, std::max<std::size_t>(most, 1));
}

void DestinationPace::ended_busy(MailClass mail_class)
{
    end(mail_class);
    successes_ = 0;
    limit_ = std::max<std::size_t>(limit_ / 2, 1);
}

void DestinationPace::ended_dead(MailClass mail_class)
{
    end(mail_class);
    successes_ = 0;
    limit_ = 1;
}

MailClass DestinationPace::next_class() const
{
    constexpr MailClass turns[] = {MailClass::premium, MailClass::premium,  MailClass::standard, MailClass::premium,
                                   MailClass::premium, MailClass::standard, MailClass::premium,  MailClass::bulk};
    return turns[turns_ % std::size(turns)];
}

} // namespace maild::queue
