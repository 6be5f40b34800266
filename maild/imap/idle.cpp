// IDLE (RFC 2177): the session parks and costs no thread; the store's callback wakes it for news, DONE ends it.

#include "maild/imap/session.h"

#include "appliance/base/text.h"

namespace maild::imap
{

Reply Session::idle(Parser& parser)
{
    parser.must_end();
    idle_tag_ = tag_;
    // From here the callback wakes us. What came before is seen by the loop, which looks before it parks.
    news_->wakes = true;
    stream_.write("+ idling\r\n");
    return no_reply();
}

void Session::end_idle(net::Line const& line)
{
    news_->wakes = watch_ != nullptr;
    tag_ = *idle_tag_;
    idle_tag_.reset();
    tell_news(Expunges::tell);
    if (base::equal_ignoring_case(line.text, "DONE"))
        finish(ok("Idle ended"));
    else
        finish(bad("Expected DONE"));
}

} // namespace maild::imap
