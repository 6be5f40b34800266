#include "appliance/net/tls.h"

#include "appliance/base/error.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace net
{

namespace
{
std::string last_tls_error()
{
    char text[256];
    ERR_error_string_n(ERR_get_error(), text, sizeof text);
    ERR_clear_error();
    return text;
}
} // namespace

TlsContext::TlsContext(ssl_ctx_st* context) : context_(context)
{
    SSL_CTX_set_min_proto_version(context_, TLS1_2_VERSION);
    // An idle session keeps 14 KiB instead of 22.
    SSL_CTX_set_mode(context_,
                     SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    // A peer that closes without notify is a disconnect like any other; no protocol of ours ends a message by EOF.
    SSL_CTX_set_options(context_, SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_RENEGOTIATION);
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

std::shared_ptr<TlsContext> TlsContext::server(std::string const& certificate_file, std::string const& key_file)
{
    auto context = std::make_shared<TlsContext>(SSL_CTX_new(TLS_server_method()));
    auto* native = context->native();
    constexpr auto to_do = "run 'kotakpos setup' or correct tls.certificate and tls.key";
    if (SSL_CTX_use_certificate_chain_file(native, certificate_file.c_str()) != 1)
        throw base::Failure(base::failed(certificate_file, last_tls_error(), to_do));
    if (SSL_CTX_use_PrivateKey_file(native, key_file.c_str(), SSL_FILETYPE_PEM) != 1)
        throw base::Failure(base::failed(key_file, last_tls_error(), to_do));
    if (SSL_CTX_check_private_key(native) != 1)
        throw base::Failure(base::failed(key_file, "the key does not belong to the certificate", to_do));
    SSL_CTX_set_options(native, SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_num_tickets(native, 1);
    return context;
}

std::shared_ptr<TlsContext> TlsContext::client(std::string const& ca_file)
{
    auto context = std::make_shared<TlsContext>(SSL_CTX_new(TLS_client_method()));
    if (!ca_file.empty()) {
        if (SSL_CTX_load_verify_locations(context->native(), ca_file.c_str(), nullptr) != 1)
            throw base::Failure(base::failed(ca_file, last_tls_error()));
        SSL_CTX_set_verify(context->native(), SSL_VERIFY_PEER, nullptr);
    }
    return context;
}

std::shared_ptr<TlsContext> TlsContext::client_of_strangers()
{
    auto context = std::make_shared<TlsContext>(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_default_verify_paths(context->native()); // without CAs nothing is verified, and that is safe
    SSL_CTX_dane_enable(context->native());
    ERR_clear_error();
    return context;
}

TlsContext& StrangersTls::context()
{
    std::call_once(once_, [this] { context_ = TlsContext::client_of_strangers(); });
    return *context_;
}

} // namespace net
