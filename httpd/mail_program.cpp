#include "httpd/mail_program.h"

#include "appliance/base/file.h"
#include "appliance/base/secret.h"
#include "appliance/base/text.h"

#include <array>

namespace httpd
{

namespace
{
struct Server {
    std::string_view direction;
    std::string_view kind;
    std::string_view port;
    std::string_view security;
};
/// The best of each first: programs take the first one that they can speak.
constexpr std::array<Server, 6> servers = {{{"incoming", "imap", "993", "SSL"},
                                            {"incoming", "imap", "143", "STARTTLS"},
                                            {"incoming", "pop3", "995", "SSL"},
                                            {"incoming", "pop3", "110", "STARTTLS"},
                                            {"outgoing", "smtp", "465", "SSL"},
                                            {"outgoing", "smtp", "587", "STARTTLS"}}};

Response xml(std::string text)
{
    Response response;
    response.type = "text/xml; charset=utf-8";
    response.body = std::move(text);
    return response.set("X-Content-Type-Options", "nosniff").set("Cache-Control", "no-cache");
}

/// "ali" of "ali@sekolah.sch.id"; empty when it is no address of this school.
std::string login_of(std::string_view address, std::string const& domain)
{
    auto const at = address.rfind('@');
    if (at == std::string_view::npos || !base::equal_ignoring_case(address.substr(at + 1), domain)) return {};
    auto const login = base::lower(address.substr(0, at));
    return directory::is_valid_login(login) ? login : "";
}

/// The text between two marks, "" when they are not there.
std::string_view between(std::string_view text, std::string_view begin, std::string_view end)
{
    auto const from = text.find(begin);
    if (from == std::string_view::npos) return {};
    auto const rest = text.substr(from + begin.size());
    auto const to = rest.find(end);
    return to == std::string_view::npos ? std::string_view() : base::trim(rest.substr(0, to));
}

constexpr std::string_view autodiscover_begin =
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
    "<Autodiscover xmlns=\"http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006\">\n";
constexpr std::string_view outlook_schema =
    "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a";

/// MS-OXDSCLI 2.2.4.1.1.1.
Response autodiscover_error(std::string_view code, std::string_view message)
{
    return xml(std::string(autodiscover_begin) +
               base::format("  <Response>\n    <Error Time=\"00:00:00.0000000\" Id=\"1\">\n      <ErrorCode>{1}"
                            "</ErrorCode>\n      <Message>{2}</Message>\n      <DebugData/>\n    </Error>\n"
                            "  </Response>\n</Autodiscover>\n",
                            {std::string(code), std::string(message)}));
}

/// The same for the same school and person, so that installing the profile again replaces it.
std::string profile_uuid(std::string_view what, std::string_view address)
{
    auto const text = base::hex(base::sha256(std::string(what) + ' ' + std::string(address)));
    return text.substr(0, 8) + '-' + text.substr(8, 4) + "-8" + text.substr(13, 3) + "-8" + text.substr(17, 3) + '-' +
           text.substr(20, 12);
}

std::string pem_body(std::string_view certificate)
{
    constexpr std::string_view begin = "-----BEGIN CERTIFICATE-----";
    auto text = std::string(between(certificate, begin, "-----END CERTIFICATE-----"));
    std::erase_if(text, [](char c) { return c == '\r' || c == '\n' || c == ' '; });
    return base::from_base64(text) ? text : "";
}

class Plist
{
public:
    Plist& text(std::string_view key, std::string_view value) { return put(key, "string", escape_html(value)); }
    Plist& number(std::string_view key, int value) { return put(key, "integer", std::to_string(value)); }
    Plist& yes(std::string_view key)
    {
        text_ += "<key>" + std::string(key) + "</key><true/>\n";
        return *this;
    }
    Plist& data(std::string_view key, std::string_view base64) { return put(key, "data", base64); }
    Plist& payload(std::string_view type, std::string_view domain, std::string_view login)
    {
        auto const name = std::string(domain) + ".kotakpos." + std::string(login) + '.' + std::string(type);
        return text("PayloadType", type)
            .text("PayloadIdentifier", name)
            .text("PayloadUUID", profile_uuid(type, std::string(login) + '@' + std::string(domain)))
            .number("PayloadVersion", 1);
    }
    std::string dictionary() const { return "<dict>\n" + text_ + "</dict>\n"; }
    Plist& list(std::string_view key, std::string_view dictionaries)
    {
        text_ += "<key>" + std::string(key) + "</key>\n<array>\n" + std::string(dictionaries) + "</array>\n";
        return *this;
    }

private:
    Plist& put(std::string_view key, std::string_view type, std::string_view value)
    {
        text_ +=
            base::format("<key>{1}</key><{2}>{3}</{2}>\n", {std::string(key), std::string(type), std::string(value)});
        return *this;
    }
    std::string text_;
};

std::string mail_payload(SchoolFacts const& school, std::string const& login)
{
    auto const host = "mail." + school.domain;
    auto const address = login + '@' + school.domain;
    Plist mail;
    mail.payload("com.apple.mail.managed", school.domain, login)
        .text("PayloadDisplayName", address)
        .text("EmailAccountDescription", school.name)
        .text("EmailAccountType", "EmailTypeIMAP")
        .text("EmailAddress", address);
    for (auto const* direction : {"Incoming", "Outgoing"}) {
        auto const prefix = std::string(direction) + "MailServer";
        mail.text(prefix + "HostName", host)
            .number(prefix + "PortNumber", std::string_view(direction) == "Incoming" ? 993 : 465)
            .yes(prefix + "UseSSL")
            .text(prefix + "Username", login)
            .text(prefix + "Authentication", "EmailAuthPassword");
    }
    return mail.yes("OutgoingPasswordSameAsIncomingPassword").dictionary();
}
} // namespace

Response autoconfig(SchoolFacts const& school)
{
    auto const& domain = school.domain;
    auto text = base::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<clientConfig version=\"1.1\">\n"
                             "  <emailProvider id=\"{1}\">\n    <domain>{1}</domain>\n"
                             "    <displayName>{2}</displayName>\n    <displayShortName>{2}</displayShortName>\n",
                             {domain, escape_html(school.name)});
    for (auto const& [direction, kind, port, security] : servers)
        text += base::format(
            "    <{1}Server type=\"{2}\">\n      <hostname>mail.{3}</hostname>\n"
            "      <port>{4}</port>\n      <socketType>{5}</socketType>\n"
            "      <authentication>password-cleartext</authentication>\n"
            "      <username>%EMAILLOCALPART%</username>\n    </{1}Server>\n",
            {std::string(direction), std::string(kind), domain, std::string(port), std::string(security)});
    return xml(text + "  </emailProvider>\n</clientConfig>\n");
}

Response autodiscover(Request const& request, SchoolFacts const& school)
{
    if (request.fault != 0) return plain(request.fault, "The question is not understood.\n");
    auto const address = between(request.body, "<EMailAddress>", "</EMailAddress>");
    auto const login = login_of(address, school.domain);
    if (request.is_post() && login.empty())
        return autodiscover_error("500", "This is no address of " + school.domain);
    auto const wanted = between(request.body, "<AcceptableResponseSchema>", "</AcceptableResponseSchema>");
    if (!wanted.empty() && wanted != outlook_schema)
        return autodiscover_error("601", "Only mail programs with IMAP or POP3 are served here");
    std::string text(autodiscover_begin);
    text += "  <Response xmlns=\"" + std::string(outlook_schema) +
            "\">\n    <Account>\n      <AccountType>email"
            "</AccountType>\n      <Action>settings</Action>\n";
    for (auto const& [direction, kind, port, security] : servers) {
        if (security != "SSL") continue; // Outlook reads one of each kind
        text +=
            base::format("      <Protocol>\n        <Type>{1}</Type>\n        <Server>mail.{2}</Server>\n"
                         "        <Port>{3}</Port>\n        <DomainRequired>off</DomainRequired>\n{4}"
                         "        <SPA>off</SPA>\n        <SSL>on</SSL>\n        <AuthRequired>on</AuthRequired>\n",
                         {base::upper(kind), school.domain, std::string(port),
                          login.empty() ? "" : "        <LoginName>" + login + "</LoginName>\n"});
        if (kind == "smtp") text += "        <UsePOPAuth>off</UsePOPAuth>\n        <SMTPLast>off</SMTPLast>\n";
        text += "      </Protocol>\n";
    }
    return xml(text + "    </Account>\n  </Response>\n</Autodiscover>\n");
}

Response autodiscover_json(Request const& request, SchoolFacts const& school)
{
    Response response;
    response.type = "application/json";
    response.set("X-Content-Type-Options", "nosniff").set("Cache-Control", "no-cache");
    auto const& protocol = request.query.value("Protocol");
    if (!base::equal_ignoring_case(protocol, "AutodiscoverV1")) {
        response.status = 400;
        response.body =
            "{\"ErrorCode\":\"InvalidProtocol\",\"ErrorMessage\":\"Only AutodiscoverV1 is served here.\"}\n";
        return response;
    }
    auto const port = request.host.port == 0 ? "" : ":" + std::to_string(request.host.port);
    response.body = "{\"Protocol\":\"AutodiscoverV1\",\"Url\":\"https://autodiscover." + school.domain + port +
                    "/autodiscover/autodiscover.xml\"}\n";
    return response;
}

std::string profile_text(SchoolFacts const& school, std::string const& login, std::string const& ca_certificate)
{
    auto payloads = mail_payload(school, login);
    if (auto const certificate = pem_body(ca_certificate); !certificate.empty())
        payloads += Plist()
                        .payload("com.apple.security.root", school.domain, login)
                        .text("PayloadDisplayName", school.name + " CA")
                        .text("PayloadCertificateFileName", "ca.crt")
                        .data("PayloadContent", certificate)
                        .dictionary();
    auto const profile = Plist()
                             .payload("Configuration", school.domain, login)
                             .text("PayloadDisplayName", school.name)
                             .text("PayloadOrganization", school.name)
                             .text("PayloadDescription", login + '@' + school.domain)
                             .list("PayloadContent", payloads)
                             .dictionary();
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" "
           "\"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n<plist version=\"1.0\">\n" +
           profile + "</plist>\n";
}

Response mobileconfig(Exchange& exchange)
{
    auto const school = exchange.services.school.facts();
    auto const& address = exchange.request.query.value("address");
    if (address.empty() && !exchange.session) return see_other("/login?next=/mobileconfig");
    auto const login = address.empty() ? exchange.session->user.login : login_of(address, school.domain);
    if (login.empty())
        return error_page(exchange, 404, exchange.text("This is no address of the school"),
                          exchange.text("Please look whether it is spelled right: name@{1}", {school.domain}));
    constexpr std::size_t largest = 1 << 20;
    auto const certificate = base::read_file("ca.crt", largest);
    Response response;
    response.type = "application/x-apple-aspen-config";
    response.body = profile_text(school, login, certificate ? *certificate : "");
    return response.set("Content-Disposition", attachment_disposition(login + ".mobileconfig"));
}

} // namespace httpd
