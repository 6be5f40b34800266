// Applying answers to a state folder, and applying them again.

#include "appliance/base/file.h"
#include "appliance/config/config.h"
#include "appliance/db/database.h"
#include "appliance/directory/directory.h"
#include "dnsd/zone/zone_store.h"
#include "maild/queue/relay_table.h"
#include "setup-tui/apply.h"
#include "tests/support/catch.h"

#include <cstdlib>
#include <filesystem>
#include <set>

namespace
{
namespace fs = std::filesystem;

class TemporaryFolder
{
public:
    TemporaryFolder()
    {
        std::string pattern = (fs::temp_directory_path() / "kotakpos-setup-XXXXXX").string();
        path_ = ::mkdtemp(pattern.data());
    }
    ~TemporaryFolder() { fs::remove_all(path_); }
    TemporaryFolder(TemporaryFolder const&) = delete;
    TemporaryFolder& operator=(TemporaryFolder const&) = delete;
    std::string operator/(std::string const& name) const { return path_ + "/" + name; }
    std::string const& path() const { return path_; }

private:
    std::string path_;
};

setup::Draft answers(std::string const& more, std::string const& domain = "smkn1pendalian.sch.id")
{
    return setup::read_answers("lab = yes\nlanguage = en\nschool.name = SMK Negeri 1 Pendalian\ndomain = " + domain +
                                   "\naddress = 192.168.10.1/24\nadmin.password = 123\n" + more,
                               "answers")
        .value();
}
} // namespace

TEST_CASE("setup makes the whole school", "[setup]")
{
    TemporaryFolder const folder;
    auto const report = setup::apply(answers("users = ali:123:X-TKJ-1, guru1:123::teacher\n"),
                                     {.config_file = folder / "kotakpos.conf"});
    REQUIRE(report.ok());
    CHECK(report->school_made);
    CHECK(report->state == folder.path());
    for (auto const* name : {"kotakpos.conf", "ca.crt", "tls/server.crt", "tls/server.key", "school/school.db",
                             "spool/body", "mail/blobs", "run", "site/index.html"})
        CHECK(fs::exists(folder / name));

    db::Database school({.path = folder / "school/school.db", .schema = "school"});
    auto const people = directory::make_sql_directory(school);
    CHECK(people->domain() == "smkn1pendalian.sch.id");
    CHECK(people->find_user("ali")->class_name == "X-TKJ-1");
    CHECK(people->find_user("guru1")->role == directory::Role::teacher);
    CHECK(people->find_user("admin")->role == directory::Role::admin);
    CHECK(people->authenticate("ali", "123"));
    db::Database dns({.path = folder / "dns/dns.db", .schema = "dns"});
    CHECK(dnsd::make_sql_zone_store(dns)->zones().size() == 2);
    auto const page = base::read_file(folder / "site/index.html").value();
    CHECK(page.find("SMK Negeri 1 Pendalian") != std::string::npos);
    CHECK(page.find("@") == page.find("@media"));
}

TEST_CASE("setup a second time adds what is new and keeps what people changed", "[setup]")
{
    TemporaryFolder const folder;
    auto const config = folder / "kotakpos.conf";
    REQUIRE(setup::apply(answers("users = ali:123:X-TKJ-1\n"), {.config_file = config}).ok());
    {
        db::Database school({.path = folder / "school/school.db", .schema = "school"});
        REQUIRE(directory::make_sql_directory(school)->set_password("ali", "changed").ok());
        REQUIRE(base::write_file_atomically(folder / "site/index.html", "our own page", 0644).ok());
    }
    auto const ca = base::read_file(folder / "ca.crt").value();

    auto const again = setup::apply(answers("users = ali:123:X-TKJ-1, budi:123:X-TKJ-1\n"), {.config_file = config});
    REQUIRE(again.ok());
    CHECK_FALSE(again->school_made);
    CHECK(again->users_added == std::vector<std::string>{"budi"});
    db::Database school({.path = folder / "school/school.db", .schema = "school"});
    auto const people = directory::make_sql_directory(school);
    CHECK(people->authenticate("ali", "changed"));
    CHECK(people->authenticate("budi", "123"));
    CHECK(base::read_file(folder / "site/index.html").value() == "our own page");
    CHECK(base::read_file(folder / "ca.crt").value() == ca);
}

TEST_CASE("setup refuses another domain over a school that is there", "[setup]")
{
    TemporaryFolder const folder;
    REQUIRE(setup::apply(answers(""), {.config_file = folder / "kotakpos.conf"}).ok());
    auto const other = setup::apply(answers("", "other.sch.id"), {.config_file = folder / "kotakpos.conf"});
    REQUIRE_FALSE(other.ok());
    CHECK(other.error().refused);
}

TEST_CASE("setup keeps the listeners of a configuration that is there", "[setup]")
{
    TemporaryFolder const folder;
    auto const config = folder / "kotakpos.conf";
    REQUIRE(base::write_file_atomically(
                config, "state = " + folder.path() + "/data\nsmtp.listen = 127.0.0.1:10025\nlab = no\n", 0644)
                .ok());
    REQUIRE(setup::apply(answers(""), {.config_file = config}).ok());
    auto const text = base::read_file(config).value();
    CHECK(text.find("smtp.listen = 127.0.0.1:10025\n") != std::string::npos);
    CHECK(text.find("lab = yes\n") != std::string::npos);
    CHECK(fs::exists(folder / "data/school/school.db"));
}

TEST_CASE("setup refuses a broken configuration before it changes anything", "[setup]")
{
    TemporaryFolder const folder;
    auto const config = folder / "kotakpos.conf";
    REQUIRE(base::write_file_atomically(config, "colour = blue\n", 0644).ok());
    auto const report = setup::apply(answers(""), {.config_file = config});
    REQUIRE_FALSE(report.ok());
    CHECK(report.error().refused);
    CHECK_FALSE(fs::exists(folder / "school"));
}

TEST_CASE("a part that fails takes away what this run had made, and nothing else", "[setup]")
{
    TemporaryFolder const folder;
    fs::create_directory(folder / "ca.crt"); // the certificates cannot be made; everything before them was
    REQUIRE(base::write_file_atomically(folder / "notes", "mine", 0644).ok());
    std::vector<setup::Part> begun;
    auto const failed = setup::apply(
        answers("users = ali:123:X-TKJ-1\n"),
        {.config_file = folder / "kotakpos.conf", .progress = [&](setup::Part part) { begun.push_back(part); }});
    REQUIRE_FALSE(failed.ok());
    CHECK(begun.back() == setup::Part::certificate);
    std::set<std::string> left;
    for (auto const& entry : fs::directory_iterator(folder.path())) left.insert(entry.path().filename());
    CHECK(left == std::set<std::string>{"ca.crt", "notes"});

    // With the cause gone the same answers make the school.
    fs::remove(folder / "ca.crt");
    CHECK(setup::apply(answers("users = ali:123:X-TKJ-1\n"), {.config_file = folder / "kotakpos.conf"}).ok());
}

TEST_CASE("a part that fails on a school that is there brings its configuration back", "[setup]")
{
    TemporaryFolder const folder;
    setup::Way const way{.config_file = folder / "kotakpos.conf"};
    REQUIRE(setup::apply(answers("users = ali:123:X-TKJ-1\n"), way).ok());
    auto const config = base::read_file(folder / "kotakpos.conf").value();
    fs::remove(folder / "tls/server.crt");
    fs::create_directory(folder / "tls/server.crt");
    auto changed = answers("");
    changed.set("language", "id");
    REQUIRE_FALSE(setup::apply(changed, way).ok());
    CHECK(base::read_file(folder / "kotakpos.conf").value() == config);
    db::Database school({.path = folder / "school/school.db", .schema = "school"});
    CHECK(directory::make_sql_directory(school)->authenticate("ali", "123"));
}

TEST_CASE("a smart host becomes the queue's default route, and goes again with it", "[setup]")
{
    TemporaryFolder const folder;
    setup::Way const way{.config_file = folder / "kotakpos.conf"};
    auto const routes = [&] { return maild::queue::read_relays(folder / "mail-secrets/routes").value(); };
    REQUIRE(setup::apply(answers("mail.outside = smarthost\nsmarthost.host = mail.provider.id:465\n"
                                 "smarthost.user = smk\nsmarthost.password = rahasia\n"),
                         way)
                .ok());
    auto const relay = routes().at("default");
    CHECK(relay.route.hosts == std::vector<std::string>{"mail.provider.id"});
    CHECK(relay.route.port == 465);
    CHECK(relay.route.tls == maild::remote::TlsRule::verified);
    CHECK(relay.route.start == maild::remote::TlsStart::at_once);
    CHECK(relay.route.credentials->password == "rahasia");
    CHECK((fs::status(folder / "mail-secrets/routes").permissions() & fs::perms::all) ==
          (fs::perms::owner_read | fs::perms::owner_write));

    // The password stays when nobody says another one; the route goes when mail goes directly.
    REQUIRE(setup::apply(
                answers("mail.outside = smarthost\nsmarthost.host = mail.provider.id\nsmarthost.user = smk\n"), way)
                .ok());
    CHECK(routes().at("default").route.port == 587);
    CHECK(routes().at("default").route.credentials->password == "rahasia");
    REQUIRE(setup::apply(answers("mail.outside = direct\n"), way).ok());
    CHECK(routes().empty());
}

TEST_CASE("setup leaves alone a default route that somebody else has set", "[setup]")
{
    TemporaryFolder const folder;
    setup::Way const way{.config_file = folder / "kotakpos.conf"};
    REQUIRE(setup::apply(answers(""), way).ok());
    maild::queue::Relay own;
    own.way = maild::queue::Relay::Way::offline;
    REQUIRE(maild::queue::write_relays(folder / "mail-secrets/routes", {{"default", own}}).ok());
    REQUIRE(setup::apply(answers(""), way).ok());
    CHECK(maild::queue::read_relays(folder / "mail-secrets/routes")->count("default") == 1);
}

TEST_CASE("a box that gets another address takes its records and its network along", "[setup]")
{
    TemporaryFolder const folder;
    setup::Way const way{.config_file = folder / "kotakpos.conf"};
    REQUIRE(setup::apply(answers(""), way).ok());
    auto const before = config::read(folder / "kotakpos.conf").value();
    REQUIRE(before.trusted_networks.size() == 1);
    auto moved = answers("");
    auto const domain = moved.value("domain");
    {
        db::Database dns({.path = folder / "dns/dns.db", .schema = "dns"});
        auto const zones = dnsd::make_sql_zone_store(dns);
        REQUIRE(zones->remove(domain, "www A").ok());
        REQUIRE(zones->add(domain, "www A 192.168.10.99").ok()); // somebody's own choice
    }
    for (auto const* key : {"ns.address", "www.address", "mail.address"}) moved.set(key, "172.16.5.2");
    moved.set("address", "172.16.5.2/24");
    moved.set("gateway", "");
    REQUIRE(setup::apply(moved, way).ok());
    db::Database dns({.path = folder / "dns/dns.db", .schema = "dns"});
    std::map<std::string, std::string> addresses;
    auto const records = dnsd::make_sql_zone_store(dns)->records(domain).value();
    for (auto const& record : records)
        if (record.type == "A") addresses[record.owner] += record.rdata;
    CHECK(addresses["ns." + domain + '.'] == "172.16.5.2");
    CHECK(addresses["mail." + domain + '.'] == "172.16.5.2");
    CHECK(addresses[domain + '.'] == "172.16.5.2");
    CHECK(addresses["www." + domain + '.'] == "192.168.10.99");
    auto const after = config::read(folder / "kotakpos.conf").value();
    REQUIRE(after.trusted_networks.size() == 1);
    CHECK(after.trusted_networks.front().contains(*net::IpAddress::parse("172.16.5.77")));
}
