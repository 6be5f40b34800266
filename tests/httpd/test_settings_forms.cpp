#include "httpd/webmail/filter_form.h"
#include "httpd/webmail/vacation.h"
#include "tests/support/catch.h"

using namespace std::chrono_literals;
using namespace httpd;
using Condition = directory::FilterCondition;
using Action = directory::FilterAction;

TEST_CASE("A day of a form is a day of the calendar, or nothing", "[httpd]")
{
    CHECK(webmail::parse_day("2026-11-29") == 2026y / 11 / 29);
    CHECK(webmail::parse_day("2028-02-29") == 2028y / 2 / 29);
    for (auto const bad : {"", "2026-02-29", "2026-13-01", "2026-00-10", "26-1-1", "29-11-2026", "2026-11-29T10",
                           "9999-01-01", "1969-12-31", "2026-11--9", "besok"})
        CHECK_FALSE(webmail::parse_day(bad));
    CHECK(webmail::show_day(2026y / 1 / 9) == "2026-01-09");
}

TEST_CASE("A filter's form is read row by row, whatever is missing", "[httpd]")
{
    auto const filter = webmail::read_filter(parse_urlencoded(
        "name=+Tugas+&needs=one&stops=1&what=subject&how=begins&header=&value=tugas&what=size&how=above&header=&"
        "value=500"
        "&what=header&how=is&header=X-Priority&value=1&what=attachment&how=contains&header=&value=left+over"
        "&action=move&folder=Kelas&text=ignored&action=label&folder=Kelas&text=+penting+&action=star&folder=Kelas&"
        "text=x"));
    CHECK(filter.name == "Tugas");
    CHECK_FALSE(filter.needs_all);
    CHECK(filter.stops);
    CHECK(filter.conditions ==
          std::vector<Condition>{{Condition::What::subject, "", Condition::How::begins, "tugas"},
                                 {Condition::What::size, "", Condition::How::above, "512000"},
                                 {Condition::What::header, "X-Priority", Condition::How::is, "1"},
                                 {Condition::What::attachment, "", Condition::How::contains, ""}});
    CHECK(filter.actions == std::vector<Action>{{Action::What::move, "Kelas"},
                                                {Action::What::label, "penting"},
                                                {Action::What::star, ""}});
    auto const odd = webmail::read_filter(parse_urlencoded("what=no-such&what=size&value=&value=lots&action=rm"));
    REQUIRE(odd.conditions.size() == 2);
    CHECK(odd.conditions[0].what == Condition::What::subject);
    CHECK(odd.conditions[1].value == "?lots"); // refused when it is saved, and shown again as it was written
    std::string many;
    for (int i = 0; i < 500; ++i) many += "what=from&action=star&";
    CHECK(webmail::read_filter(parse_urlencoded(many)).conditions.size() == directory::filter_parts_max);
    CHECK(webmail::read_filter({}).conditions.empty());
}

TEST_CASE("Rows come and go by the buttons of the form", "[httpd]")
{
    auto filter = webmail::read_filter(parse_urlencoded("what=from&value=a&what=to&value=b&action=star"));
    CHECK(webmail::change_rows(filter, "add-action"));
    CHECK(filter.actions.size() == 2);
    CHECK(webmail::change_rows(filter, "drop-condition-1"));
    REQUIRE(filter.conditions.size() == 1);
    CHECK(filter.conditions[0].value == "b");
    for (auto const odd : {"drop-condition-0", "drop-condition-2", "drop-condition-x", "drop-condition-"}) {
        CHECK(webmail::change_rows(filter, odd));
        CHECK(filter.conditions.size() == 1);
    }
    CHECK_FALSE(webmail::change_rows(filter, "save"));
    CHECK_FALSE(webmail::change_rows(filter, ""));
}
