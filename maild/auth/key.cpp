#include "maild/auth/key.h"

#include "appliance/base/text.h"
#include "appliance/tls/openssl_ptr.h"
#include "maild/auth/limits.h"
#include "maild/auth/tag_list.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>

namespace maild::auth
{

namespace
{
constexpr std::size_t ed25519_size = 32;
constexpr unsigned rsa_bits = 2048;
using ContextPtr = std::unique_ptr<EVP_PKEY_CTX, tls::Release<EVP_PKEY_CTX_free>>;
using DigestPtr = std::unique_ptr<EVP_MD_CTX, tls::Release<EVP_MD_CTX_free>>;

unsigned char const* octets(std::string_view bytes)
{
    return static_cast<unsigned char const*>(static_cast<void const*>(bytes.data()));
}
unsigned char* octets(std::string& bytes) { return static_cast<unsigned char*>(static_cast<void*>(bytes.data())); }

KeyHandle own(EVP_PKEY* key) { return {key, ReleaseKey()}; }

/// A SubjectPublicKeyInfo, or the bare RSAPublicKey that RFC 6376 3.6.1 also has.
KeyHandle read_rsa(std::string const& der)
{
    auto const* at = octets(der);
    if (auto key = own(d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())))) return key;
    at = octets(der);
    return own(d2i_PublicKey(EVP_PKEY_RSA, nullptr, &at, static_cast<long>(der.size())));
}

bool has_part(std::string_view list, std::string_view part)
{
    for (auto const one : colon_list(list))
        if (one == part) return true;
    return false;
}

[[noreturn]] void give_up(char const* what) { throw base::Failure(base::failed("DKIM", what)); }
} // namespace

void ReleaseKey::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

std::optional<Algorithm> parse_algorithm(std::string_view text)
{
    for (auto const one : {Algorithm::rsa_sha1, Algorithm::rsa_sha256, Algorithm::ed25519_sha256})
        if (base::equal_ignoring_case(text, show(one))) return one;
    return std::nullopt;
}

std::string_view show(Algorithm algorithm)
{
    switch (algorithm) {
    case Algorithm::rsa_sha1: return "rsa-sha1";
    case Algorithm::rsa_sha256: return "rsa-sha256";
    case Algorithm::ed25519_sha256: return "ed25519-sha256";
    }
    return {};
}

ParsedKey parse_key_record(std::string_view text)
{
    auto const fault = [](KeyFault what) { return ParsedKey{what, {}}; };
    auto const tags = text.size() <= limits::record ? TagList::parse(text) : std::nullopt;
    if (!tags || tags->tags().empty() || !tags->find("p")) return fault(KeyFault::syntax);
    if (auto const* version = tags->find("v");
        version && (version != &tags->tags().front() || version->value != "DKIM1"))
        return fault(KeyFault::syntax);
    auto const services = tags->value_or("s", "*");
    if (!has_part(services, "*") && !has_part(services, "email")) return fault(KeyFault::not_email);
    auto const packed = without_space(tags->value_or("p", ""));
    if (packed.empty()) return fault(KeyFault::revoked);
    auto const bytes = base::from_base64(packed);
    if (!bytes) return fault(KeyFault::syntax);

    ParsedKey parsed;
    auto& record = parsed.record;
    auto const kind = base::lower(tags->value_or("k", "rsa"));
    record.is_ed25519 = kind == "ed25519";
    if (record.is_ed25519 && bytes->size() == ed25519_size)
        record.key = own(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, octets(*bytes), bytes->size()));
    else if (kind == "rsa")
        record.key = read_rsa(*bytes);
    if (!record.key) return fault(KeyFault::unusable);
    record.bits = EVP_PKEY_get_bits(record.key.get());
    if (!record.is_ed25519 && (EVP_PKEY_get_base_id(record.key.get()) != EVP_PKEY_RSA ||
                               record.bits < limits::smallest_rsa || record.bits > limits::largest_rsa))
        return fault(KeyFault::unusable);
    record.testing = has_part(tags->value_or("t", ""), "y");
    record.strict_identity = has_part(tags->value_or("t", ""), "s");
    if (auto const* hashes = tags->find("h")) {
        record.for_sha1 = has_part(hashes->value, "sha1");
        record.for_sha256 = has_part(hashes->value, "sha256");
    }
    return parsed;
}

bool is_signature(KeyRecord const& key, Algorithm algorithm, std::string_view digest, std::string_view signature)
{
    if (key.is_ed25519 != (algorithm == Algorithm::ed25519_sha256)) return false;
    if (key.is_ed25519) { // RFC 8463 3: PureEdDSA over the SHA-256
        DigestPtr const context(EVP_MD_CTX_new());
        return context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.key.get()) == 1 &&
               EVP_DigestVerify(context.get(), octets(signature), signature.size(), octets(digest), digest.size()) ==
                   1;
    }
    ContextPtr const context(EVP_PKEY_CTX_new(key.key.get(), nullptr));
    auto const* hash = hash_of(algorithm) == Hash::sha1 ? EVP_sha1() : EVP_sha256();
    return context && EVP_PKEY_verify_init(context.get()) == 1 &&
           EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) == 1 &&
           EVP_PKEY_CTX_set_signature_md(context.get(), hash) == 1 &&
           EVP_PKEY_verify(context.get(), octets(signature), signature.size(), octets(digest), digest.size()) == 1;
}

SigningKey SigningKey::make(Algorithm algorithm)
{
    auto key = own(algorithm == Algorithm::ed25519_sha256
                       ? EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")
                       : EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(rsa_bits)));
    if (!key) give_up("OpenSSL cannot make a key");
    return {algorithm, std::move(key)};
}

base::Result<SigningKey> SigningKey::from_pem(std::string_view pem)
{
    tls::BioPtr const source(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    auto key = own(source ? PEM_read_bio_PrivateKey(source.get(), nullptr, nullptr, nullptr) : nullptr);
    auto const kind = key ? EVP_PKEY_get_base_id(key.get()) : 0;
    if (kind == EVP_PKEY_ED25519) return SigningKey{Algorithm::ed25519_sha256, std::move(key)};
    if (kind == EVP_PKEY_RSA) return SigningKey{Algorithm::rsa_sha256, std::move(key)};
    return base::failed("DKIM", "this is no private key for signatures", "make a new one: kotakpos dkim new");
}

std::string SigningKey::pem() const
{
    tls::BioPtr const sink(BIO_new(BIO_s_mem()));
    if (!sink || PEM_write_bio_PKCS8PrivateKey(sink.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
        give_up("OpenSSL cannot write a key");
    char* data = nullptr;
    auto const size = BIO_get_mem_data(sink.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

std::string SigningKey::record() const
{
    if (algorithm_ == Algorithm::ed25519_sha256) {
        std::string raw(ed25519_size, '\0');
        auto size = raw.size();
        if (EVP_PKEY_get_raw_public_key(key_.get(), octets(raw), &size) != 1) give_up("OpenSSL cannot show a key");
        return "v=DKIM1; k=ed25519; p=" + base::base64(raw);
    }
    std::string der(static_cast<std::size_t>(std::max(0, i2d_PUBKEY(key_.get(), nullptr))), '\0');
    auto* at = octets(der);
    if (der.empty() || i2d_PUBKEY(key_.get(), &at) <= 0) give_up("OpenSSL cannot show a key");
    return "v=DKIM1; k=rsa; p=" + base::base64(der);
}

std::string SigningKey::sign(std::string_view digest) const
{
    std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())), '\0');
    auto size = signature.size();
    bool good = false;
    if (algorithm_ == Algorithm::ed25519_sha256) {
        DigestPtr const context(EVP_MD_CTX_new());
        good = context && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
               EVP_DigestSign(context.get(), octets(signature), &size, octets(digest), digest.size()) == 1;
    } else {
        ContextPtr const context(EVP_PKEY_CTX_new(key_.get(), nullptr));
        good = context && EVP_PKEY_sign_init(context.get()) == 1 &&
               EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) == 1 &&
               EVP_PKEY_CTX_set_signature_md(context.get(), EVP_sha256()) == 1 &&
               EVP_PKEY_sign(context.get(), octets(signature), &size, octets(digest), digest.size()) == 1;
    }
    if (!good) give_up("OpenSSL cannot sign");
    signature.resize(size);
    return signature;
}

} // namespace maild::auth
