// The table of new users: what schools' office programs write, and each mistake with its line.

#include "appliance/directory/user_table.h"
#include "tests/support/catch.h"
#include "tests/support/school.h"

namespace
{
struct School : support::School {
    School()
    {
        people->add_class("X-TKJ-1").value();
        add("ali");
    }
    directory::UserTable read(std::string const& text, bool lab = true)
    {
        return directory::read_user_table(text, *people, lab).value();
    }
    std::string problem(std::string const& line)
    {
        auto const table = read("login,name,class,role,password,quota\n" + line + "\n", false);
        REQUIRE(table.problems.size() <= 1);
        if (table.problems.empty()) return "";
        CHECK(table.problems.front().line == 2);
        return table.problems.front().error.line();
    }
};

std::string utf16(std::string_view text, bool big, std::string bytes)
{
    for (char const c : text) bytes += big ? std::string{'\0', c} : std::string{c, '\0'};
    return bytes;
}
} // namespace

TEST_CASE("a table in UTF-8, UTF-16 and Windows-1252 is the same table", "[directory][csv]")
{
    School school;
    std::string const plain = "login;name\r\nsiti;Siti Aminah\r\n";
    for (auto const& bytes : {plain, "\xEF\xBB\xBF" + plain, utf16(plain, false, "\xFF\xFE"),
                              utf16(plain, true, "\xFE\xFF"), utf16(plain, false, ""), utf16(plain, true, "")}) {
        auto const table = school.read(bytes);
        REQUIRE(table.users.size() == 1);
        CHECK(table.users[0].login == "siti");
        CHECK(table.users[0].name == "Siti Aminah");
        CHECK(table.charset != "Windows-1252");
    }
    auto const western = school.read("login\tname\nrene\tRen\xE9\n");
    CHECK(western.charset == "Windows-1252");
    CHECK(western.users.at(0).name == "René");
}

TEST_CASE("each bad line of a table says what is wrong with it", "[directory][csv]")
{
    School school;
    CHECK(school.problem("siti,Siti,X-TKJ-1,pupil,kuda-laut-7,500M").empty());
    CHECK_THAT(school.problem("ali,,,,,"), Catch::Contains("already a user"));
    CHECK_THAT(school.problem("a b,,,,,"), Catch::Contains("not a login"));
    CHECK_THAT(school.problem("x-tkj-1,,,,,"), Catch::Contains("alias or a class"));
    CHECK_THAT(school.problem("siti,,,boss,,"), Catch::Contains("no such role"));
    CHECK_THAT(school.problem("siti,,,,,many"), Catch::Contains("not a size"));
    CHECK_THAT(school.problem("siti,,X TKJ,,,"), Catch::Contains("not a class name"));
    CHECK_THAT(school.problem("siti,,,,123,"), Catch::Contains("too short"));
    CHECK_THAT(school.problem("siti,,"), Catch::Contains("number of fields"));
}

TEST_CASE("a table tells new classes once and who is listed twice", "[directory][csv]")
{
    School school;
    auto const table = school.read("login,class\nsiti,XI-RPL-1\nbudi,xi-rpl-1\nsiti,X-TKJ-1\n");
    CHECK(table.new_classes == std::vector<std::string>{"XI-RPL-1"});
    REQUIRE(table.problems.size() == 1);
    CHECK(table.problems[0].line == 4);
    CHECK(table.problems[0].error.why == "it is listed twice");
    CHECK(table.generated.size() == 2);
}

TEST_CASE("a table of ten thousand lines is read, and every bad one is told", "[directory][csv]")
{
    School school;
    std::string text = "login,password\n";
    for (int i = 0; i < 10000; ++i) text += (i % 100 == 7 ? "bad login " : "pupil") + std::to_string(i) + ",123\n";
    auto const table = school.read(text);
    CHECK(table.users.size() == 9900);
    CHECK(table.problems.size() == 100);
    CHECK(table.problems.front().line == 9);
}

TEST_CASE("a table without columns or without people is refused", "[directory][csv]")
{
    School school;
    for (std::string const text : {"", "login\n", "login\n\n\n", "name\nSiti\n", "login,shoe\nsiti,42\n"})
        CHECK_FALSE(directory::read_user_table(text, *school.people, true));
}
