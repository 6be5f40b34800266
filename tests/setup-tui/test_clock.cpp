// The questions that only the image asks: the time where its clock is wrong, and whether it is the DHCP server.

#include "setup-tui/apply/clock.h"
#include "setup-tui/steps/step.h"
#include "tests/support/catch.h"

#include <cstdlib>
#include <ctime>

namespace
{
setup::Draft image()
{
    setup::Draft draft;
    draft.set("now.is_ours", "yes");
    draft.set("network.method", "static");
    return draft;
}
bool asks(std::string_view key, setup::Draft const& draft) { return applies(*setup::find_field(key), draft); }
} // namespace

TEST_CASE("a moment is read as it is shown", "[setup]")
{
    for (auto const* text : {"2026-11-29 07:30", "2027-01-01 00:00", "2038-02-28 23:59"})
        CHECK(setup::show_clock(setup::parse_clock(text).value()) == text);
    CHECK(setup::parse_clock("  2026-11-29 07:30 ").has_value());
    CHECK_FALSE(setup::parse_clock("2000-01-01 00:00")); // the very thing that is to be corrected
    CHECK_FALSE(setup::parse_clock("2027-02-31 10:00"));
    CHECK_FALSE(setup::parse_clock("2027-02-03 25:00"));
    CHECK_FALSE(setup::parse_clock("2027-02-03"));
    CHECK_FALSE(setup::parse_clock("2027-02-03 10:00 WIB"));
    CHECK_FALSE(setup::parse_clock(""));
}

TEST_CASE("the time is asked for only where the clock is doubtful", "[setup]")
{
    CHECK_FALSE(asks(setup::clock_key, image()));
    auto draft = image();
    draft.set("now.clock", "doubtful");
    CHECK(asks(setup::clock_key, draft));
    draft.set("clock", "yesterday");
    CHECK(check(*setup::find_field(setup::clock_key), draft));
}

TEST_CASE("the DHCP server is offered only where the box sets its own fixed address", "[setup]")
{
    auto draft = image();
    CHECK(asks(setup::dhcp_key, draft));
    CHECK(setup::shown_answer(*setup::find_field(setup::dhcp_key), draft) == "no");
    draft.set("network.method", "dhcp");
    CHECK_FALSE(asks(setup::dhcp_key, draft));
    draft = image();
    draft.erase("now.is_ours");
    CHECK_FALSE(asks(setup::dhcp_key, draft));
}
