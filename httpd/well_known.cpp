#include "httpd/well_known.h"

#include "appliance/base/clock.h"
#include "appliance/base/text.h"
#include "httpd/mail_program.h"

namespace httpd
{

namespace
{
// Short while it is tried out; RFC 8461 3.2 wants weeks when it counts. The record in DNS changes with the mode
// (setup-tui/apply/mail_identity.cpp), and with `sts_version` there when this text changes.
constexpr std::string_view testing_age = "86400";
constexpr std::string_view enforced_age = "1209600";

Response sts_policy(SchoolFacts const& school)
{
    if (school.sts == "off") return plain(404, "This domain has no MTA-STS policy.\n");
    auto const age = school.sts == "enforce" ? enforced_age : testing_age;
    auto response = plain(200, "version: STSv1\r\nmode: " + school.sts + "\r\nmx: mail." + school.domain +
                                   "\r\nmax_age: " + std::string(age) + "\r\n");
    response.type = "text/plain";
    return response;
}

/// RFC 9116 2.5: whom to tell of a hole, and until when this is to be believed.
Response security_text(SchoolFacts const& school)
{
    constexpr base::Timestamp half_a_year = base::Timestamp{180} * 24 * 3600 * 1000000;
    auto const until = base::iso_date(base::system_clock().now() + half_a_year);
    return plain(200, "Contact: mailto:postmaster@" + school.domain + "\nExpires: " + until.substr(0, 10) +
                          "T00:00:00Z\nPreferred-Languages: id, en\nCanonical: https://www." + school.domain +
                          "/.well-known/security.txt\n");
}

/// W3C "A Well-Known URL for Changing Passwords": programs that keep passwords lead people there.
Response change_password(Request const& request, SchoolFacts const& school)
{
    auto const port = request.host.port == 0 ? "" : ":" + std::to_string(request.host.port);
    bool const is_webmail = request.host.name != school.domain && request.host.name != "www." + school.domain;
    Response response;
    response.status = 302;
    response.type.clear();
    auto const host = is_webmail ? "" : "https://mail." + school.domain + port;
    return response.set("Location", host + "/settings/password").set("Cache-Control", "no-cache");
}

/// At every name of the box.
std::optional<Response> at_any_host(Request const& request, SchoolFacts const& school)
{
    auto const path = base::lower(request.path); // Outlook writes it in both ways
    if (path == "/autodiscover/autodiscover.xml") return autodiscover(request, school);
    if (request.is_post()) return std::nullopt;
    if (path == "/autodiscover/autodiscover.json" || path.starts_with("/autodiscover/autodiscover.json/"))
        return autodiscover_json(request, school);
    if (path == "/.well-known/autoconfig/mail/config-v1.1.xml") return autoconfig(school);
    if (path == "/.well-known/security.txt") return security_text(school);
    if (path == "/.well-known/change-password") return change_password(request, school);
    return std::nullopt;
}
} // namespace

std::optional<Response> well_known(Request const& request, SchoolFacts const& school)
{
    if (school.domain.empty()) return std::nullopt;
    auto const& host = request.host.name;
    if (host == "mta-sts." + school.domain)
        return request.path == "/.well-known/mta-sts.txt" ? sts_policy(school) : plain(404, "Not here.\n");
    if (auto answer = at_any_host(request, school)) return answer;
    if (host == "autoconfig." + school.domain)
        return request.path == "/mail/config-v1.1.xml" ? autoconfig(school) : plain(404, "Not here.\n");
    if (host == "autodiscover." + school.domain) return plain(404, "Not here.\n");
    return std::nullopt;
}

} // namespace httpd
