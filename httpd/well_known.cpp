#include "httpd/well_known.h"

#include "appliance/base/text.h"

#include <array>

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

struct Server {
    std::string_view direction;
    std::string_view kind;
    std::string_view port;
    std::string_view security;
};
constexpr std::array<Server, 6> servers = {{{"incoming", "imap", "993", "SSL"},
                                            {"incoming", "imap", "143", "STARTTLS"},
                                            {"incoming", "pop3", "995", "SSL"},
                                            {"incoming", "pop3", "110", "STARTTLS"},
                                            {"outgoing", "smtp", "465", "SSL"},
                                            {"outgoing", "smtp", "587", "STARTTLS"}}};

std::string escaped(std::string_view text)
{
    auto safe = base::replace_all(std::string(text), "&", "&amp;");
    return base::replace_all(base::replace_all(std::move(safe), "<", "&lt;"), ">", "&gt;");
}

Response autoconfig(SchoolFacts const& school)
{
    auto const& domain = school.domain;
    std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<clientConfig version=\"1.1\">\n"
                       "  <emailProvider id=\"" +
                       domain + "\">\n    <domain>" + domain +
                       "</domain>\n"
                       "    <displayName>" +
                       escaped(school.name) + "</displayName>\n";
    for (auto const& [direction, kind, port, security] : servers)
        text += base::format(
            "    <{1}Server type=\"{2}\">\n      <hostname>mail.{3}</hostname>\n"
            "      <port>{4}</port>\n      <socketType>{5}</socketType>\n"
            "      <authentication>password-cleartext</authentication>\n"
            "      <username>%EMAILLOCALPART%</username>\n    </{1}Server>\n",
            {std::string(direction), std::string(kind), domain, std::string(port), std::string(security)});
    Response response;
    response.type = "text/xml; charset=utf-8";
    response.body = text + "  </emailProvider>\n</clientConfig>\n";
    return response;
}
} // namespace

std::optional<Response> well_known(Request const& request, SchoolFacts const& school)
{
    if (school.domain.empty() || request.is_post()) return std::nullopt;
    auto const& host = request.host.name;
    if (host == "mta-sts." + school.domain)
        return request.path == "/.well-known/mta-sts.txt" ? sts_policy(school) : plain(404, "Not here.\n");
    if (request.path == "/.well-known/autoconfig/mail/config-v1.1.xml") return autoconfig(school);
    if (host == "autoconfig." + school.domain)
        return request.path == "/mail/config-v1.1.xml" ? autoconfig(school) : plain(404, "Not here.\n");
    return std::nullopt;
}

} // namespace httpd
