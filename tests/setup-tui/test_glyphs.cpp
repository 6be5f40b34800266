// Texts by columns, and what a terminal without UTF-8 gets.

#include "setup-tui/widgets/glyphs.h"
#include "tests/support/catch.h"

#include <clocale>

TEST_CASE("text is wrapped at blanks and counted in columns", "[tui]")
{
    std::setlocale(LC_ALL, "C.UTF-8");
    CHECK(setup::wrap("satu dua tiga", 8) == std::vector<std::string>{"satu dua", "tiga"});
    CHECK(setup::wrap("satu\n\ndua", 20) == std::vector<std::string>{"satu", "", "dua"});
    CHECK(setup::wrap("https://mail.sch.id/", 10) == std::vector<std::string>{"https://ma", "il.sch.id/"});
    CHECK(setup::wrap("", 10) == std::vector<std::string>{""});
    CHECK(setup::columns_of("héllo") == 5);
    CHECK(setup::columns_of("本") == 2);
    CHECK(setup::cut_to("日本", 3) == "日");
}

TEST_CASE("a terminal without UTF-8 gets one ASCII character for each column", "[tui]")
{
    std::setlocale(LC_ALL, "C.UTF-8");
    auto const plain = [](std::string_view text) {
        std::string result;
        while (!text.empty()) {
            auto const glyph = setup::next_glyph(text);
            result += setup::ascii(glyph);
            text.remove_prefix(glyph.bytes.size());
        }
        return result;
    };
    CHECK(plain("Café · naïve — ÿ") == "Cafe - naive - y");
    CHECK(plain("日本") == "????");
    CHECK(plain("a\x1b[31m\xff\xc2\x9b") == "a?[31m??");
    for (auto const sign : {setup::sign::done, setup::sign::failed, setup::sign::now, setup::sign::full,
                            setup::sign::empty, setup::sign::line, setup::sign::side, setup::sign::up}) {
        CHECK(setup::columns_of(sign) == 1);
        CHECK(plain(sign).size() == 1);
        CHECK(plain(sign) != "?");
    }
}
