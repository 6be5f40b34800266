#include "appliance/base/file.h"
#include "appliance/i18n/time_zone.h"
#include "tests/support/catch.h"

using namespace std::chrono_literals;
using i18n::TimeZone;

namespace
{
std::int64_t utc(std::chrono::year_month_day day, std::chrono::minutes time = 0min)
{
    return std::chrono::microseconds(std::chrono::sys_days(day).time_since_epoch() + time).count();
}

TimeZone zone(std::string const& name)
{
    auto found = TimeZone::load(name);
    REQUIRE(found);
    return *std::move(found);
}
} // namespace

TEST_CASE("The three zones of Indonesia are 7, 8 and 9 hours east, now and in fifty years", "[i18n]")
{
    for (auto const when : {utc(2026y / 11 / 29), utc(2026y / 6 / 1), utc(2076y / 6 / 1)}) {
        CHECK(zone("Asia/Jakarta").minutes(when) == 7 * 60);
        CHECK(zone("Asia/Makassar").minutes(when) == 8 * 60);
        CHECK(zone("Asia/Jayapura").minutes(when) == 9 * 60);
    }
    CHECK(zone("UTC").minutes(utc(2026y / 1 / 1)) == 0);
}

TEST_CASE("Summer time begins and ends on its minute, also after the last year of the file", "[i18n]")
{
    auto const berlin = zone("Europe/Berlin");
    CHECK(berlin.minutes(utc(2026y / 3 / 29, 59min)) == 60);
    CHECK(berlin.minutes(utc(2026y / 3 / 29, 60min)) == 120);
    CHECK(berlin.minutes(utc(2026y / 10 / 25, 59min)) == 120);
    CHECK(berlin.minutes(utc(2026y / 10 / 25, 60min)) == 60);
    CHECK(berlin.minutes(utc(2055y / 3 / 28, 59min)) == 60); // the last Sunday of that March
    CHECK(berlin.minutes(utc(2055y / 3 / 28, 60min)) == 120);
    CHECK(berlin.minutes(utc(1880y / 1 / 1)) == 53); // before all changes: the sun's time
}

TEST_CASE("A day begins when clocks there say so", "[i18n]")
{
    auto const start = [](std::string const& name, std::chrono::year_month_day day) {
        return i18n::day_start(day, [there = zone(name)](std::int64_t when) { return there.minutes(when); });
    };
    CHECK(start("Asia/Jakarta", 2026y / 11 / 29) == utc(2026y / 11 / 28, 17h));
    CHECK(start("Asia/Jayapura", 2026y / 11 / 29) == utc(2026y / 11 / 28, 15h));
    CHECK(start("America/New_York", 2026y / 7 / 4) == utc(2026y / 7 / 4, 4h));
    CHECK(start("Europe/Berlin", 2026y / 3 / 29) == utc(2026y / 3 / 28, 23h)); // the day of the change itself
    CHECK(start("Europe/Berlin", 2026y / 3 / 30) == utc(2026y / 3 / 29, 22h));
}

TEST_CASE("A zone that is not there, or only in part, is none", "[i18n]")
{
    CHECK_FALSE(TimeZone::load("Asia/Atlantis"));
    CHECK_FALSE(TimeZone::load("../../../etc/passwd"));
    CHECK_FALSE(TimeZone::load(""));
    auto const whole = base::read_file("/usr/share/zoneinfo/Asia/Jakarta").value();
    auto const data = whole.size() - std::string_view("\nWIB-7\n").size();
    for (std::size_t size = 0; size < data; ++size) CHECK_FALSE(TimeZone::parse(whole.substr(0, size)));
    CHECK(TimeZone::parse(whole));
    auto wild = whole;
    for (std::size_t at = 0; at < wild.size(); ++at) { // nothing of it may lead out of the bytes
        wild[at] = '\xff';
        if (auto const odd = TimeZone::parse(wild)) (void)odd->minutes(utc(2026y / 1 / 1));
        wild[at] = whole[at];
    }
}
