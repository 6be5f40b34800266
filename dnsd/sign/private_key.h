#pragma once
// Private keys of zones and the signatures made with them, over OpenSSL. Where they are kept: key_folder.h.

#include "appliance/base/result.h"
#include "dnsd/sign/dnssec.h"

#include <memory>
#include <string>
#include <string_view>

extern "C" {
struct evp_pkey_st;
struct evp_pkey_ctx_st;
struct evp_md_ctx_st;
}

namespace dnsd
{

/// One key pair. May be used by several threads at once. Throws base::Failure when OpenSSL cannot do it.
class PrivateKey
{
public:
    static PrivateKey make(dnssec::Algorithm algorithm);
    /// PKCS #8; text before the key is ignored. An error for other kinds of keys.
    static base::Result<PrivateKey> from_pem(std::string_view pem);
    /// Ed25519 from its 32 octets (RFC 8032 5.1.5).
    static PrivateKey from_seed(std::string_view seed);

    dnssec::Algorithm algorithm() const { return algorithm_; }
    std::string pem() const;
    /// As in a DNSKEY: x and y (RFC 6605 section 4), or the 32 octets of Ed25519 (RFC 8080 section 3).
    std::string public_key() const;
    /// As in an RRSIG: r and s, or Ed25519's 64 octets.
    std::string sign(std::string_view data) const;

private:
    struct Release {
        void operator()(evp_pkey_st* key) const;
    };
    using Handle = std::unique_ptr<evp_pkey_st, Release>;
    PrivateKey(dnssec::Algorithm algorithm, Handle key) : algorithm_(algorithm), key_(std::move(key)) {}

    friend class SignatureMaker;
    dnssec::Algorithm algorithm_;
    Handle key_;
};

/// Many signatures by one key, which must outlive it. One thread. (Preparing OpenSSL costs as much as a signature.)
class SignatureMaker
{
public:
    explicit SignatureMaker(PrivateKey const& key);
    std::string sign(std::string_view data);

private:
    struct Release {
        void operator()(evp_pkey_ctx_st* context) const;
        void operator()(evp_md_ctx_st* context) const;
    };
    std::string sign_ecdsa(std::string_view data);
    std::string sign_ed25519(std::string_view data);

    PrivateKey const& key_;
    std::unique_ptr<evp_pkey_ctx_st, Release> ecdsa_;
    std::unique_ptr<evp_md_ctx_st, Release> ed25519_;
};

/// Whether `signature` fits `data` and the public key of a DNSKEY.
bool is_signed_by(dnssec::Algorithm algorithm, std::string_view public_key, std::string_view data,
                  std::string_view signature);

} // namespace dnsd
