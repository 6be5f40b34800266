// The questions of setup: what is taken, what is refused, and in whose words.

#include "appliance/i18n/catalog.h"
#include "setup-tui/apply.h"
#include "setup-tui/apply/machine.h"
#include "setup-tui/apply/page.h"
#include "setup-tui/steps/step.h"
#include "tests/support/catch.h"

namespace
{
std::string const least = "school.name = SMK Negeri 1 Pendalian\ndomain = smkn1pendalian.sch.id\n"
                          "address = 192.168.10.1/24\nadmin.password = kuda-laut-77\n";

/// The refusal of the least answers with these lines added; empty when they are taken.
std::string refusal(std::string const& more)
{
    auto const draft = setup::read_answers(least + more, "answers");
    if (draft) return {};
    REQUIRE(draft.error().refused);
    REQUIRE(i18n::catalog("id").has(draft.error().why));
    REQUIRE(i18n::catalog("id").has(draft.error().to_do));
    return draft.error().line();
}

/// Whether the refusal of a complete file names this place.
bool names(std::string const& text, std::string const& place)
{
    auto const draft = setup::read_answers(text, "answers");
    return !draft && draft.error().line().find(place) == 0;
}
} // namespace

TEST_CASE("setup fills in what the answers leave out", "[setup]")
{
    auto const draft = setup::read_answers(least, "answers").value();
    CHECK(draft.value("language") == "id");
    CHECK(draft.value("lab") == "no");
    CHECK(draft.value("hostname") == "mail.smkn1pendalian.sch.id");
    CHECK(draft.value("ns.address") == "192.168.10.1");
    CHECK(draft.value("mail.address") == "192.168.10.1");
    CHECK(draft.value("gateway").empty());
    CHECK(draft.value("users").empty());
}

TEST_CASE("setup refuses a bad answer and names file, line and key", "[setup]")
{
    CHECK(refusal("language = jv\n").find("answers, line 5, key 'language': ") == 0);
    CHECK(refusal("colour = blue\n").find("answers, line 5, key 'colour': there is no such question") == 0);
    CHECK(refusal("domain = other.sch.id\n").find("answers, line 5, key 'domain': the same key is there twice") == 0);
    CHECK(refusal("lab = maybe\n").find("this is neither yes nor no") != std::string::npos);
    CHECK(refusal("gateway = 10.0.0.1\n").find("not in the box's own network") != std::string::npos);
    CHECK(refusal("gateway = router\n").find("not an IP address") != std::string::npos);
    CHECK(refusal("forwarders = 1.1.1.1, two\n").find("one of these") != std::string::npos);
    CHECK(refusal("ns.address = 192.168.10.300\n").find("key 'ns.address'") != std::string::npos);
    CHECK(refusal("hostname = -mail-\n").find("not a host name") != std::string::npos);
    CHECK(refusal("gateway = 192.168.10.254\nforwarders = 1.1.1.1\n").empty());
}

TEST_CASE("setup refuses a missing or impossible answer to each question it needs", "[setup]")
{
    std::string const rest = "domain = a.sch.id\naddress = 192.168.10.1/24\nadmin.password = kuda-laut-77\n";
    CHECK(names(rest, "answers, key 'school.name': an answer is needed"));
    CHECK(names("school.name = \t\n" + rest, "answers, line 1, key 'school.name': an answer is needed"));
    for (std::string const bad : {"sekolah", "192.168.10.1", "a..b", "under_score.id", "-a.id", "a.id-", "a b.id"})
        CHECK(names("school.name = A\ndomain = " + bad + "\naddress = 10.0.0.1/8\nadmin.password = kuda-laut-77\n",
                    "answers, line 2, key 'domain': "));
    for (std::string const bad : {"192.168.10.1", "192.168.10.1/33", "box/24", "/24", "192.168.10.1/"})
        CHECK(names("school.name = A\ndomain = a.sch.id\naddress = " + bad + "\nadmin.password = kuda-laut-77\n",
                    "answers, line 3, key 'address': "));
    CHECK(names("school.name = A\ndomain = a.sch.id\naddress = 10.0.0.1/8\nadmin.password = 123\n",
                "answers, line 4, key 'admin.password': "));
}

TEST_CASE("setup checks every user of the list", "[setup]")
{
    CHECK(refusal("users = ali:kuda-laut-77:X-TKJ-1, guru1:kuda-laut-78::teacher\n").empty());
    CHECK(refusal("users = ali\n").find("login:password:class") != std::string::npos);
    CHECK(refusal("users = Ali Baba:kuda-laut-77:\n").find("a login has") != std::string::npos);
    CHECK(refusal("users = ali:123:X-TKJ-1\n").find("too easy") != std::string::npos);
    CHECK(refusal("users = ali:kuda-laut-77:X TKJ\n").find("name of a class") != std::string::npos);
    CHECK(refusal("users = ali:kuda-laut-77::boss\n").find("no such role") != std::string::npos);
    CHECK(refusal("users = ali:kuda-laut-77:, ali:kuda-laut-78:\n").find("twice") != std::string::npos);
    CHECK(refusal("users = admin:kuda-laut-77:\n").find("administrator's") != std::string::npos);
}

TEST_CASE("practice mode takes the password 123", "[setup]")
{
    auto const text = "lab = yes\nschool.name = A\ndomain = a.sch.id\naddress = 10.0.0.1/8\nadmin.password = 123\n"
                      "users = ali:123:X-TKJ-1\n";
    CHECK(setup::read_answers(text, "answers").ok());
}

TEST_CASE("every text of the questions is there in Indonesian", "[setup][i18n]")
{
    auto const& indonesian = i18n::catalog("id");
    for (auto const& step : setup::steps()) {
        INFO(step.name);
        CHECK(indonesian.has(step.title));
        CHECK(indonesian.has(step.help));
        for (auto const& field : step.fields) {
            INFO(field.key);
            CHECK(indonesian.has(field.label));
            CHECK(indonesian.has(field.help));
            CHECK(indonesian.has(field.lesson));
            CHECK(field.lesson.size() > field.help.size());
            for (auto const label : field.choice_labels) CHECK(indonesian.has(label));
            CHECK(field.choice_labels.size() == field.choices.size());
            CHECK((field.choose.empty() || indonesian.has(field.choose)));
        }
    }
}

TEST_CASE("every part of the work has a title in Indonesian", "[setup][i18n]")
{
    for (auto const part : setup::parts()) CHECK(i18n::catalog("id").has(setup::title(part)));
}

TEST_CASE("changing a setting of the configuration keeps comments and order", "[setup]")
{
    std::string const text = "# mine\nlab = yes # no comment here\nstate = /srv/box\n";
    CHECK(setup::with_setting(text, "lab", "no") == "# mine\nlab = no\nstate = /srv/box\n");
    CHECK(setup::with_setting(text, "language", "en") == text + "language = en\n");
    CHECK(setup::with_setting("a = 1", "a", "2") == "a = 2");
    CHECK(setup::with_setting("", "a", "2") == "a = 2\n");
}

TEST_CASE("the school's name is text in the first page, not markup", "[setup]")
{
    CHECK(setup::html_escaped("SMK <b>\"1\"</b> & Co") == "SMK &lt;b&gt;&quot;1&quot;&lt;/b&gt; &amp; Co");
}
