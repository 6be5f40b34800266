#pragma once
// Port 80: gives the school's CA certificate to everybody, sends everything else to https.

#include "httpd/request.h"
#include "httpd/response.h"

#include <cstdint>
#include <string>

namespace httpd
{

class Redirect
{
public:
    /// `ca_file` is read at each request: it may come or change while we run. `https_port`: 0 when https is off.
    Redirect(std::string ca_file, std::uint16_t https_port) : ca_file_(std::move(ca_file)), https_port_(https_port) {}

    Response handle(Request const& request) const;

private:
    std::string ca_file_;
    std::uint16_t https_port_;
};

/// The school's certificate, for http and https alike.
Response ca_certificate(std::string const& ca_file);

} // namespace httpd
