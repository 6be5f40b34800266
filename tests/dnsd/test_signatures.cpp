#include "appliance/base/text.h"
#include "dnsd/sign/dnskey.h"
#include "dnsd/sign/nsec3_hash.h"
#include "dnsd/sign/private_key.h"
#include "dnsd/sign/signature.h"
#include "dnsd/sign/type_bitmap.h"
#include "dnsd/zone/name.h"
#include "tests/support/catch.h"

#include <sys/stat.h>

using dnsd::dnssec::Algorithm;

namespace
{
std::string bytes(std::string_view text) { return base::from_base64(text).value(); }
std::string name(std::string_view text) { return dnsd::must_wire_name(text); }
} // namespace

TEST_CASE("an Ed25519 key gives the DNSKEY, DS and signature of the RFC", "[dns][dnssec][rfc8080]")
{
    auto const key = dnsd::PrivateKey::from_seed(bytes("ODIyNjAzODQ2MjgwODAxMjI2NDUxOTAyMDQxNDIyNjI="));
    auto const dnskey = dnsd::dnskey_data(257, Algorithm::ed25519, key.public_key());
    CHECK(base::base64(key.public_key()) == "l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=");
    CHECK(dnsd::key_tag(dnskey) == 3613);
    CHECK(dnsd::show_ds(dnsd::ds_data(name("example.com."), dnskey)) ==
          "3613 15 2 3AA5AB37EFCE57F737FC1627013FEE07BDF241BD10F3B1964AB55C78E79A304B");

    auto const zone = name("example.com.");
    auto const head = dnsd::signature_head({15, 15, 2, 3600, 1440021600, 1438207200, 3613, zone, {}});
    auto const mx = std::string("\0\x0a", 2) + name("mail.example.com.");
    auto const data = dnsd::signed_data(head, zone, 15, 3600, {mx});
    CHECK(base::base64(key.sign(data)) ==
          "oL9krJun7xfBOIWcGHi7mag5/hdZrKWw15jPGrHpjQeRAvTdszaPD+QLs3fx8A4M3e23mRZ9VrbpMngwcrqNAg==");
}

TEST_CASE("an ECDSA P-256 signature of the RFC verifies, and not over other data", "[dns][dnssec][rfc6605]")
{
    auto const public_key =
        bytes("GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==");
    auto const dnskey = dnsd::dnskey_data(257, Algorithm::ecdsap256sha256, public_key);
    CHECK(dnsd::show_ds(dnsd::ds_data(name("example.net."), dnskey)) ==
          "55648 13 2 B4C8C1FE2E7477127B27115656AD6256F424625BF5C1E2770CE6D6E37DF61D17");

    auto const zone = name("example.net.");
    auto const head = dnsd::signature_head({1, 13, 3, 3600, 1284026679, 1281607479, 55648, zone, {}});
    auto const data =
        dnsd::signed_data(head, name("www.example.net."), 1, 3600, {std::string("\xC0\x00\x02\x01", 4)});
    auto const signature =
        bytes("qx6wLYqmh+l9oCKTN6qIc+bw6ya+KJ8oMz0YP107epXAyGmt+3SNruPFKG7tZoLBLlUzGGus7ZwmwWep666VCw==");
    CHECK(dnsd::is_signed_by(Algorithm::ecdsap256sha256, public_key, data, signature));
    CHECK_FALSE(dnsd::is_signed_by(Algorithm::ecdsap256sha256, public_key, data + "x", signature));
    CHECK_FALSE(dnsd::is_signed_by(Algorithm::ecdsap256sha256, public_key, data, signature.substr(1)));
    CHECK_FALSE(dnsd::is_signed_by(Algorithm::ecdsap256sha256, "", data, signature));
    CHECK_FALSE(dnsd::is_signed_by(Algorithm::ecdsap256sha256, std::string(64, 'x'), data, signature));
}

TEST_CASE("a key that was written as PEM signs as before", "[dns][dnssec]")
{
    for (auto const algorithm : {Algorithm::ecdsap256sha256, Algorithm::ed25519}) {
        auto const key = dnsd::PrivateKey::make(algorithm);
        auto const again = dnsd::PrivateKey::from_pem("Kunci zona\n" + key.pem()).value();
        CHECK(again.algorithm() == algorithm);
        CHECK(again.public_key() == key.public_key());
        CHECK(dnsd::is_signed_by(algorithm, key.public_key(), "data", again.sign("data")));
    }
    CHECK_FALSE(dnsd::PrivateKey::from_pem(""));
    CHECK_FALSE(dnsd::PrivateKey::from_pem("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"));
}

TEST_CASE("an RRSIG is read back, and nothing is read from a cut one", "[dns][dnssec][rfc4034]")
{
    auto const zone = name("sch.id.");
    auto const data = dnsd::signature_head({1, 13, 3, 300, 2000, 1000, 77, zone, {}}) + std::string(64, 'S');
    auto const read = dnsd::read_signature(data).value();
    CHECK(read.covered == 1);
    CHECK(read.labels == 3);
    CHECK(read.original_ttl == 300);
    CHECK(read.expiration == 2000);
    CHECK(read.inception == 1000);
    CHECK(read.tag == 77);
    CHECK(read.signer == zone);
    CHECK(read.bytes == std::string(64, 'S'));
    for (std::size_t size = 0; size < 18 + zone.size(); ++size)
        CHECK_FALSE(dnsd::read_signature(data.substr(0, size)));
}

TEST_CASE("a wildcard's label is not counted", "[dns][dnssec][rfc4034]")
{
    CHECK(dnsd::signed_labels(name("*.lab.sch.id.")) == 3);
    CHECK(dnsd::signed_labels(name("www.lab.sch.id.")) == 4);
    CHECK(dnsd::signed_labels(name(".")) == 0);
}

TEST_CASE("type bitmaps are those of the RFC", "[dns][dnssec][rfc4034]")
{
    // RFC 4034 4.3: A MX RRSIG NSEC TYPE1234
    auto const bitmap = dnsd::type_bitmap({1, 15, 46, 47, 1234});
    CHECK(base::hex(bitmap) == "0006400100000003"
                               "041b" +
                                   std::string(52, '0') + "20");
    CHECK(dnsd::types_in_bitmap(bitmap) == std::set<std::uint16_t>{1, 15, 46, 47, 1234});
    CHECK(dnsd::type_bitmap({}).empty());
    CHECK(dnsd::types_in_bitmap(bitmap.substr(0, 9)).empty());
}

TEST_CASE("hashed names are those of the RFC", "[dns][dnssec][rfc5155]")
{
    std::string const salt("\xAA\xBB\xCC\xDD");
    CHECK(dnsd::base32hex(dnsd::nsec3_hash(name("example."), salt, 12)) == "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom");
    CHECK(dnsd::base32hex(dnsd::nsec3_hash(name("*.w.example."), salt, 12)) == "r53bq7cc2uvmubfu5ocmm6pers9tk9en");
    auto const key = dnsd::nsec3_key(name("sch.id."));
    CHECK(key.size() == 33);
    CHECK(dnsd::hash_of_key(key) == dnsd::nsec3_hash(name("sch.id.")));
    auto const data = dnsd::nsec3_data(std::string(20, 'h'), "bitmap");
    CHECK(dnsd::nsec3_parts(data).next_hash == std::string(20, 'h'));
    CHECK(dnsd::nsec3_parts(data).bitmap == "bitmap");
    for (std::size_t size = 0; size < 26; ++size) CHECK(dnsd::nsec3_parts(data.substr(0, size)).bitmap.empty());
}

TEST_CASE("a CDS that asks for removal is the one of the RFC", "[dns][dnssec][rfc8078]")
{
    CHECK(base::hex(dnsd::cds_of_leaving()) == "0000000000");
    CHECK(base::hex(dnsd::cdnskey_of_leaving()) == "0000030000");
}
