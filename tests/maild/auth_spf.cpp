#include "maild/auth/spf.h"

#include "maild/auth/spf_record.h"
#include "tests/maild/auth_fixture.h"
#include "tests/maild/spf_cases.h"
#include "tests/support/catch.h"

#include <sstream>

namespace
{
namespace auth = maild::auth;

/// "192.0.2.1 h.example a@b.example -> pass words".
void ask(std::string const& line, support::TableDns& dns)
{
    std::istringstream words(line);
    std::string mark, ip, helo, sender, arrow, verdict, explanation;
    words >> mark >> ip >> helo >> sender >> arrow >> verdict;
    std::getline(words >> std::ws, explanation);
    auth::SpfQuery const query{*net::IpAddress::parse(ip), helo, sender == "-" ? "" : sender, "mail.school.example"};
    auto const result = auth::check_spf(query, dns);
    INFO(line);
    CHECK(auth::show(result.verdict) == verdict);
    CHECK(result.explanation == explanation);
}
} // namespace

TEST_CASE("SPF: every case of the table", "[auth][rfc7208]")
{
    std::istringstream table(spf_cases);
    support::TableDns dns;
    std::vector<std::string> questions;
    for (std::string line; std::getline(table, line);) {
        if (line.empty() || line.front() == '#') continue;
        if (line.front() == '?') {
            questions.push_back(line);
            continue;
        }
        std::istringstream words(line);
        std::string name, type, data;
        words >> name >> type;
        std::getline(words >> std::ws, data);
        if (type == "FAIL")
            dns.fail(name);
        else
            dns.add(name, type, data);
    }
    REQUIRE(questions.size() >= 100);
    for (auto const& question : questions) ask(question, dns);
}

TEST_CASE("SPF: macros of RFC 7208 7.4", "[auth][rfc7208]")
{
    auth::SpfMacros macros;
    macros.sender = "strong-bad@email.example.com";
    macros.local_part = "strong-bad";
    macros.sender_domain = "email.example.com";
    macros.domain = "email.example.com";
    macros.ip = *net::IpAddress::parse("192.0.2.3");
    auto const expand = [&](std::string_view text) {
        return auth::expand_macros(text, macros, auth::SpfText::domain).value_or("?");
    };
    CHECK(expand("%{s}") == "strong-bad@email.example.com");
    CHECK(expand("%{o}") == "email.example.com");
    CHECK(expand("%{d4}") == "email.example.com");
    CHECK(expand("%{d2}") == "example.com");
    CHECK(expand("%{d1}") == "com");
    CHECK(expand("%{dr}") == "com.example.email");
    CHECK(expand("%{d2r}") == "example.email");
    CHECK(expand("%{l-}") == "strong.bad");
    CHECK(expand("%{lr-}") == "bad.strong");
    CHECK(expand("%{l1r-}") == "strong");
    CHECK(expand("%{ir}.%{v}._spf.%{d2}") == "3.2.0.192.in-addr._spf.example.com");
    CHECK(expand("%{lr-}.lp.%{ir}.%{v}._spf.%{d2}") == "bad.strong.lp.3.2.0.192.in-addr._spf.example.com");
    macros.ip = *net::IpAddress::parse("2001:db8::cb01");
    CHECK(expand("%{ir}.%{v}._spf.%{d2}") ==
          "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com");
}
