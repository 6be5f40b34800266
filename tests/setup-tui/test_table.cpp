// The parts of lists and dialogs that need no terminal: search, widths, wrapped texts, slips.

#include "setup-tui/admin/password_slips.h"
#include "setup-tui/widgets/progress.h"
#include "setup-tui/widgets/table.h"
#include "tests/support/catch.h"

#include <algorithm>
#include <clocale>

namespace
{
setup::Table people()
{
    std::setlocale(LC_ALL, "C.UTF-8");
    setup::Table table({{"Login", 10}, {"Name", 10, true}});
    table.set_rows({{"ali", {"ali", "Ali Akbar"}}, {"budi", {"budi", "Budi Ñusa"}}, {"citra", {"citra", "Citra"}}});
    return table;
}

void type(setup::Table& table, std::string const& letters)
{
    for (char const letter : letters) table.take({setup::KeyKind::character, std::string{letter}, 0});
}

std::string chosen(setup::Table const& table)
{
    auto const row = table.chosen();
    return row ? std::to_string(*row) : "none";
}
} // namespace

TEST_CASE("typing finds rows by every word, whatever the case", "[tui]")
{
    auto table = people();
    CHECK(table.shown() == 3);
    type(table, "BU");
    CHECK(table.shown() == 1);
    CHECK(chosen(table) == "1");
    table.set_search("ñusa bud");
    CHECK(table.shown() == 1);
    table.set_search("ali budi");
    CHECK(table.shown() == 0);
    CHECK(chosen(table) == "none");
    table.set_search("");
    CHECK(table.shown() == 3);
}

TEST_CASE("a word of the search is not found across two columns", "[tui]")
{
    auto table = people();
    table.set_search("aliali");
    CHECK(table.shown() == 0);
}

TEST_CASE("backspace takes whole characters out of the search", "[tui]")
{
    auto table = people();
    table.take({setup::KeyKind::character, "ñ", 0});
    CHECK(table.shown() == 1);
    table.take({setup::KeyKind::backspace, "", 0});
    CHECK(table.search().empty());
    CHECK_FALSE(table.take({setup::KeyKind::backspace, "", 0}));
}

TEST_CASE("the choice stays on its row when the list is read again", "[tui]")
{
    auto table = people();
    table.take({setup::KeyKind::end, "", 0});
    CHECK(chosen(table) == "2");
    table.set_rows({{"aan", {"aan", ""}}, {"ali", {"ali", ""}}, {"budi", {"budi", ""}}, {"citra", {"citra", ""}}});
    CHECK(chosen(table) == "3");
    table.set_rows({{"aan", {"aan", ""}}}); // citra was deleted
    CHECK(chosen(table) == "0");
    table.set_rows({});
    CHECK(chosen(table) == "none");
    for (auto const key : {setup::KeyKind::up, setup::KeyKind::down, setup::KeyKind::end, setup::KeyKind::page_down})
        CHECK(table.take({key, "", 0}));
    CHECK(chosen(table) == "none");
}

TEST_CASE("columns share the room of a wide terminal and end at the edge of a narrow one", "[tui]")
{
    std::vector<setup::TableColumn> const columns = {{"a", 10}, {"b", 10, true}, {"c", 5, true}};
    CHECK(setup::column_widths(columns, 27) == std::vector<int>{10, 10, 5});
    CHECK(setup::column_widths(columns, 37) == std::vector<int>{10, 15, 10});
    CHECK(setup::column_widths(columns, 15) == std::vector<int>{10, 4, 0});
    CHECK(setup::column_widths(columns, 0) == std::vector<int>{0, 0, 0});
}

TEST_CASE("a bar is as full as the work", "[tui]")
{
    CHECK(setup::bar(0, 10, 4) == "░░░░");
    CHECK(setup::bar(5, 10, 4) == "██░░");
    CHECK(setup::bar(20, 10, 2) == "██");
    CHECK(setup::bar(0, 0, 2) == "██");
    CHECK(setup::bar(1, 2, -1).empty());
}

TEST_CASE("slips come class by class, each class on a page of its own", "[tui][slips]")
{
    setup::SlipTexts const texts{"SMK 1", "Login", "Password", "https://mail.smk.sch.id/", "Mail", "smk.sch.id"};
    auto const text = setup::show_slips(
        texts, {{"Siti", "X-2", "siti", "kopi-1"}, {"", "X-1", "budi", "kopi-2"}, {"Ali", "X-1", "ali", "kopi-3"}});
    auto const page = text.find('\f');
    REQUIRE(page != std::string::npos);
    CHECK(text.find('\f', page + 1) == std::string::npos);
    CHECK(text.find("ali@smk.sch.id") < page);
    CHECK(text.find("budi   X-1") < page); // without a name the login stands there
    CHECK(text.find("kopi-1") > page);
    CHECK(text.find("ali@") > text.find("budi@")); // without a name: first
}

TEST_CASE("eight slips are on a page", "[tui][slips]")
{
    setup::SlipTexts const texts{"SMK 1", "Login", "Password", "web", "Mail", "smk.sch.id"};
    std::vector<setup::Slip> slips(17);
    for (auto& slip : slips) slip.login = "x";
    auto const text = setup::show_slips(texts, slips);
    CHECK(std::count(text.begin(), text.end(), '\f') == 2);
}
