#include "appliance/directory/settings.h"

#include "appliance/base/text.h"
#include "appliance/db/database.h"
#include "appliance/directory/directory.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

#include <set>

using Kind = directory::SettingType::Kind;

namespace
{
struct HandClock final : base::Clock {
    base::Timestamp time = 1000000;
    base::Timestamp now() const override { return time; }
};

std::string checked(directory::SettingType type, std::string_view value)
{
    auto const kept = directory::checked_value({"a.key", type, "", ""}, value);
    return kept ? *kept : "refused: " + kept.error().to_do;
}
} // namespace

TEST_CASE("every row of the registry has a key of its own, a good default and a description", "[settings]")
{
    std::set<std::string_view> keys;
    for (auto const& row : directory::setting_rows()) {
        INFO(row.key);
        CHECK(keys.insert(row.key).second);
        CHECK(row.description.ends_with('.'));
        auto const usual = directory::checked_value(row, row.usual);
        REQUIRE(usual.ok());
        CHECK(*usual == row.usual);
    }
}

TEST_CASE("a setting takes what its type allows and says what that is", "[settings]")
{
    CHECK(checked({Kind::yes_no}, "ya") == "yes");
    CHECK(checked({Kind::yes_no}, "maybe") == "refused: write yes or no");
    CHECK(checked({Kind::number, 1, 10}, "10") == "10");
    CHECK(checked({Kind::number, 1, 10}, "11") == "refused: write a number from 1 to 10");
    CHECK(checked({Kind::number, 1, 10}, "-1").starts_with("refused"));
    CHECK(checked({Kind::size, 0, 1 << 30}, "50M") == "50M");
    CHECK(checked({Kind::duration, 60, 3600}, "30m") == "30m");
    CHECK(checked({Kind::duration, 60, 3600}, "1d") == "refused: write a time from 1m to 1h, like 30m");
    CHECK(checked({Kind::choice, 0, 0, "a b"}, "c") == "refused: write one of: a, b");
    CHECK(checked({Kind::words}, " a,b   c ") == "a b c");
    CHECK(checked({Kind::domain}, "Mail.Example.org") == "mail.example.org");
    CHECK(checked({Kind::domain}, "[192.0.2.1]").starts_with("refused"));
    CHECK(checked({Kind::domain}, "a b").starts_with("refused"));
    CHECK(checked({Kind::text}, "two\nlines").starts_with("refused"));
}

TEST_CASE("a changed setting is served within a second and costs no query until then", "[settings]")
{
    support::TempFolder folder;
    db::Database school({folder / "school.db", "school", db::Mode::read_write});
    auto const people = directory::make_sql_directory(school);
    HandClock clock;
    directory::Settings settings(*people, clock);

    CHECK(settings.text("mail.outside") == "direct");
    REQUIRE(directory::change_setting(*people, "mail.outside", "offline").ok());
    CHECK(settings.text("mail.outside") == "direct");
    clock.time += 999999;
    CHECK(settings.text("mail.outside") == "offline");
    people->set_setting("mail.outside", "nonsense of an older version");
    clock.time -= 10000000; // the clock is set back
    CHECK(settings.text("mail.outside") == "direct");
    CHECK_THROWS_AS(settings.text("no.such.key"), std::logic_error);
    CHECK_FALSE(directory::change_setting(*people, "domain", "x.id").ok());
}

TEST_CASE("durations are written with their unit", "[base]")
{
    CHECK(base::parse_duration("90") == 90);
    CHECK(base::parse_duration("5d") == 432000);
    CHECK_FALSE(base::parse_duration("5x"));
    CHECK_FALSE(base::parse_duration("5mm"));
    CHECK_FALSE(base::parse_duration(""));
    CHECK(base::show_duration(5400) == "90m");
    CHECK(base::show_duration(0) == "0s");
}
