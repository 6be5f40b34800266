// Ranks of texts: whatever the texts are, they order as their bytes do.

#include "maild/mailbox/columns.h"
#include "tests/support/catch.h"

#include <algorithm>
#include <random>

using maild::mailbox::TextColumn;

namespace
{
/// Texts that begin alike, end alike, hold zeros and high bytes, and come more than once.
std::string odd_text(std::mt19937& random)
{
    static std::vector<std::string> const beginnings = {"", "TUGAS ", "TUGAS KELAS X", std::string(200, 'a')};
    auto text = beginnings[random() % beginnings.size()];
    static constexpr std::string_view letters{"\0\0ab\xFF ", 6};
    for (auto left = random() % 20; left > 0; --left) text += letters[random() % letters.size()];
    return text;
}

std::vector<std::uint32_t> expected_ranks(std::vector<std::string> const& texts)
{
    auto distinct = texts;
    std::sort(distinct.begin(), distinct.end());
    distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
    std::vector<std::uint32_t> ranks;
    for (auto const& text : texts)
        ranks.push_back(
            static_cast<std::uint32_t>(std::lower_bound(distinct.begin(), distinct.end(), text) - distinct.begin()));
    return ranks;
}
} // namespace

TEST_CASE("equal texts have equal ranks, lesser texts lesser ones, also when more come", "[mailbox][rfc5256]")
{
    std::mt19937 random(5256);
    for (int round = 0; round < 200; ++round) {
        TextColumn column;
        std::vector<std::string> texts;
        for (int step = 0; step < 3; ++step) {
            for (auto left = random() % 100; left > 0; --left) {
                texts.push_back(odd_text(random));
                column.add(texts.back());
            }
            column.rank();
            REQUIRE(column.ranks() == expected_ranks(texts));
        }
    }
}

TEST_CASE("a thousand long equal texts are ranked, and one that is a zero longer comes behind", "[mailbox][rfc5256]")
{
    TextColumn column;
    std::string const longest(TextColumn::longest, 'x');
    for (int i = 0; i < 1000; ++i) column.add(i == 500 ? longest + '\0' : longest);
    column.rank();
    for (std::uint32_t i = 0; i < 1000; ++i) CHECK(column.ranks()[i] == (i == 500 ? 1U : 0U));
}
