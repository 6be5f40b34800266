// What the wizard proposes, keeps and makes; what the network's file says.

#include "setup-tui/apply/network.h"
#include "setup-tui/steps/checks.h"
#include "setup-tui/steps/strength.h"
#include "setup-tui/steps/suggestions.h"
#include "setup-tui/widgets/qr_code.h"
#include "setup-tui/wizard/draft_file.h"
#include "setup-tui/wizard/outcome.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

namespace
{
using setup::Draft;

Draft on_a_network(std::string const& interface, std::string const& address)
{
    Draft draft;
    setup::add_suggestions(draft, {{{interface, address, true}}, "10.20.30.254", {"10.20.30.53"}});
    return draft;
}
} // namespace

TEST_CASE("a domain is suggested from the school's name", "[wizard]")
{
    CHECK(setup::suggest_domain("SMK Negeri 1 Pendalian") == "smkn1pendalian.sch.id");
    CHECK(setup::suggest_domain("SMKN 3 Rokan-Hulu") == "smkn3rokanhulu.sch.id");
    CHECK(setup::suggest_domain("Sekolah Menengah Kejuruan Swasta Maju") == "smaju.sch.id");
    CHECK(setup::suggest_domain("日本") == "sekolah.sch.id");
    auto const longest = setup::suggest_domain(std::string(200, 'a'));
    CHECK_FALSE(setup::check_domain(longest, {}));
}

TEST_CASE("the network that runs is read from the kernel's tables", "[wizard]")
{
    std::string const table = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
                              "eth0\t000AA8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
                              "eth0\t00000000\tFE0AA8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n";
    CHECK(setup::default_gateway(table) == "192.168.10.254");
    CHECK(setup::default_gateway("").empty());
    CHECK(setup::default_gateway("a\t00000000\tzz\t\t\t\t\t00000000\n").empty());
    CHECK(setup::resolvers_of("search x\nnameserver 127.0.0.53\n nameserver 9.9.9.9\nnameserver x\n") ==
          std::vector<std::string>{"9.9.9.9"});
}

TEST_CASE("every question without an answer gets what the wizard shows", "[wizard]")
{
    auto const draft = setup::filled_in(on_a_network("enp1s0", "10.20.30.1/24"));
    CHECK(draft.value("domain") == "smkn1pendalian.sch.id");
    CHECK(draft.value("hostname") == "mail.smkn1pendalian.sch.id");
    CHECK(draft.value("address") == "10.20.30.1/24");
    CHECK(draft.value("gateway") == "10.20.30.254");
    CHECK(draft.value("forwarders") == "10.20.30.53");
    CHECK(draft.value("mail.address") == "10.20.30.1");
    CHECK(draft.value("network.method") == "keep");
    CHECK_FALSE(draft.has("network.interface"));
    CHECK_FALSE(draft.has("smarthost.host"));
    CHECK(draft.value("mail.outside") == "direct");
}

TEST_CASE("without a network there are suggestions that fit together", "[wizard]")
{
    auto draft = on_a_network("eth0", "");
    draft.set("now.is_ours", "yes");
    auto const filled = setup::filled_in(draft);
    CHECK(filled.value("address") == "192.168.10.1/24");
    CHECK(filled.value("gateway").empty()); // the one that runs is elsewhere
    CHECK(filled.value("network.method") == "static");
    CHECK(filled.value("network.interface") == "eth0");
    CHECK(filled.value("mail.outside") == "offline");
}

TEST_CASE("missing passwords are made, others stay", "[wizard]")
{
    Draft draft;
    draft.set("users", "ali::X-TKJ-1, bu.sari:sawah-hijau-11::teacher");
    auto const made = setup::wizard::make_passwords(draft, true);
    REQUIRE(made.size() == 3);
    CHECK(made[0].login == "admin");
    CHECK(made[0].was_made);
    CHECK(made[1].was_made);
    CHECK(made[2].password == "sawah-hijau-11");
    CHECK_FALSE(made[2].was_made);
    CHECK_FALSE(setup::check_users(draft.value("users"), draft));
    CHECK_FALSE(setup::check_passwords_are_there(draft.value("users")));
    CHECK(draft.value("users").find("bu.sari:sawah-hijau-11::teacher") != std::string::npos);

    Draft again;
    CHECK(setup::wizard::make_passwords(again, false).empty()); // the administrator's stays
}

TEST_CASE("a file of answers must say every password", "[wizard]")
{
    auto const refused = setup::read_answers("school.name = A\ndomain = a.sch.id\naddress = 10.0.0.1/8\n"
                                             "admin.password = kuda-laut-77\nusers = ali::X-TKJ-1\n",
                                             "answers");
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().line().find("key 'users': the password of a user is missing") != std::string::npos);
}

TEST_CASE("a smart host is needed only where mail goes through one", "[wizard]")
{
    std::string const least =
        "school.name = A\ndomain = a.sch.id\naddress = 10.0.0.1/8\nadmin.password = kuda-laut-77\n";
    CHECK(setup::read_answers(least + "smarthost.host = x\n", "answers").ok()); // not asked
    CHECK_FALSE(setup::read_answers(least + "mail.outside = smarthost\n", "answers").ok());
    CHECK_FALSE(setup::read_answers(least + "mail.outside = smarthost\nsmarthost.host = a b\n", "answers").ok());
    CHECK_FALSE(setup::read_answers(least + "mail.outside = smarthost\nsmarthost.host = a.id:0\n", "answers").ok());
    CHECK(setup::read_answers(least + "mail.outside = smarthost\nsmarthost.host = a.id:465\n", "answers").ok());
}

TEST_CASE("the draft on disk has no passwords and says that there were some", "[wizard]")
{
    support::TempFolder const folder;
    auto const path = folder.path() + "/setup-draft";
    Draft draft;
    draft.set("school.name", "SMK = \"Satu\" # 1");
    draft.set("admin.password", "kuda-laut-77");
    draft.set("users", "ali:sawah-hijau-11:X-TKJ-1");
    draft.set("now.gateway", "10.0.0.1");
    REQUIRE(setup::wizard::keep(path, draft, "users").ok());
    auto const kept = setup::wizard::kept(path);
    REQUIRE(kept);
    CHECK(kept->step == "users");
    CHECK(kept->lacks_passwords);
    CHECK_FALSE(kept->was_applying);
    CHECK(kept->draft.value("school.name") == "SMK = \"Satu\" # 1");
    CHECK(kept->draft.value("users") == "ali::X-TKJ-1");
    CHECK_FALSE(kept->draft.has("admin.password"));
    CHECK_FALSE(kept->draft.has("now.gateway"));
    setup::wizard::forget(path);
    CHECK_FALSE(setup::wizard::kept(path));
}

TEST_CASE("the strength of a password follows its length", "[wizard]")
{
    CHECK(setup::strength("123", "admin") == 0);
    CHECK(setup::strength("password", "admin") == 0);
    CHECK(setup::strength("aaaaaaaaaaaaaaaaaaaa", "admin") <= 1);
    CHECK(setup::strength("kudalaut", "admin") == 1);
    CHECK(setup::strength("kudalaut-77", "admin") == 2);
    CHECK(setup::strength("kuda laut sawah", "admin") == 2);
    CHECK(setup::strength("kuda laut sawah 77", "admin") == 3);
}

TEST_CASE("networkd gets a fixed address or DHCP, or nothing", "[wizard]")
{
    auto draft = setup::filled_in(on_a_network("enp1s0", "10.20.30.1/24"));
    CHECK(setup::network_file(draft).empty());
    draft.set("network.interface", "enp1s0");
    draft.set("network.method", "dhcp");
    CHECK(setup::network_file(draft).find("Name=enp1s0\n\n[Network]\nDHCP=yes\n") != std::string::npos);
    draft.set("network.method", "static");
    auto const text = setup::network_file(draft);
    CHECK(text.find("Address=10.20.30.1/24\nGateway=10.20.30.254\n") != std::string::npos);
    CHECK(text.find("DHCP") == std::string::npos);
}

TEST_CASE("an interface's name cannot smuggle lines into networkd's file", "[wizard]")
{
    CHECK_FALSE(setup::check_interface("enp1s0", {}));
    for (std::string const bad : {"a b", "eth0\n[Match]", "a/b", "[x]", "sixteen-letters-", "é"})
        CHECK(setup::check_interface(bad, {}));
}

TEST_CASE("an address in capitals makes the smallest QR code", "[wizard]")
{
    CHECK(setup::QrCode("HTTPS://192.168.10.1/").side() == 21);
    CHECK(setup::QrCode("HTTPS://192.168.10.1:10443/").side() == 25);
    CHECK(setup::QrCode(std::string(9000, 'a')).side() == 0);
}
