#include "dnsd/serve/dot.h"

#include "appliance/base/error.h"
#include "appliance/base/log.h"

#include <openssl/ssl.h>
#include <string_view>

namespace dnsd
{

namespace
{
/// RFC 7858 7.1 and RFC 7301: a list of names, each behind its length.
constexpr std::string_view protocols = "\3dot";

/// A client that names other protocols only is somebody who wanted something else (RFC 7301 3.2).
int choose_protocol(SSL*, unsigned char const** chosen, unsigned char* size, unsigned char const* offered,
                    unsigned offered_size, void*)
{
    auto const* ours = static_cast<unsigned char const*>(static_cast<void const*>(protocols.data()));
    unsigned char* found = nullptr;
    if (SSL_select_next_proto(&found, size, ours, static_cast<unsigned>(protocols.size()), offered, offered_size) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
}
} // namespace

std::shared_ptr<net::TlsContext> open_dot(std::string const& certificate_file, std::string const& key_file)
try {
    auto context = net::TlsContext::server(certificate_file, key_file);
    SSL_CTX_set_alpn_select_cb(context->native(), choose_protocol, nullptr);
    return context;
} catch (base::Failure const& failure) { // not worth the school's names
    base::log(base::Level::error, "", "dns-over-tls-off", {{"why", failure.error().line()}});
    return nullptr;
}

} // namespace dnsd
