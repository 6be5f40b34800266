#pragma once
// Keys and certificates as PEM, over OpenSSL, for appliance/tls/*.cpp only.

#include "appliance/base/result.h"
#include "appliance/tls/openssl_ptr.h"

#include <chrono>
#include <string>
#include <vector>

namespace tls
{

/// What goes into a new certificate.
struct Draft {
    std::string common_name;
    std::string alternative_names; ///< "DNS:a,IP:b"; empty for a CA
    bool authority = false;
    std::int64_t not_before = 0; ///< seconds since 1970
    std::int64_t not_after = 0;
};

/// Who signs: the certificate is null when it signs itself.
struct Signer {
    X509* certificate = nullptr;
    EVP_PKEY* key = nullptr;
};

/// A new EC P-256 key. Throws base::Failure, as all of these do.
KeyPtr make_key();
CertificatePtr make_certificate(Draft const& draft, EVP_PKEY* subject_key, Signer const& signer);
std::string to_pem(X509* certificate);
std::string to_pem(EVP_PKEY* key);
base::Result<CertificatePtr> read_certificate(std::string const& file);
base::Result<KeyPtr> read_key(std::string const& file);

} // namespace tls
