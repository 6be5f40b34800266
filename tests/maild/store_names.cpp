#include "maild/mailbox/flags.h"
#include "maild/mailbox/keys.h"
#include "maild/mailbox/names.h"
#include "tests/support/catch.h"

#include <set>

namespace maild::mailbox
{

TEST_CASE("INBOX is written in capitals as the first level only", "[store][names]")
{
    CHECK(canonical_name("inbox") == "INBOX");
    CHECK(canonical_name("Inbox/inbox") == "INBOX/inbox");
    CHECK(canonical_name("inboxes") == "inboxes");
    CHECK(canonical_name("a/inbox") == "a/inbox");
}

TEST_CASE("The levels above a name", "[store][names]")
{
    CHECK(superiors("a/b/c") == std::vector<std::string>{"a", "a/b"});
    CHECK(superiors("a").empty());
}

TEST_CASE("Keywords are a set without case", "[store][flags]")
{
    CHECK(normal({1, {"b", "A", "B", "", "x y"}}) == Flags{1, {"A", "b"}});
    Flags const old{flag_seen, {"Satu", "tiga"}};
    CHECK(changed(old, FlagChange::add, {flag_draft, {"dua", "SATU"}}) ==
          Flags{flag_seen | flag_draft, {"dua", "Satu", "tiga"}});
    CHECK(changed(old, FlagChange::remove, {flag_seen, {"sATU"}}) == Flags{0, {"tiga"}});
    CHECK(changed(old, FlagChange::replace, {0, {"z", "a"}}) == Flags{0, {"a", "z"}});
    CHECK(parse_keywords(show_keywords({"a", "b"})) == std::vector<std::string>{"a", "b"});
    CHECK(parse_keywords("").empty());
}

TEST_CASE("Keys are positive and grow", "[store]")
{
    std::int64_t last = 0;
    for (int i = 0; i < 10000; ++i) {
        auto const key = new_key();
        REQUIRE(key > last);
        last = key;
    }
}

} // namespace maild::mailbox
