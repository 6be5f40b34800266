#include "appliance/directory/directory.h"
#include "appliance/directory/password.h"
#include "appliance/directory/settings.h"
#include "tests/support/catch.h"
#include "tests/support/school.h"

#include <set>
#include <sstream>

using directory::Resolution;

namespace
{
struct School : support::School {
    School()
    {
        people->add_class("X-TKJ-1").value();
        add("ali", directory::Role::pupil, "X-TKJ-1");
        add("budi", directory::Role::pupil, "X-TKJ-1");
        add("guru1", directory::Role::teacher);
        add("admin", directory::Role::admin);
    }

    std::string resolve(std::string_view local, std::string_view domain = {})
    {
        auto const resolution = people->resolve(local, domain);
        if (resolution.kind == Resolution::Kind::elsewhere) return "elsewhere";
        if (resolution.kind == Resolution::Kind::unknown) return "unknown";
        std::vector<std::string> names;
        for (auto const& user : resolution.users) names.push_back(user.login);
        std::sort(names.begin(), names.end());
        for (auto const& remote : resolution.remote) names.push_back(remote);
        std::string text;
        for (auto const& name : names) text += (text.empty() ? "" : " ") + name;
        return text;
    }
};
} // namespace

TEST_CASE("budi is reached as budi, at the domain and at mail.DOMAIN, in any case", "[directory]")
{
    School school;
    CHECK(school.resolve("budi") == "budi");
    CHECK(school.resolve("BUDI", "SMK.sch.id") == "budi");
    CHECK(school.resolve("budi", "mail.smk.sch.id") == "budi");
    CHECK(school.resolve("budi+tugas", "smk.sch.id") == "budi");
    CHECK(school.resolve("nobody") == "unknown");
    CHECK(school.resolve("budi", "example.org") == "elsewhere");
}

TEST_CASE("a class, the fixed groups and postmaster are addresses", "[directory]")
{
    School school;
    CHECK(school.resolve("x-tkj-1") == "ali budi");
    CHECK(school.resolve("siswa") == "ali budi");
    CHECK(school.resolve("guru") == "guru1");
    CHECK(school.resolve("semua") == "admin ali budi guru1");
    CHECK(school.resolve("postmaster") == "admin");
    CHECK(school.resolve("abuse") == "admin");
}

TEST_CASE("aliases nest, point elsewhere, and loops end", "[directory]")
{
    School school;
    school.people->add_alias("info", {"ali", "guru1"}).value();
    school.people->add_alias("kantor", {"info", "luar@example.org"}).value();
    CHECK(school.resolve("kantor") == "ali guru1 luar@example.org");
    auto const loop = school.people->add_alias("info", {"kantor"});
    REQUIRE_FALSE(loop);
    CHECK(loop.error().why == "kantor leads back to it: mail would go round");
    school.database.run([](db::Transaction& old) { // as an older version allowed
        old.exec("INSERT INTO alias (name, target, created) VALUES ('info', 'kantor', 0)");
    });
    CHECK(school.resolve("info") == "ali guru1 luar@example.org");
    CHECK_FALSE(school.people->add_alias("salah", {"tidakada"}));
    CHECK_FALSE(school.people->add_alias("ali", {"budi"}));
}

TEST_CASE("a disabled user gets no mail and cannot log in", "[directory]")
{
    School school;
    CHECK(school.people->authenticate("budi", "123"));
    school.people->set_enabled("budi", false).value();
    CHECK(school.resolve("budi").empty()); // known, but nobody reads it
    CHECK_FALSE(school.people->authenticate("budi", "123"));
}

TEST_CASE("an alias may hold classes, groups and aliases, each person once, and keeps their rule",
          "[directory][lists]")
{
    School school;
    school.people->add_alias("panitia", {"guru1", "x-tkj-1"}).value();
    school.people->add_alias("lomba", {"panitia", "ali", "guru"}).value();
    school.people->add_alias("kontak", {"guru1"}).value();
    CHECK(school.resolve("lomba") == "ali budi guru1");
    CHECK(school.people->list_policy("lomba").value().writers == directory::Writers::school);
    CHECK(school.people->list_policy("kontak").value().writers == directory::Writers::everyone);
    school.people->set_writers("x-tkj-1", directory::Writers::teachers).value();
    CHECK(school.people->list_policy("lomba").value().writers == directory::Writers::teachers);
    school.people->set_writers("lomba", directory::Writers::members).value();
    auto const lomba = school.people->resolve("lomba", "");
    CHECK(directory::may_write(lomba, school.people->find_user("ali")));
    CHECK_FALSE(directory::may_write(lomba, std::nullopt));
    CHECK(lomba.is_list());
    CHECK_FALSE(school.people->resolve("kontak", "").is_list());
    CHECK(school.people->resolve("x-tkj-1", "").list->title == "X-TKJ-1");
}

TEST_CASE("the role names exist, and no rule shuts them (RFC 5321 4.5.1, RFC 2142)", "[directory][lists]")
{
    School school;
    for (auto const* name : {"postmaster", "Abuse", "hostmaster", "webmaster"}) {
        INFO(name);
        CHECK(school.resolve(name) == "admin");
        CHECK_FALSE(school.people->set_writers(name, directory::Writers::named));
        CHECK(directory::may_write(school.people->resolve(name, ""), std::nullopt));
        CHECK_FALSE(school.people->resolve(name, "").is_list());
    }
    school.people->add_alias("abuse", {"guru1"}).value();
    CHECK(school.resolve("abuse") == "guru1");
    school.people->set_enabled("guru1", false).value();
    CHECK(school.resolve("abuse") == "admin");
    CHECK(directory::may_send_as(school.people->resolve("postmaster", ""), *school.people->find_user("admin")));
    CHECK_FALSE(directory::may_send_as(school.people->resolve("postmaster", ""), *school.people->find_user("ali")));
}

TEST_CASE("the catch-all gets what does not exist, and lets nobody send as it", "[directory]")
{
    School school;
    CHECK(school.resolve("salah") == "unknown");
    CHECK_FALSE(directory::change_setting(*school.people, "mail.catch-all", "salah"));
    directory::change_setting(*school.people, "mail.catch-all", "guru1").value();
    CHECK(school.resolve("salah") == "guru1");
    CHECK(school.resolve("salah", "example.org") == "elsewhere");
    CHECK(school.resolve("postmaster") == "admin");
    school.people->set_enabled("budi", false).value();
    CHECK(school.resolve("budi").empty());
    CHECK_FALSE(directory::may_send_as(school.people->resolve("salah", ""), *school.people->find_user("guru1")));
    CHECK_FALSE(directory::change_setting(*school.people, "mail.catch-all", "masihsalah"));
    directory::change_setting(*school.people, "mail.catch-all", "semua").value();
    CHECK_FALSE(directory::may_write(school.people->resolve("salah", ""), std::nullopt));
    directory::unset_setting(*school.people, "mail.catch-all").value();
    CHECK(school.resolve("salah") == "unknown");
}

TEST_CASE("authentication takes the login, the address and an app password, and nothing else", "[directory]")
{
    School school;
    CHECK(school.people->authenticate("ALI@smk.sch.id", "123"));
    CHECK_FALSE(school.people->authenticate("ali", "124"));
    CHECK_FALSE(school.people->authenticate("ali@example.org", "123"));
    CHECK_FALSE(school.people->authenticate("nobody", "123"));
    CHECK_FALSE(school.people->authenticate("ali", ""));
    auto const ali = school.people->find_user("ali").value();
    auto const now = base::system_clock().now();
    auto const token = school.people->add_app_password(ali.id, "web", now + 60'000'000);
    CHECK(school.people->authenticate("ali", token));
    CHECK_FALSE(school.people->authenticate("budi", token));
    auto const expired = school.people->add_app_password(ali.id, "web", now - 1);
    CHECK_FALSE(school.people->authenticate("ali", expired));
    school.people->remove_app_password(token);
    CHECK_FALSE(school.people->authenticate("ali", token));
}

TEST_CASE("lists have a usual rule, and one of their own that goes with them", "[directory][lists]")
{
    School school;
    auto const writers = [&](std::string_view name) {
        auto const policy = school.people->list_policy(name);
        return policy ? std::string(directory::show(policy->writers)) : "none";
    };
    school.people->add_class("X-TKJ-7").value();
    school.people->add_alias("info7", {"ali"}).value();
    CHECK(writers("x-tkj-7") == "school");
    CHECK(writers("guru") == "school");
    CHECK(writers("semua") == "teachers");
    CHECK(writers("info7") == "everyone");
    CHECK(writers("postmaster") == "everyone");
    CHECK(writers("ali") == "none");
    CHECK(writers("nobody") == "none");

    school.people->set_writers("X-TKJ-7", directory::Writers::named).value();
    school.people->set_list_right("x-tkj-7", "ali", directory::Directory::ListRight::send).value();
    school.people->set_class("budi", "X-TKJ-7").value();
    auto const meaning = school.people->resolve("x-tkj-7+tugas", "");
    REQUIRE(meaning.list);
    CHECK(directory::may_write(meaning, school.people->find_user("ali")));
    CHECK(directory::may_send_as(meaning, *school.people->find_user("ali")));
    CHECK_FALSE(directory::may_write(meaning, school.people->find_user("budi")));
    CHECK_FALSE(directory::may_send_as(meaning, *school.people->find_user("budi")));
    CHECK_FALSE(directory::may_write(meaning, std::nullopt));

    CHECK_FALSE(school.people->set_writers("ali", directory::Writers::school));
    CHECK_FALSE(school.people->set_list_right("semua", "nobody", directory::Directory::ListRight::write));
    school.people->delete_class("X-TKJ-7").value();
    school.people->add_class("X-TKJ-7").value();
    CHECK(writers("x-tkj-7") == "school");
    CHECK(school.people->list_policy("x-tkj-7")->writers_named.empty());
}

TEST_CASE("a changed password ends the old one and the web sessions", "[directory]")
{
    School school;
    auto const ali = school.people->find_user("ali").value();
    auto const token = school.people->add_app_password(ali.id, "web", base::system_clock().now() + 60'000'000);
    REQUIRE(school.people->authenticate("ali", "123"));
    school.people->set_password("ali", "baru-sekali").value();
    CHECK_FALSE(school.people->authenticate("ali", "123"));
    CHECK_FALSE(school.people->authenticate("ali", token));
    CHECK(school.people->authenticate("ali", "baru-sekali"));
}

TEST_CASE("many users are added all or none", "[directory]")
{
    School school;
    std::vector<directory::NewUser> users(3);
    users[0].login = "citra";
    users[1].login = "dewi";
    users[2].login = "ali";
    for (auto& user : users) user.password = "123";
    auto const added = school.people->add_users(users);
    REQUIRE_FALSE(added);
    CHECK(added.error().what == "ali");
    CHECK_FALSE(school.people->find_user("citra"));
}

TEST_CASE("new classes come with the users or not at all", "[directory]")
{
    School school;
    std::vector<directory::NewUser> users(2);
    users[0].login = "citra";
    users[0].class_name = "XI-RPL-1";
    users[1].login = "ali"; // taken
    for (auto& user : users) user.password = "123";
    CHECK_FALSE(school.people->add_users(users, {{"XI-RPL-1"}, {}}));
    CHECK(school.people->classes().size() == 1);
    users[1].login = "dewi";
    REQUIRE(school.people->add_users(users, {{"XI-RPL-1"}, {}}));
    CHECK(school.people->classes().size() == 2);
    CHECK(school.people->find_user("citra")->class_name == "XI-RPL-1");
}

TEST_CASE("adding many users can be given up, and then nobody is added", "[directory]")
{
    School school;
    std::vector<directory::NewUser> users(120);
    for (std::size_t i = 0; i < users.size(); ++i) users[i].login = "pupil" + std::to_string(i);
    for (auto& user : users) user.password = "123";
    std::size_t most = 0;
    auto const added = school.people->add_users(users, {{"XI-RPL-1"}, [&](std::size_t done) {
                                                            CHECK(done >= most);
                                                            most = done;
                                                            return done < 20;
                                                        }});
    REQUIRE_FALSE(added);
    CHECK(most >= 20);
    CHECK(most < users.size());
    CHECK_FALSE(school.people->find_user("pupil0"));
    CHECK(school.people->classes().size() == 1);
}

TEST_CASE("a change of a user that somebody else has changed meanwhile is refused", "[directory]")
{
    School school;
    auto const seen = *school.people->find_user("ali");
    auto mine = seen, theirs = seen;
    theirs.name = "Ali Akbar";
    theirs.role = directory::Role::staff;
    theirs.class_name = "";
    theirs.quota = 1;
    REQUIRE(school.people->update_user(seen, theirs));
    CHECK(*school.people->find_user("ali") == theirs);
    mine.name = "Ali Baba";
    CHECK_THAT(school.people->update_user(seen, mine).error().why, Catch::Contains("changed this user"));
    CHECK(school.people->find_user("ali")->name == "Ali Akbar");
    mine.class_name = "nowhere";
    CHECK_FALSE(school.people->update_user(theirs, mine));
    mine = theirs;
    mine.name = "a\nb";
    CHECK_FALSE(school.people->update_user(theirs, mine));
    school.people->delete_user("ali").value();
    CHECK_THAT(school.people->update_user(theirs, seen).error().why, Catch::Contains("deleted this user"));
    school.add("ali", directory::Role::pupil); // another one of the same name
    CHECK_FALSE(school.people->update_user(theirs, seen));
}

TEST_CASE("a password of a big table is good afterwards, and costs a guess no less than SCRAM", "[directory]")
{
    auto const hash = directory::hash_password("kopi-1234", directory::HashEffort::many);
    CHECK(directory::verify_password("kopi-1234", hash));
    CHECK_FALSE(directory::verify_password("kopi-1235", hash));
    CHECK(hash.starts_with("$y$j7T$")); // 4 MiB, one pass
}

TEST_CASE("bad logins and names that are taken are refused", "[directory]")
{
    School school;
    for (std::string const login : {"", "a b", "-ali", "ali-", "a..b", "é", "guru", "x-tkj-1", "postmaster"}) {
        directory::NewUser user;
        user.login = login;
        user.password = "123";
        INFO(login);
        CHECK_FALSE(school.people->add_user(user));
    }
}

TEST_CASE("made passwords: words and digits that nobody mistakes, never the same", "[directory]")
{
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i) {
        auto const password = directory::generate_password();
        INFO(password);
        CHECK(seen.insert(password).second);
        std::vector<std::string> parts;
        std::stringstream text(password);
        for (std::string part; std::getline(text, part, '-');) parts.push_back(part);
        REQUIRE(parts.size() == 5);
        for (auto const number : {1, 3}) {
            CHECK(parts[number].size() == 4);
            CHECK(parts[number].find_first_not_of("23456789") == std::string::npos);
        }
        for (auto const word : {0, 2, 4})
            CHECK(parts[word].find_first_not_of("abcdefghijklmnopqrstuvwxyz") == std::string::npos);
    }
}

TEST_CASE("password policy: practice mode takes everything but nothing", "[directory]")
{
    CHECK(directory::check_password("123", "ali", true));
    CHECK_FALSE(directory::check_password("", "ali", true));
    CHECK_FALSE(directory::check_password("123", "ali", false));
    CHECK_FALSE(directory::check_password("alibudi12", "ALIbudi12", false));
    CHECK_FALSE(directory::check_password("Password", "ali", false));
    CHECK(directory::check_password(directory::generate_password(), "ali", false));
}
