// Hourly limits of people, limits of addresses, and their settings.

#include "maild/limits.h"
#include "maild/smtp/address_limits.h"
#include "maild/smtp/user_limits.h"
#include "tests/maild/smtp_fixture.h"
#include "tests/support/catch.h"

using support::has;
using support::SmtpPlace;

namespace
{
constexpr auto stranger = "203.0.113.9"; // outside limits.exempt

std::string refusal(std::function<void()> const& work)
{
    try {
        work();
    } catch (maild::smtp::ClientError const& error) {
        return error.reply().show();
    }
    return "";
}
} // namespace

TEST_CASE("a person may send so many mails in an hour, others are not touched", "[smtp][limits]")
{
    SmtpPlace place;
    place.school.settings = {{"mail.limit.pupil.messages-per-hour", "2"},
                             {"mail.limit.pupil.recipients-per-hour", "5"}};
    directory::Settings settings(place.school, place.clock);
    maild::smtp::UserLimits users(settings, place.spool, place.clock);
    auto const ali = *place.school.find_user("ali");
    auto const budi = *place.school.find_user("budi");
    auto const message = [&] { return refusal([&] { users.must_allow_message(ali); }); };
    auto const recipient = [&](std::size_t begun) {
        return refusal([&] { users.must_allow_recipient(ali, begun); });
    };
    CHECK(message().empty());
    CHECK(recipient(4).empty());
    CHECK(has(recipient(5), "450 4.7.1 You have written to 5 recipients"));
    users.must_take(ali, 3);
    CHECK(recipient(1).empty());
    CHECK(has(recipient(2), "450 4.7.1 "));
    users.must_take(ali, 1);
    CHECK(has(message(), "450 4.7.1 You have sent 2 mails in an hour"));
    CHECK(refusal([&] { users.must_allow_message(budi); }).empty());
    auto teacher = ali;
    teacher.role = directory::Role::teacher;
    CHECK(refusal([&] { users.must_allow_message(teacher); }).empty());

    place.school.settings["mail.limit.pupil.messages-per-hour"] = "3";
    place.clock.time += 1'000'000; // a change is served within a second
    CHECK(message().empty());
    users.must_take(ali, 1);
    CHECK_FALSE(message().empty());
    place.clock.time += 61LL * 60'000'000;
    CHECK(message().empty());
}

TEST_CASE("many sessions that were all let in at MAIL do not pass the limit together", "[smtp][limits]")
{
    SmtpPlace place;
    place.school.settings = {{"mail.limit.pupil.messages-per-hour", "3"},
                             {"mail.limit.pupil.recipients-per-hour", "10"}};
    directory::Settings settings(place.school, place.clock);
    maild::smtp::UserLimits users(settings, place.spool, place.clock);
    auto const ali = *place.school.find_user("ali");
    for (int session = 0; session < 5; ++session) users.must_allow_message(ali);
    CHECK(refusal([&] { users.must_take(ali, 6); }).empty());
    CHECK(has(refusal([&] { users.must_take(ali, 6); }), "450 4.7.1 You have written to 10 recipients"));
    CHECK(refusal([&] { users.must_take(ali, 2); }).empty());
    CHECK(refusal([&] { users.must_take(ali, 2); }).empty());
    CHECK(has(refusal([&] { users.must_take(ali, 0); }), "450 4.7.1 You have sent 3 mails"));
}

TEST_CASE("what was sent before a restart still counts", "[smtp][limits]")
{
    SmtpPlace place;
    place.school.settings = {{"mail.limit.pupil.messages-per-hour", "2"}};
    place.spool.sent_before = {{"ali", 2, 2}};
    directory::Settings settings(place.school, place.clock);
    maild::smtp::UserLimits users(settings, place.spool, place.clock);
    CHECK(has(refusal([&] { users.must_allow_message(*place.school.find_user("ali")); }), "450 4.7.1 "));
}

TEST_CASE("the sizes and counts of one mail and connection are settings", "[smtp][limits]")
{
    SmtpPlace place;
    place.school.settings = {{"mail.limit.message-size", "200K"}, {"mail.limit.errors", "3"}};
    auto const replies = place.talk(maild::smtp::Purpose::relay, "EHLO x\r\nFOO\r\nFOO\r\nFOO\r\nNOOP\r\n",
                                    support::Over::network, stranger);
    CHECK(has(replies, "SIZE 204800\r\n"));
    CHECK(has(replies, "Too many errors"));
}

TEST_CASE("an address with too many errors or connections waits, others do not", "[smtp][limits]")
{
    SmtpPlace place;
    place.school.settings = {{"mail.limit.address.errors", "3"},
                             {"mail.limit.address.pause", "60s"},
                             {"mail.limit.address.connections-per-minute", "2"}};
    directory::Settings settings(place.school, place.clock);
    maild::smtp::AddressLimits addresses(settings, place.clock, {*net::Network::parse("10.0.0.0/8")});
    auto const bad = *net::IpAddress::parse(stranger);
    auto const good = *net::IpAddress::parse("198.51.100.7");
    auto const exempt = *net::IpAddress::parse("10.1.2.3");
    CHECK(addresses.may_connect(bad));
    for (int i = 0; i < 3; ++i) addresses.failed(bad);
    CHECK_FALSE(addresses.may_connect(bad));
    CHECK(addresses.may_connect(good));
    place.clock.time += 60'000'000;
    CHECK(addresses.may_connect(bad));
    CHECK(addresses.may_connect(bad));
    CHECK_FALSE(addresses.may_connect(bad)); // the third in a minute
    for (int i = 0; i < 10; ++i) {
        addresses.failed(exempt);
        CHECK(addresses.may_connect(exempt));
    }
}

TEST_CASE("an address that goes on making errors rests longer and longer, but not for ever", "[smtp][limits]")
{
    using std::chrono::milliseconds;
    SmtpPlace place;
    place.school.settings = {{"mail.limit.address.errors", "100"}};
    directory::Settings settings(place.school, place.clock);
    maild::smtp::AddressLimits addresses(settings, place.clock, {});
    auto const bad = *net::IpAddress::parse(stranger);
    for (int i = 0; i < 20; ++i) CHECK(addresses.failed(bad) == milliseconds(0));
    CHECK(addresses.failed(bad) == maild::limits::error_rest);
    CHECK(addresses.failed(bad) == 2 * maild::limits::error_rest);
    for (int i = 0; i < 70; ++i) addresses.failed(bad);
    CHECK(addresses.failed(bad) == maild::limits::longest_rest);
}

TEST_CASE("a /64 of IPv6 addresses is one client", "[smtp][limits]")
{
    SmtpPlace place;
    place.school.settings = {{"mail.limit.address.connections-per-minute", "2"}};
    directory::Settings settings(place.school, place.clock);
    maild::smtp::AddressLimits addresses(settings, place.clock, {});
    CHECK(addresses.may_connect(*net::IpAddress::parse("2001:db8::1")));
    CHECK(addresses.may_connect(*net::IpAddress::parse("2001:db8::2")));
    CHECK_FALSE(addresses.may_connect(*net::IpAddress::parse("2001:db8::3")));
    CHECK(addresses.may_connect(*net::IpAddress::parse("2001:db8:0:1::1")));
}
