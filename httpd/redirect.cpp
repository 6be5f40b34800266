#include "httpd/redirect.h"

#include "appliance/base/file.h"

namespace httpd
{

Response ca_certificate(std::string const& ca_file)
{
    constexpr std::size_t largest = 1 << 20;
    auto const certificate = base::read_file(ca_file, largest);
    if (!certificate) return plain(404, "There is no certificate here yet.\n");
    Response response;
    response.type = "application/x-x509-ca-cert";
    response.body = *certificate;
    response.set("Cache-Control", "no-cache").set("Content-Disposition", "attachment; filename=\"ca.crt\"");
    return response;
}

Response Redirect::handle(Request const& request) const
{
    if (request.path == "/ca.crt" && !request.is_post()) return ca_certificate(ca_file_);
    if (https_port_ == 0) return plain(404, "https is switched off here.\n");
    auto const port = https_port_ == 443 ? "" : ":" + std::to_string(https_port_);
    auto response = moved("https://" + request.host.name + port + request.target, request.method);
    response.close = true; // the browser goes on over there
    return response;
}

} // namespace httpd
