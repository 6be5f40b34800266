#pragma once
// Keys of DKIM and ARC over OpenSSL: RSA with SHA-256 (RFC 6376, 8301) and Ed25519 (RFC 8463), the record in DNS.

#include "appliance/base/result.h"
#include "maild/auth/canonical.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

extern "C" {
struct evp_pkey_st;
}

namespace maild::auth
{

enum class Algorithm { rsa_sha1, rsa_sha256, ed25519_sha256 };
/// "rsa-sha256"; nothing for what no RFC names.
std::optional<Algorithm> parse_algorithm(std::string_view text);
std::string_view show(Algorithm algorithm);
inline Hash hash_of(Algorithm algorithm) { return algorithm == Algorithm::rsa_sha1 ? Hash::sha1 : Hash::sha256; }

struct ReleaseKey {
    void operator()(evp_pkey_st* key) const;
};
using KeyHandle = std::shared_ptr<evp_pkey_st>;

/// A key record (RFC 6376 3.6.1), checked.
struct KeyRecord {
    KeyHandle key;
    bool is_ed25519 = false;
    int bits = 0;
    bool testing = false;         ///< t=y
    bool strict_identity = false; ///< t=s: i= must be of the very domain
    bool for_sha1 = true;
    bool for_sha256 = true;
};
enum class KeyFault {
    none,
    syntax,    ///< no key record
    revoked,   ///< p= is empty
    unusable,  ///< a kind or size of key that is not taken (RFC 8301)
    not_email, ///< s= names other services
};
struct ParsedKey {
    KeyFault fault = KeyFault::none;
    KeyRecord record;
};
ParsedKey parse_key_record(std::string_view text);

/// Whether `signature` is that of `digest` (SHA-1 or SHA-256 of what was signed).
bool is_signature(KeyRecord const& key, Algorithm algorithm, std::string_view digest, std::string_view signature);

/// One of our own private keys. May be used by several threads at once.
class SigningKey
{
public:
    /// RSA-2048 or Ed25519. Throws base::Failure when OpenSSL cannot do it.
    static SigningKey make(Algorithm algorithm);
    static base::Result<SigningKey> from_pem(std::string_view pem);

    Algorithm algorithm() const { return algorithm_; }
    std::string pem() const;
    /// The text of the TXT record: "v=DKIM1; k=rsa; p=...".
    std::string record() const;
    std::string sign(std::string_view digest) const;

private:
    SigningKey(Algorithm algorithm, KeyHandle key) : algorithm_(algorithm), key_(std::move(key)) {}

    Algorithm algorithm_;
    KeyHandle key_;
};

} // namespace maild::auth
