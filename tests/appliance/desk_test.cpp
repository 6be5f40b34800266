#include "appliance/desk/operations.h"
#include "appliance/directory/administration.h"
#include "tests/support/catch.h"
#include "tests/support/school.h"

#include <algorithm>

namespace
{
using Arguments = std::map<std::string, std::string, std::less<>>;

struct School : support::School {
    std::unique_ptr<directory::Administration> administration = directory::make_sql_administration(database, *people);

    School()
    {
        for (auto const* name : {"X-TKJ-1", "X-TKJ-2"}) people->add_class(name).value();
        add("ali", directory::Role::pupil, "X-TKJ-1");
        add("cici", directory::Role::pupil, "X-TKJ-2");
        add("guru1", directory::Role::teacher, "");
        add("guru2", directory::Role::teacher, "X-TKJ-1");
        add("admin", directory::Role::admin, "");
        administration->add_teacher("x-tkj-1", "GURU1").value();
    }
    directory::User user(std::string const& login) const { return people->find_user(login).value(); }
    std::string token(std::string const& login, std::string const& purpose = "web") const
    {
        return people->add_app_password(user(login).id, purpose, base::system_clock().now() + 60'000'000);
    }
    bool is_allowed(std::string const& login, std::string const& operation, Arguments const& arguments = {}) const
    {
        return desk::is_allowed(*desk::find_operation(operation), {"", "id", operation, arguments}, user(login),
                                *administration);
    }
};
} // namespace

TEST_CASE("A class is looked after by whom an administrator names, and by nobody else", "[administration]")
{
    School const school;
    using directory::may_look_after;
    auto& administration = *school.administration;
    CHECK(administration.teachers("X-TKJ-1").value() == std::vector<std::string>{"guru1"});
    CHECK(may_look_after(administration, school.user("guru1"), "x-tkj-1"));
    CHECK(!may_look_after(administration, school.user("guru1"), "X-TKJ-2"));
    CHECK(!may_look_after(administration, school.user("guru1"), ""));
    CHECK(!may_look_after(administration, school.user("guru2"), "X-TKJ-1")); // being in a class gives no right
    CHECK(!may_look_after(administration, school.user("ali"), "X-TKJ-1"));
    CHECK(may_look_after(administration, school.user("admin"), "X-TKJ-2"));
    CHECK(may_look_after(administration, school.user("guru1"), school.user("ali")));
    CHECK(!may_look_after(administration, school.user("guru1"), school.user("cici")));
    CHECK(!may_look_after(administration, school.user("guru1"), school.user("guru2"))); // a colleague in that class
    CHECK(!administration.add_teacher("X-TKJ-1", "ali").ok());
    CHECK(!administration.add_teacher("Y", "guru2").ok());
    administration.remove_teacher("X-TKJ-1", "guru1").value();
    CHECK(!may_look_after(administration, school.user("guru1"), "X-TKJ-1"));
}

TEST_CASE("Deleting a class or its teacher takes the right away", "[administration]")
{
    School const school;
    auto const before = school.user("guru1");
    school.people->delete_user("guru1").value();
    CHECK(school.administration->teachers("X-TKJ-1").value().empty());
    CHECK(school.administration->classes_of(before.id).empty());
    school.administration->add_teacher("X-TKJ-2", "guru2").value();
    school.people->delete_class("X-TKJ-2").value();
    CHECK(school.administration->classes_of(school.user("guru2").id).empty());
}

TEST_CASE("Only a living web session says who somebody is", "[administration]")
{
    School const school;
    auto const token = school.token("admin");
    CHECK(school.administration->session_user(token).value().login == "admin");
    CHECK(!school.administration->session_user(school.token("admin", "phone")));
    CHECK(!school.administration->session_user(token + "0"));
    CHECK(!school.administration->session_user(""));
    CHECK(!school.administration->session_user("kuda-laut-77"));
    school.people->set_enabled("admin", false).value();
    CHECK(!school.administration->session_user(token));
}

TEST_CASE("The audit is only added to", "[administration]")
{
    School school;
    school.administration->note({.login = "admin", .action = "user.delete", .subject = "ali"});
    school.administration->note({.login = "admin", .action = "user.delete", .subject = "budi"});
    auto const deeds = school.administration->deeds(10);
    REQUIRE(deeds.size() == 2);
    CHECK(deeds[0].subject == "budi");
    CHECK(school.administration->deeds(10, deeds[0].id).size() == 1);
    auto const change = [&](auto const& sql) { school.database.run([&](db::Transaction& t) { t.exec(sql); }); };
    CHECK_THROWS_AS(change("DELETE FROM audit"), base::StoreError);
    CHECK_THROWS_AS(change("UPDATE audit SET login = 'x'"), base::StoreError);
    CHECK(school.administration->deeds(10).size() == 2);
}

TEST_CASE("The desk does everything for administrators, and one thing for a class's teacher", "[desk]")
{
    School const school;
    for (auto const& operation : desk::operations()) {
        std::string const name(operation.name);
        CHECK(school.is_allowed("admin", name));
        CHECK(!school.is_allowed("ali", name, {{"class", "X-TKJ-1"}}));
        CHECK(!school.is_allowed("guru2", name, {{"class", "X-TKJ-1"}}));
        CHECK(!school.is_allowed("guru1", name));
        CHECK(school.is_allowed("guru1", name, {{"class", "X-TKJ-1"}}) == (name == "class.statistics"));
        CHECK(!school.is_allowed("guru1", name, {{"class", "X-TKJ-2"}}));
    }
}

TEST_CASE("Every operation of the desk is a command that takes its words", "[desk]")
{
    for (auto const& operation : desk::operations()) {
        auto const commands = operation.commands();
        auto const command = std::find_if(commands.begin(), commands.end(),
                                          [&](auto const& one) { return one.verb == operation.verb; });
        REQUIRE(command != commands.end());
        desk::Request request{"", "id", std::string(operation.name)};
        for (auto const list : {operation.operands, operation.options})
            for (std::size_t at = 0; at < list.size();) {
                auto const end = std::min(list.find(' ', at), list.size());
                request.arguments.emplace(list.substr(at, end - at), "--json");
                at = end + 1;
            }
        auto const words = desk::words_of(operation, request).value();
        INFO(operation.name);
        CHECK_NOTHROW(cli::parse_arguments(*command, words));
        request.arguments.emplace("config", "/etc/shadow");
        CHECK(!desk::words_of(operation, request).ok());
    }
}

TEST_CASE("A request of the desk is read strictly", "[desk]")
{
    auto const reads = [](std::string const& line) { return desk::parse_request(line).ok(); };
    CHECK(reads(R"({"session": "a", "language": "id", "operation": "status", "arguments": {}})"));
    CHECK(reads(R"({"operation": "trace", "arguments": {"from": "ali"}})"));
    CHECK(!reads(""));
    CHECK(!reads("[]"));
    CHECK(!reads("7"));
    CHECK(!reads(R"({"operation": 7})"));
    CHECK(!reads(R"({"operation": "status", "more": "x"})"));
    CHECK(!reads(R"({"arguments": ["a"]})"));
    CHECK(!reads(R"({"arguments": {"a": {"b": "c"}}})"));
    CHECK(!reads(R"({"operation": "dns.add", "arguments": {"record": "a A 1.2.3.4\nb A 1.2.3.4"}})"));
    CHECK(!reads(R"({"operation": "a\u0000b"})"));
    CHECK(!reads(std::string(desk::longest_request, '{')));
    CHECK(!reads("{\"operation\": \"" + std::string(desk::longest_request, 'a') + "\"}"));
}
