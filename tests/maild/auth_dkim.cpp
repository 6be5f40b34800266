#include "maild/auth/dkim.h"

#include "appliance/base/secret.h"
#include "maild/auth/limits.h"
#include "tests/maild/auth_fixture.h"
#include "tests/support/catch.h"

namespace
{
namespace auth = maild::auth;
using auth::Verdict;
using support::bytes_of;
using support::crlf;

constexpr base::Timestamp now = 1'800'000'000'000'000;

// RFC 8463 appendix A.
constexpr char const* rfc8463_key = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
constexpr char const* rfc8463_rsa =
    "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/"
    "J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTI"
    "KT+l/K4w3QIDAQAB";
constexpr char const* rfc8463_message =
    R"(DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=test; t=1528637909; h=from : to : subject :
 date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3
 DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz
 dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game.  Are you hungry yet?

Joe.
)";

std::vector<auth::DkimResult> verify(std::string const& text, auth::Dns& dns)
{
    auth::Message const message(bytes_of(text));
    return auth::verify_dkim(message, dns, now);
}

std::string verdicts(std::string const& text, auth::Dns& dns)
{
    std::vector<std::string> words;
    for (auto const& one : verify(text, dns))
        words.push_back(std::string(auth::show(one.verdict)) + (one.reason.empty() ? "" : ": " + one.reason));
    return base::join(words, ", ");
}

/// A school that signs with both kinds of keys, and its records in DNS.
struct School {
    School()
        : rsa{auth::SigningKey::make(auth::Algorithm::rsa_sha256), "kp-rsa"},
          ed{auth::SigningKey::make(auth::Algorithm::ed25519_sha256), "kp-ed"}
    {
        dns.add("kp-rsa._domainkey.school.example", "TXT", rsa.key.record());
        dns.add("kp-ed._domainkey.school.example", "TXT", ed.key.record());
    }
    std::string sign(std::string const& text) const
    {
        auth::Message const message(bytes_of(text));
        return auth::sign_dkim(message, "school.example", {&rsa, &ed}, now) + text;
    }
    support::TableDns dns;
    auth::Signer rsa;
    auth::Signer ed;
};

School& school()
{
    static School one; // making an RSA key takes a moment
    return one;
}

std::string const letter = crlf("From: Ali <ali@school.example>\nTo: b@far.example\nSubject: Tugas  1\n"
                                "Date: Sat, 28 Nov 2026 10:00:00 +0000\nMessage-ID: <1@school.example>\n\n"
                                "Halo  dunia \n\n.titik\n\n\n");

std::string body_hash(auth::Canonical how, std::string const& body, std::size_t piece = 1)
{
    auth::BodyHash hash(auth::Hash::sha256, how);
    for (std::size_t at = 0; at < body.size(); at += piece) hash.add(std::string_view(body).substr(at, piece));
    return hash.finish();
}
} // namespace

TEST_CASE("DKIM: the example of RFC 8463 verifies with both of its keys", "[auth][rfc8463]")
{
    support::TableDns dns;
    dns.add("brisbane._domainkey.football.example.com", "TXT", rfc8463_key);
    dns.add("test._domainkey.football.example.com", "TXT", rfc8463_rsa);
    CHECK(verdicts(crlf(rfc8463_message), dns) == "pass, pass");
    auto const results = verify(crlf(rfc8463_message), dns);
    CHECK(results[0].domain == "football.example.com");
    CHECK(results[0].algorithm == "ed25519-sha256");
    CHECK(results[1].mark == "F45dVWDf");
    CHECK(verdicts(base::replace_all(crlf(rfc8463_message), "hungry", "angry"), dns) ==
          "fail: body hash did not verify, fail: body hash did not verify");
    CHECK(verdicts(base::replace_all(crlf(rfc8463_message), "dinner ready", "dinner gone"), dns) ==
          "fail: signature did not verify, fail: signature did not verify");
}

TEST_CASE("DKIM: canonical forms of RFC 6376 3.4.5", "[auth][rfc6376]")
{
    CHECK(auth::canonical_field("A: X\r\n", auth::Canonical::relaxed) == "a:X\r\n");
    CHECK(auth::canonical_field("B : Y\t\r\n\tZ  \r\n", auth::Canonical::relaxed) == "b:Y Z\r\n");
    CHECK(auth::canonical_field("B : Y\t\r\n\tZ  \r\n", auth::Canonical::simple) == "B : Y\t\r\n\tZ  \r\n");
    CHECK(auth::canonical_field("Empty:\r\n", auth::Canonical::relaxed) == "empty:\r\n");
    for (std::size_t piece = 1; piece < 6; ++piece) {
        CHECK(body_hash(auth::Canonical::relaxed, " C \r\nD \t E\r\n\r\n\r\n", piece) ==
              base::sha256(" C\r\nD E\r\n"));
        CHECK(body_hash(auth::Canonical::simple, " C \r\nD \t E\r\n\r\n\r\n", piece) ==
              base::sha256(" C \r\nD \t E\r\n"));
    }
    CHECK(body_hash(auth::Canonical::relaxed, "") == base::sha256(""));
    CHECK(body_hash(auth::Canonical::simple, "") == base::sha256("\r\n"));
    CHECK(body_hash(auth::Canonical::simple, "\r\n\r\n") == base::sha256("\r\n"));
    CHECK(body_hash(auth::Canonical::relaxed, " \t\r\n\r\n") == base::sha256(""));
    CHECK(body_hash(auth::Canonical::relaxed, "no end") == base::sha256("no end\r\n"));
    CHECK(body_hash(auth::Canonical::relaxed, "\r\n\r\na\r\n \r\nb") == base::sha256("\r\n\r\na\r\n\r\nb\r\n"));
}

TEST_CASE("DKIM: what we sign verifies, and bears what servers on the way do", "[auth][rfc6376]")
{
    auto& here = school();
    auto const text = here.sign(letter);
    CHECK(verdicts(text, here.dns) == "pass, pass");
    for (auto const& line : base::split(text.substr(0, text.find("From: Ali")), '\n')) CHECK(line.size() <= 79);
    CHECK(verdicts("Received: from x by y; today\r\nX-Spam: no\r\n" + text, here.dns) == "pass, pass");
    CHECK(verdicts(base::replace_all(text, "Tugas  1", "Tugas\r\n 1 "), here.dns) == "pass, pass");
    CHECK(verdicts(text + "\r\n\r\n", here.dns) == "pass, pass");
    CHECK(verdicts(here.sign(crlf("From: ali@school.example\n\n")), here.dns) == "pass, pass");
}

TEST_CASE("DKIM: no field that readers see can be added to what we signed", "[auth][rfc6376]")
{
    auto& here = school();
    auto const text = here.sign(letter);
    for (auto const* field : {"From: Kepsek <kepsek@school.example>", "Subject: PENTING", "Reply-To: x@evil.example",
                              "To: all@school.example", "Cc: x@far.example", "Content-Type: text/html",
                              "Date: Sat, 28 Nov 2026 11:00:00 +0000", "Message-ID: <2@school.example>"})
        CHECK(verdicts(std::string(field) + "\r\n" + text, here.dns) ==
              "fail: signature did not verify, fail: signature did not verify");
}

TEST_CASE("DKIM: length tags and second From fields do not pass", "[auth][rfc6376]")
{
    // Made by hand with our own parts: l= covers "Hi\r\n" only; From is signed once.
    support::TableDns dns;
    auto const key = auth::SigningKey::make(auth::Algorithm::ed25519_sha256);
    dns.add("s._domainkey.peer.example", "TXT", key.record());
    auto const sign = [&](std::string const& tags, std::string const& text) {
        auto field = "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed; d=peer.example; s=s; h=from; bh=" +
                     base::base64(base::sha256("Hi\r\n")) + ';' + tags + " b=";
        auto const signature = auth::parse_signature(field.substr(15) + "AAAA", auth::SignatureKind::dkim);
        REQUIRE(signature.signature);
        auth::Message const message(bytes_of(text));
        return field + base::base64(key.sign(auth::header_digest(message, *signature.signature, field))) + "\r\n";
    };
    std::string const text = "From: a@peer.example\r\n\r\nHi\r\n";
    CHECK(verdicts(sign("", text) + text, dns) == "pass");
    CHECK(verdicts(sign(" l=4;", text) + text, dns) == "pass");
    CHECK(verdicts(sign(" l=4;", text) + text + "And more\r\n", dns) ==
          "policy: text was added behind the signed part");
    CHECK(verdicts(sign(" l=99;", text) + text, dns) == "permerror: body shorter than signed");
    CHECK(verdicts(sign("", text) + "From: boss@peer.example\r\n" + text, dns) ==
          "policy: a From field is not signed");
    CHECK(verdicts(sign(" x=1700000000;", text) + text, dns) == "fail: signature expired");
    CHECK(verdicts(sign(" t=1900000000;", text) + text, dns) == "permerror: signature from the future");
    CHECK(verdicts(sign(" i=@sub.peer.example;", text) + text, dns) == "pass");
    CHECK(verdicts(sign(" z=From:x|To:=7C;", text) + text, dns) == "pass");
}

TEST_CASE("DKIM: every kind of wrong signature has its word", "[auth][rfc6376]")
{
    support::TableDns dns;
    dns.add("gone._domainkey.d.example", "TXT", "v=DKIM1; p=");
    dns.add("odd._domainkey.d.example", "TXT", "v=spf1 -all");
    dns.add("web._domainkey.d.example", "TXT", "v=DKIM1; s=web; p=AAAA");
    dns.add("junk._domainkey.d.example", "TXT", "v=DKIM1; p=AAAA");
    dns.fail("slow._domainkey.d.example");
    auto const word = [&](std::string const& tags) {
        return verdicts("DKIM-Signature: " + tags + "\r\nFrom: a@d.example\r\n\r\nHi\r\n", dns);
    };
    auto const with = [&](std::string const& selector, std::string const& more = "") {
        return word("v=1; a=rsa-sha256; d=d.example; s=" + selector + "; h=from; bh=AAAA; b=AAAA" + more);
    };
    CHECK(with("none") == "permerror: no key for the signature");
    CHECK(with("gone") == "permerror: key revoked");
    CHECK(with("odd") == "permerror: key record not understood");
    CHECK(with("web") == "permerror: key is not for mail");
    CHECK(with("junk") == "permerror: key of a kind or size that is not taken");
    CHECK(with("slow") == "temperror: no answer from DNS");
    CHECK(with("none", "; b=BBBB") == "permerror: syntax error");
    CHECK(with("none", "; l=x") == "permerror: bad number");
    CHECK(with("none", "; i=a@other.example") == "permerror: identity of another domain");
    CHECK(with("none", "; c=odd") == "permerror: canonicalization not known");
    CHECK(with("none", "; q=http") == "permerror: query not known");
    CHECK(word("v=2; a=rsa-sha256") == "permerror: version not understood");
    CHECK(word("v=1; a=rsa-md5") == "permerror: algorithm not known");
    CHECK(word("v=1; a=rsa-sha1; d=d.example; s=none; h=from; bh=AAAA; b=AAAA") == "permerror: rsa-sha1 is not safe");
    CHECK(word("v=1; a=rsa-sha256; d=d.example; s=none; h=to; bh=AAAA; b=AAAA") == "permerror: From is not signed");
    CHECK(word("v=1; a=rsa-sha256; d=; s=none") == "permerror: no domain or selector");
    CHECK(word("garbage") == "permerror: syntax error");
    CHECK(word("v=1; a=" + std::string(100'000, 'a')) == "permerror: syntax error");
}

TEST_CASE("DKIM: a thousand signatures cost a few questions", "[auth][limits]")
{
    support::TableDns dns;
    std::string text;
    for (int i = 0; i < 1000; ++i)
        text += "DKIM-Signature: v=1; a=rsa-sha256; d=d.example; s=s" + std::to_string(i) +
                "; h=from; bh=AA==; b=AA==\r\n";
    CHECK(verify(text + "From: a@d.example\r\n\r\nHi\r\n", dns).size() == auth::limits::signatures);
    CHECK(dns.questions() == auth::limits::signatures);
}

TEST_CASE("DKIM: keys come back from their files, and only keys do", "[auth]")
{
    auto const& key = school().rsa.key;
    auto const again = auth::SigningKey::from_pem(key.pem());
    REQUIRE(again);
    CHECK(again->record() == key.record());
    CHECK_FALSE(auth::SigningKey::from_pem("-----BEGIN NONSENSE-----"));
    auto const parsed = auth::parse_key_record(key.record());
    CHECK(parsed.fault == auth::KeyFault::none);
    CHECK(parsed.record.bits == 2048);
}
