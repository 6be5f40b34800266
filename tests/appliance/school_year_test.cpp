#include "appliance/directory/school_year.h"
#include "tests/support/catch.h"
#include "tests/support/school.h"

using directory::next_class;

namespace
{
struct School : support::School {
    School()
    {
        for (auto const* name : {"X-TKJ-1", "XII-TKJ-1", "LAB"}) people->add_class(name).value();
        add("ali", directory::Role::pupil, "X-TKJ-1");
        add("budi", directory::Role::pupil, "X-TKJ-1");
        add("cici", directory::Role::pupil, "XII-TKJ-1");
        add("dedi", directory::Role::pupil, "LAB");
        add("guru1", directory::Role::teacher, "X-TKJ-1");
    }
    std::string class_of(std::string_view login) { return people->find_user(login)->class_name; }
};
} // namespace

TEST_CASE("a class's name says what it becomes", "[directory][school-year]")
{
    CHECK(next_class("X-TKJ-1", {}) == "XI-TKJ-1");
    CHECK(next_class("xi-tkj-2", {}) == "XII-tkj-2");
    CHECK(next_class("XII-TKJ-1", {}) == "");
    CHECK(next_class("XII-TKJ-1", {{"XIII-TKJ-1", "xiii-tkj-1", 0}}) == "XIII-TKJ-1");
    CHECK(next_class("7B", {}) == "8B");
    CHECK(next_class("10.A", {}) == "11.A");
    CHECK(next_class("IX_C", {}) == "");
    for (auto const* name : {"LAB", "XTKJ1", "Xenon-1", "-", "", "99", "1A"}) CHECK_FALSE(next_class(name, {}));
}

TEST_CASE("the next year moves pupils, switches off who leaves, and nobody else", "[directory][school-year]")
{
    School school;
    auto const year = directory::next_year(*school.people);
    REQUIRE(year.steps.size() == 2);
    CHECK(year.steps.front().from == "XII-TKJ-1"); // the highest first
    CHECK(year.new_classes == std::vector<std::string>{"XI-TKJ-1"});
    CHECK(year.no_year == std::vector<std::string>{"LAB"});
    school.people->move_members(year.moves({"budi"})).value();
    CHECK(school.class_of("ali") == "XI-TKJ-1");
    CHECK(school.class_of("budi") == "X-TKJ-1");
    CHECK(school.class_of("guru1") == "X-TKJ-1");
    CHECK(school.class_of("dedi") == "LAB");
    CHECK(school.class_of("cici").empty());
    CHECK_FALSE(school.people->find_user("cici")->enabled);
    CHECK(school.people->find_user("ali")->enabled);
    CHECK(directory::next_year(*school.people).fingerprint() != year.fingerprint());
}

TEST_CASE("a year that is out of date changes nothing at all", "[directory][school-year]")
{
    School school;
    auto const moves = directory::next_year(*school.people).moves({});
    school.people->set_class("budi", "LAB").value();
    CHECK_FALSE(school.people->move_members(moves));
    CHECK(school.class_of("ali") == "X-TKJ-1");
    CHECK(school.people->find_user("cici")->enabled);
    CHECK(school.people->classes().size() == 3); // the new class was not made either
}

TEST_CASE("who was switched off before stays so", "[directory][school-year]")
{
    School school;
    school.people->set_enabled("ali", false).value();
    school.people->move_members(directory::next_year(*school.people).moves({})).value();
    CHECK(school.class_of("ali") == "XI-TKJ-1");
    CHECK_FALSE(school.people->find_user("ali")->enabled);
}
