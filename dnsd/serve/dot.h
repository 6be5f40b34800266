#pragma once
// DNS over TLS (RFC 7858): the TLS side of it; what is spoken inside is tcp_session.h.

#include "appliance/net/tls.h"

#include <memory>
#include <string>

namespace dnsd
{

/// A server's context that speaks "dot" (ALPN). Nothing when certificate or key cannot be used, which is logged: the
/// names of the school are answered all the same. Call it before the files are closed to us.
std::shared_ptr<net::TlsContext> open_dot(std::string const& certificate_file, std::string const& key_file);

} // namespace dnsd
