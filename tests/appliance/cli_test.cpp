#include "appliance/cli/command.h"
#include "appliance/cli/moment.h"
#include "appliance/cli/output.h"
#include "appliance/cli/probe.h"
#include "appliance/directory/csv.h"
#include "appliance/i18n/composed.h"
#include "tests/support/catch.h"

using cli::parse_arguments;

namespace
{
cli::Command command() { return {"add", "LOGIN", 1, 2, {{"--name", "NAME"}, {"--dry-run", ""}}, "", nullptr}; }

std::string usage_error(std::vector<std::string> const& words)
{
    try {
        static_cast<void>(parse_arguments(command(), words));
    } catch (cli::UsageError const& error) {
        return error.text;
    }
    return "";
}

std::vector<std::string> const columns = {"login", "name", "class"};

std::vector<std::vector<std::string>> fields(std::string_view text)
{
    std::vector<std::vector<std::string>> rows;
    for (auto const& row : directory::read_csv(text, columns, "login").value().rows) rows.push_back(row.fields);
    return rows;
}

std::string header_problem(std::string_view text)
{
    auto const table = directory::read_csv(text, columns, "login");
    return table ? "" : table.error().line();
}

std::string row_problem(std::string_view row)
{
    return directory::read_csv("login,name\n" + std::string(row), columns, "login").value().rows.at(0).problem;
}

/// A reply to the question that says yes with one record.
std::string reply_to(std::string question)
{
    question[2] = static_cast<char>(0x84);
    question[7] = 1;
    return question;
}
} // namespace

TEST_CASE("options may stand anywhere, with a space or an equals sign", "[cli]")
{
    auto const arguments = parse_arguments(command(), {"--name", "Ali B", "ali", "--dry-run"});
    CHECK(arguments.operands == std::vector<std::string>{"ali"});
    CHECK(arguments.value("--name") == "Ali B");
    CHECK(arguments.has("--dry-run"));
    CHECK(parse_arguments(command(), {"ali", "--name=x=y"}).value("--name") == "x=y");
    CHECK(parse_arguments(command(), {"--", "--name"}).operands.front() == "--name");
}

TEST_CASE("wrong words on the command line are told by name", "[cli]")
{
    CHECK_THAT(usage_error({"ali", "--foo"}), Catch::Contains("--foo"));
    CHECK_THAT(usage_error({"ali", "--name"}), Catch::Contains("--name"));
    CHECK_THAT(usage_error({"ali", "--dry-run=1"}), Catch::Contains("--dry-run"));
    CHECK_THAT(usage_error({}), Catch::Contains("LOGIN"));
    CHECK_THAT(usage_error({"a", "b", "c"}), Catch::Contains("LOGIN"));
}

TEST_CASE("CSV comes with or without byte order mark, with commas or semicolons", "[cli][rfc4180]")
{
    std::vector<std::vector<std::string>> const expected = {{"ali", "Ali"}, {"budi", "Budi"}};
    CHECK(fields("login,name\nali,Ali\nbudi,Budi\n") == expected);
    CHECK(fields("\xEF\xBB\xBFLogin;Name\r\nali;Ali\r\n\r\n;\r\nbudi;Budi") == expected);
    CHECK(fields("login\tname\nali\tAli\nbudi\t Budi \n") == expected);
}

TEST_CASE("CSV quotes protect separators, quotes and line ends", "[cli][rfc4180]")
{
    CHECK(fields("login,name\nali,\"Ali, \"\"A\"\"\nB\"\n") ==
          std::vector<std::vector<std::string>>{{"ali", "Ali, \"A\"\nB"}});
    auto const table = directory::read_csv("login,name\nali,\"a\nb\"\nbudi,x\n", columns, "login").value();
    CHECK(table.rows.at(1).line == 4);
}

TEST_CASE("a bad CSV row says why and does not spoil the next", "[cli][rfc4180]")
{
    CHECK_THAT(row_problem("ali"), Catch::Contains("number of fields"));
    CHECK_THAT(row_problem("ali,\"x"), Catch::Contains("not closed"));
    CHECK_THAT(row_problem("ali,\"x\"y"), Catch::Contains("closing quote"));
    CHECK_THAT(row_problem("ali,\xFF"), Catch::Contains("UTF-8"));
    CHECK_THAT(row_problem("ali," + std::string(2000, 'x')), Catch::Contains("too long"));
    CHECK(directory::read_csv("login\nali,x\nbudi\n", columns, "login").value().rows.at(1).problem.empty());
}

TEST_CASE("a CSV file with wrong columns is refused by the column's name", "[cli]")
{
    CHECK_THAT(header_problem("login,shoe\n"), Catch::Contains("shoe"));
    CHECK_THAT(header_problem("login,login\n"), Catch::Contains("twice"));
    CHECK_THAT(header_problem("name\n"), Catch::Contains("login"));
    CHECK_THAT(header_problem(""), Catch::Contains("empty"));
}

TEST_CASE("tables count characters, not bytes, and let nobody command the terminal", "[cli]")
{
    CHECK(cli::show_table({{"A", "B"}}).empty());
    CHECK(cli::show_table({{"A", "B"}, {"ñu", "x"}, {"\x1b[2J", "y"}}) == "A     B\nñu    x\n?[2J  y\n");
    // ESC, DEL, CSI as one character of C1, a right-to-left override, half a character
    CHECK(cli::printable("\x1b[2J\x7f \u009b2J \u202egpj. \xC3 é\u00a0→") == "?[2J? ?2J ?gpj. ? é\u00a0→");
}

TEST_CASE("a composed sentence is taken apart by its pattern", "[cli]")
{
    using Parts = std::vector<std::string>;
    CHECK(i18n::match_pattern("{1}, line {2}, key '{3}'", "a.conf, line 3, key 'x'") == Parts{"a.conf", "3", "x"});
    CHECK(i18n::match_pattern("the port is taken by {1}", "the port is taken by nginx (pid 8)") ==
          Parts{"nginx (pid 8)"});
    CHECK(!i18n::match_pattern("line {1}", "line "));
    CHECK(!i18n::match_pattern("'{1}' takes no value", "'x' takes no"));
    CHECK(i18n::translate(i18n::catalog("id"), "there is no command 'foo'") == "tidak ada perintah 'foo'");
    CHECK(i18n::translate(i18n::catalog("en"), "there is no command 'foo'") == "there is no command 'foo'");
    CHECK(i18n::translate(i18n::catalog("id"), "something else") == "something else");
}

TEST_CASE("the DNS probe believes only a good reply to its own question", "[cli][rfc1035]")
{
    auto const question = cli::dns_question(0x1234, "smk.sch.id", cli::DnsType::mx);
    CHECK(question == std::string("\x12\x34\0\0\0\1\0\0\0\0\0\0\3smk\3sch\2id\0\0\x0f\0\1", 28));
    CHECK(cli::dns_problem(question, reply_to(question)).empty());
    CHECK(!cli::dns_problem(question, "").empty());
    CHECK(!cli::dns_problem(question, question).empty());
    CHECK(!cli::dns_problem(question, reply_to(cli::dns_question(0x1235, "smk.sch.id", cli::DnsType::mx))).empty());
    CHECK(!cli::dns_problem(question, reply_to(cli::dns_question(0x1234, "smk.sch.ie", cli::DnsType::mx))).empty());
    auto refused = reply_to(question);
    refused[3] = 5;
    CHECK_THAT(cli::dns_problem(question, refused), Catch::Contains("5"));
    auto empty = reply_to(question);
    empty[7] = 0;
    CHECK(!cli::dns_problem(question, empty).empty());
}

TEST_CASE("a listener on every address is asked on this machine", "[cli]")
{
    CHECK(cli::reachable(*net::Endpoint::parse("0.0.0.0:25")).show() == "127.0.0.1:25");
    CHECK(cli::reachable(*net::Endpoint::parse("[::]:25")).show() == "[::1]:25");
    CHECK(cli::reachable(*net::Endpoint::parse("10.1.2.3:25")).show() == "10.1.2.3:25");
}

TEST_CASE("a moment is a day, a day with a time, or a span before now", "[cli]")
{
    using cli::DayMeans;
    constexpr base::Timestamp now = 1'795'300'000'000'000;
    constexpr base::Timestamp minute = 60'000'000;
    auto const parse = [](std::string_view text, DayMeans means = DayMeans::begin) {
        return cli::parse_moment(text, now, means);
    };
    CHECK(parse("10m") == now - 10 * minute);
    CHECK(parse("2h") == now - 120 * minute);
    CHECK(parse("3d") == now - 3 * 1440 * minute);
    auto const day = parse("2026-11-28");
    REQUIRE(day);
    CHECK(cli::show_clock(*day) == "00:00:00");
    CHECK(parse("2026-11-28 14:00") == *day + 840 * minute);
    CHECK(parse("2026-11-28T14:00:05") == *day + 840 * minute + 5'000'000);
    CHECK(parse("2026-11-27", DayMeans::end) == day);
    CHECK(parse("2026-12-31", DayMeans::end) == parse("2027-01-01"));
    CHECK(cli::is_same_day(*day, *day + 1439 * minute));
    CHECK_FALSE(cli::is_same_day(*day, *day - 1));
    for (auto const* bad :
         {"", "yesterday", "5", "5s", "5 m", "2026-02-30", "2026-13-01", "2026-11-00", "2026-11-28 24:00",
          "2026-11-28 14", "2026-11-28 14:00:61", "2026-11-28 14:00:05 ", "-5m", "99999999999d"}) {
        CAPTURE(bad);
        CHECK_FALSE(parse(bad));
    }
}
