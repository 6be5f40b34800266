// DMARC, ARC and Authentication-Results.

#include "maild/auth/arc.h"
#include "maild/auth/results.h"
#include "maild/auth/tag_list.h"
#include "tests/maild/auth_fixture.h"
#include "tests/support/catch.h"

namespace
{
namespace auth = maild::auth;
using auth::Verdict;
using support::bytes_of;

constexpr base::Timestamp now = 1'800'000'000'000'000;

std::string dmarc(support::TableDns& dns, std::string const& from, std::string const& spf_domain, Verdict spf,
                  std::string const& dkim_domain = "", Verdict dkim = Verdict::pass, unsigned sample = 0)
{
    static auth::PublicSuffixes const suffixes;
    auth::SpfResult spf_result;
    spf_result.verdict = spf;
    spf_result.domain = spf_domain;
    std::vector<auth::DkimResult> signatures;
    if (!dkim_domain.empty()) {
        signatures.emplace_back();
        signatures.back().verdict = dkim;
        signatures.back().domain = dkim_domain;
    }
    auto const result = auth::check_dmarc({from, spf_result, signatures, sample}, suffixes, dns);
    return std::string(auth::show(result.verdict)) + ' ' + std::string(auth::show(result.wanted));
}

/// A chain as servers on the way make it: seals made with our own parts.
struct Sealer {
    explicit Sealer(support::TableDns& dns) : key(auth::SigningKey::make(auth::Algorithm::ed25519_sha256))
    {
        dns.add("s._domainkey.list.example", "TXT", key.record());
    }
    std::string seal(std::string const& text, int instance, std::string const& chain) const
    {
        auto const number = std::to_string(instance);
        auto const body = text.substr(text.find("\r\n\r\n") + 4);
        auth::BodyHash hash(auth::Hash::sha256, auth::Canonical::relaxed);
        hash.add(body);
        std::string const algorithm = "a=ed25519-sha256; d=list.example; s=s; ";
        auto const results = "ARC-Authentication-Results: i=" + number + "; list.example; spf=pass\r\n";
        auto signature = "ARC-Message-Signature: i=" + number + "; " + algorithm +
                         "c=relaxed/relaxed; h=from:subject; bh=" + base::base64(hash.finish()) + "; b=";
        auto const parsed = auth::parse_signature(signature.substr(22) + "AAAA", auth::SignatureKind::arc);
        auth::Message const message(bytes_of(text));
        signature += base::base64(key.sign(auth::header_digest(message, *parsed.signature, signature))) + "\r\n";
        auto seal = "ARC-Seal: i=" + number + "; " + algorithm + "cv=" + chain + "; b=";
        auth::Digest digest(auth::Hash::sha256);
        for (int i = 1; i < instance; ++i)
            for (auto const* name : {"ARC-Authentication-Results", "ARC-Message-Signature", "ARC-Seal"})
                for (auto const* field : message.header().all(name))
                    if (field->raw_value.find("i=" + std::to_string(i) + ";") != std::string_view::npos)
                        digest.add(auth::canonical_field(message.raw(*field), auth::Canonical::relaxed));
        digest.add(auth::canonical_field(results, auth::Canonical::relaxed));
        digest.add(auth::canonical_field(signature, auth::Canonical::relaxed));
        auto own = auth::canonical_field(seal, auth::Canonical::relaxed);
        digest.add(std::string_view(own).substr(0, own.size() - 2));
        seal += base::base64(key.sign(digest.finish())) + "\r\n";
        return seal + signature + results + text;
    }
    auth::SigningKey key;
};

std::string arc(std::string const& text, support::TableDns& dns)
{
    auth::Message const message(bytes_of(text));
    auto const result = auth::verify_arc(message, dns);
    return std::string(auth::show(result.verdict)) + (result.reason.empty() ? "" : ": " + result.reason);
}
} // namespace

TEST_CASE("DMARC: alignment, the organizational domain, subdomains and pct", "[auth][rfc7489]")
{
    support::TableDns dns;
    dns.add("_dmarc.smkn1.sch.id", "TXT", "v=DMARC1; p=reject; sp=quarantine");
    dns.add("_dmarc.strict.example", "TXT", "v=DMARC1; p=quarantine; adkim=s; aspf=s");
    dns.add("_dmarc.half.example", "TXT", "v=DMARC1; p=reject; pct=50");
    dns.add("_dmarc.twice.example", "TXT", "v=DMARC1; p=reject");
    dns.add("_dmarc.twice.example", "TXT", "v=DMARC1; p=none");
    dns.add("_dmarc.odd.example", "TXT", "v=DMARC1; p=nonsense; rua=mailto:a@odd.example");
    dns.add("_dmarc.worse.example", "TXT", "v=DMARC1; p=nonsense");
    dns.add("_dmarc.late.example", "TXT", "p=reject; v=DMARC1");
    dns.fail("_dmarc.slow.example");
    auto const fail = Verdict::fail;
    auto const pass = Verdict::pass;
    CHECK(dmarc(dns, "smkn1.sch.id", "smkn1.sch.id", pass) == "pass reject");
    CHECK(dmarc(dns, "smkn1.sch.id", "smkn1.sch.id", fail) == "fail reject");
    CHECK(dmarc(dns, "smkn1.sch.id", "bounce.smkn1.sch.id", pass) == "pass reject");
    CHECK(dmarc(dns, "smkn1.sch.id", "smkn2.sch.id", pass) == "fail reject");
    CHECK(dmarc(dns, "smkn1.sch.id", "far.example", pass, "mail.smkn1.sch.id") == "pass reject");
    CHECK(dmarc(dns, "smkn1.sch.id", "far.example", pass, "smkn2.sch.id") == "fail reject");
    CHECK(dmarc(dns, "smkn1.sch.id", "", fail, "smkn1.sch.id", Verdict::policy) == "fail reject");
    CHECK(dmarc(dns, "smkn1.sch.id", "", fail, "smkn1.sch.id", Verdict::temperror) == "temperror reject");
    CHECK(dmarc(dns, "guru.smkn1.sch.id", "", fail) == "fail quarantine");
    CHECK(dmarc(dns, "strict.example", "mail.strict.example", pass) == "fail quarantine");
    CHECK(dmarc(dns, "strict.example", "strict.example", pass) == "pass quarantine");
    CHECK(dmarc(dns, "half.example", "", fail, "", pass, 49) == "fail reject");
    CHECK(dmarc(dns, "half.example", "", fail, "", pass, 50) == "fail quarantine");
    CHECK(dmarc(dns, "twice.example", "", fail) == "none none");
    CHECK(dmarc(dns, "odd.example", "", fail) == "fail none");
    CHECK(dmarc(dns, "worse.example", "", fail) == "none none");
    CHECK(dmarc(dns, "late.example", "", fail) == "none none");
    CHECK(dmarc(dns, "slow.example", "", fail) == "temperror none");
    CHECK(dmarc(dns, "nothing.example", "nothing.example", pass) == "none none");
    CHECK(dmarc(dns, "", "nothing.example", pass) == "permerror none");
}

TEST_CASE("DMARC: the domain of From, when there is one", "[auth][rfc7489]")
{
    auto const domain = [](std::string const& header) {
        auto const text = header + "\r\nHalo\r\n";
        auth::Message const message(bytes_of(text));
        return message.from_domain();
    };
    CHECK(domain("From: Ali <ali@School.EXAMPLE>\r\n") == "school.example");
    CHECK(domain("From: a@x.example, b@x.example\r\n") == "x.example");
    CHECK(domain("From: a@x.example, b@y.example\r\n").empty());
    CHECK(domain("From: a@x.example\r\nFrom: b@y.example\r\n").empty());
    CHECK(domain("From: \"boss@bank.example\" <x@evil.example>\r\n") == "evil.example");
    CHECK(domain("From: a@sekölah.example\r\n") == "xn--seklah-yxa.example");
    CHECK(domain("Subject: no author\r\n").empty());
}

TEST_CASE("ARC: a chain of three is validated, and whatever breaks it is named", "[auth][rfc8617]")
{
    support::TableDns dns;
    Sealer const sealer(dns);
    std::string const text = "From: a@far.example\r\nSubject: Halo\r\n\r\nIsi\r\n";
    auto const one = sealer.seal(text, 1, "none");
    auto const two = sealer.seal(one, 2, "pass");
    auto const three = sealer.seal(two, 3, "pass");
    CHECK(arc(text, dns) == "none");
    CHECK(arc(one, dns) == "pass");
    CHECK(arc(three, dns) == "pass");
    CHECK(arc("Received: from x by y; today\r\n" + three, dns) == "pass");
    CHECK(arc(base::replace_all(three, "Isi\r\n", "Lain\r\n"), dns) ==
          "fail: the message was changed after the last seal");
    CHECK(arc(base::replace_all(three, "i=1; list.example; spf=pass", "i=1; list.example; spf=fail"), dns) ==
          "fail: seal 3 did not verify");
    CHECK(arc(sealer.seal(one, 2, "fail"), dns) == "fail: the chain was broken before");
    CHECK(arc(sealer.seal(text, 2, "pass"), dns) == "fail: a set is not whole");
    CHECK(arc("ARC-Seal: i=1; nonsense\r\n" + one, dns) == "fail: a field is not understood or comes twice");
    CHECK(arc("ARC-Seal: nonsense\r\n" + text, dns) == "fail: a field is not understood or comes twice");
    CHECK(arc("ARC-Seal: i=51; a=x\r\n" + text, dns) == "fail: a field is not understood or comes twice");
    dns.fail("s._domainkey.list.example");
    CHECK(arc(three, dns) == "temperror: no answer from DNS");
}

TEST_CASE("Authentication-Results: nothing foreign breaks out of its value", "[auth][rfc8601]")
{
    auth::Findings findings;
    findings.sender = "\"a b; dkim=pass\"@evil.example";
    findings.helo = "x;\r\n dmarc=pass";
    findings.spf.verdict = Verdict::fail;
    findings.spf.explanation = "no \"way\"\r\nX-Evil: yes";
    findings.dkim.emplace_back();
    findings.dkim[0].verdict = Verdict::fail;
    findings.dkim[0].domain = "d.example";
    findings.dkim[0].identity = "evil(@d.example";
    auto const field = auth::results_field("mail.school.example", findings);
    auto const parsed = message::Header::parse(field);
    REQUIRE(parsed.fields().size() == 1);
    CHECK(field.find("X-Evil: yes\r\n") == std::string::npos);
    CHECK(field.find("spf=fail reason=\"no \\\"way\\\"X-Evil: yes\"") != std::string::npos);
    CHECK(field.find("smtp.mailfrom=\"\\\"a b; dkim=pass\\\"@evil.example\"") != std::string::npos);
    CHECK(field.find("header.i=\"evil(@d.example\"") != std::string::npos);
}

TEST_CASE("Authentication-Results: whoever speaks in our name is found", "[auth][rfc8601]")
{
    CHECK(auth::authserv_id_of(" mail.school.example; spf=pass") == "mail.school.example");
    CHECK(auth::authserv_id_of(" (a (b\\)) c) Mail.School.Example 1; none") == "mail.school.example");
    CHECK(auth::authserv_id_of("\r\n\t\"mail.school\\.example\" ; none") == "mail.school.example");
    CHECK(auth::authserv_id_of("((((") == "");
    CHECK(auth::authserv_id_of("") == "");
    std::string const header = "Authentication-Results: other.example; spf=pass\r\n"
                               "AUTHENTICATION-RESULTS : mail.school.example.;\r\n\tspf=pass\r\nSubject: x\r\n\r\n";
    auto const forged = auth::forged_results(header, "mail.school.example");
    REQUIRE(forged.size() == 1);
    CHECK(header.substr(forged[0].begin, forged[0].end - forged[0].begin) ==
          "AUTHENTICATION-RESULTS : mail.school.example.;\r\n\tspf=pass\r\n");
}

TEST_CASE("Tag lists are read as RFC 6376 3.2 has them", "[auth][rfc6376]")
{
    CHECK(auth::TagList::parse("a=1; b = 2 3 ;")->find("b")->value == "2 3");
    CHECK(auth::TagList::parse("a=")->find("a")->value.empty());
    CHECK(auth::TagList::parse("")->tags().empty());
    for (auto const* bad : {"a", "a=1; a=2", "=1", "1a=1", "a=1;;b=2", "a b=1", "a=\x01"})
        CHECK_FALSE(auth::TagList::parse(bad));
}
