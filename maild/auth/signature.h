#pragma once
// A DKIM-Signature or ARC-Message-Signature field (RFC 6376 3.5, RFC 8617 4.1.2) and what it was made over.

#include "appliance/base/clock.h"
#include "maild/auth/key.h"
#include "maild/auth/message.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace maild::auth
{

struct Signature {
    Algorithm algorithm = Algorithm::rsa_sha256;
    std::string value;     ///< b=, decoded
    std::string body_hash; ///< bh=, decoded
    std::string domain;    ///< d=, in ASCII
    std::string selector;
    std::string identity; ///< i=, or "@" and the domain; ARC: the instance
    Canonical header_form = Canonical::simple;
    Canonical body_form = Canonical::simple;
    std::vector<std::string> fields; ///< h=
    std::optional<std::uint64_t> body_length;
    std::optional<std::uint64_t> made;    ///< t=, seconds
    std::optional<std::uint64_t> expires; ///< x=
    std::string mark;                     ///< the beginning of b=, for header.b (RFC 6008)

    std::string key_name() const { return selector + "._domainkey." + domain; }
};

enum class SignatureKind { dkim, arc };

/// The reason why it is none, in a word for Authentication-Results, or the signature.
struct ParsedSignature {
    std::optional<Signature> signature;
    std::string fault;
    std::string domain; ///< d= and s= as far as they could be read
    std::string selector;
};
ParsedSignature parse_signature(std::string_view value, SignatureKind kind);

/// The digest of the signed header fields and of the signature field itself without its b= (RFC 6376 3.7, 5.4.2).
std::string header_digest(Message const& message, Signature const& signature, std::string_view own_field);

/// The field with the value of its b= tag taken out, nothing else touched (RFC 6376 3.5).
std::string without_value(std::string_view field);

} // namespace maild::auth
