#include "appliance/base/file.h"
#include "appliance/net/tls.h"
#include "appliance/tls/authority.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

#include <algorithm>
#include <filesystem>
#include <sys/stat.h>

namespace
{
constexpr base::Timestamp day = 86'400'000'000;
constexpr base::Timestamp start = 1'795'300'000'000'000; // 2026-11-21

class FixedClock final : public base::Clock
{
public:
    explicit FixedClock(base::Timestamp now) : now_(now) {}
    base::Timestamp now() const override { return now_; }

private:
    base::Timestamp now_;
};

tls::Identity school()
{
    return {"SMK Negeri 1 Pendalian", "smk.sch.id", "box.smk.sch.id", {"192.168.10.1/24"}, false};
}

bool has(std::vector<std::string> const& names, std::string const& name)
{
    return std::find(names.begin(), names.end(), name) != names.end();
}

unsigned mode_of(std::string const& path)
{
    struct stat status {
    };
    REQUIRE(::stat(path.c_str(), &status) == 0);
    return status.st_mode & 07777;
}

std::string text_of(std::string const& path) { return base::read_file(path).value(); }
} // namespace

TEST_CASE("the school's CA issues a certificate for all its names and addresses", "[tls]")
{
    support::TempFolder folder;
    tls::prepare(folder.path(), school(), FixedClock(start)).value();
    auto const ca = tls::describe(folder / "ca.crt").value();
    CHECK(ca.subject == "SMK Negeri 1 Pendalian CA");
    CHECK((ca.not_after - start) / day == 3652);
    auto const server = tls::describe(folder / "tls/server.crt").value();
    CHECK(server.issuer == ca.subject);
    CHECK(server.not_after - server.not_before <= 825 * day);
    for (auto const* prefix : {"", "mail.", "www.", "ns.", "imap.", "smtp.", "autoconfig.", "box."})
        CHECK(has(server.names, std::string(prefix) + "smk.sch.id"));
    CHECK(has(server.names, "192.168.10.1"));
    CHECK(!has(server.names, "localhost"));
    CHECK(tls::is_issued_by(folder / "tls/server.crt", folder / "ca.crt"));
}

TEST_CASE("a practice school's certificate also names the machine itself", "[tls]")
{
    support::TempFolder folder;
    auto who = school();
    who.loopback = true;
    tls::prepare(folder.path(), who).value();
    auto const names = tls::describe(folder / "tls/server.crt").value().names;
    for (auto const* name : {"localhost", "127.0.0.1", "::1"}) CHECK(has(names, name));
}

TEST_CASE("private keys are not for everybody, and a server can use them", "[tls]")
{
    support::TempFolder folder;
    tls::prepare(folder.path(), school()).value();
    CHECK(mode_of(folder / "tls/ca.key") == 0600);
    CHECK(mode_of(folder / "tls/server.key") == 0640);
    CHECK(net::TlsContext::server(folder / "tls/server.crt", folder / "tls/server.key"));
    CHECK(net::TlsContext::client(folder / "ca.crt"));
}

TEST_CASE("preparing again keeps a good certificate and the CA", "[tls]")
{
    support::TempFolder folder;
    tls::prepare(folder.path(), school(), FixedClock(start)).value();
    auto const ca = text_of(folder / "ca.crt");
    auto const server = text_of(folder / "tls/server.crt");
    tls::prepare(folder.path(), school(), FixedClock(start + 100 * day)).value();
    CHECK(text_of(folder / "ca.crt") == ca);
    CHECK(text_of(folder / "tls/server.crt") == server);
}

TEST_CASE("a certificate that ends soon or lacks a name is issued anew by the same CA", "[tls]")
{
    support::TempFolder folder;
    tls::prepare(folder.path(), school(), FixedClock(start)).value();
    auto const ca = text_of(folder / "ca.crt");
    auto const first = text_of(folder / "tls/server.crt");
    tls::prepare(folder.path(), school(), FixedClock(start + 780 * day)).value();
    auto const second = text_of(folder / "tls/server.crt");
    CHECK(second != first);
    auto who = school();
    who.addresses.emplace_back("10.1.2.3");
    tls::prepare(folder.path(), who, FixedClock(start + 780 * day)).value();
    CHECK(text_of(folder / "tls/server.crt") != second);
    CHECK(text_of(folder / "ca.crt") == ca);
}

TEST_CASE("a CA whose key is kept elsewhere is not replaced", "[tls]")
{
    support::TempFolder folder;
    tls::prepare(folder.path(), school()).value();
    std::filesystem::remove(folder / "tls/ca.key");
    CHECK(tls::prepare(folder.path(), school()).ok());
    auto const refused = tls::issue(folder.path(), school());
    REQUIRE(!refused.ok());
    CHECK_THAT(refused.error().line(), Catch::Contains("ca.key"));
}

TEST_CASE("a name that could smuggle another one into the certificate is refused", "[tls]")
{
    support::TempFolder folder;
    auto who = school();
    who.hostname = "a,DNS:google.com";
    CHECK(!tls::prepare(folder.path(), who).ok());
    who = school();
    who.addresses = {"192.168.10.1,DNS:x"};
    CHECK(!tls::prepare(folder.path(), who).ok());
    CHECK(!std::filesystem::exists(folder / "ca.crt"));
}

TEST_CASE("a file that is no certificate is told by its name", "[tls]")
{
    support::TempFolder folder;
    base::write_file_atomically(folder / "x.crt", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
                                0644)
        .value();
    auto const read = tls::describe(folder / "x.crt");
    REQUIRE(!read.ok());
    CHECK_THAT(read.error().line(), Catch::Contains("x.crt"));
    CHECK(!tls::describe(folder / "missing.crt").ok());
}
