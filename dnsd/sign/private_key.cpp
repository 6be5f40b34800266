#include "dnsd/sign/private_key.h"

#include "appliance/tls/openssl_ptr.h"

#include <array>
#include <cstring>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <utility>

namespace dnsd
{

namespace
{
using dnssec::Algorithm;

constexpr std::size_t coordinate_size = 32;
constexpr unsigned char uncompressed_point = 4; // SEC 1 2.3.3

using tls::BioPtr;
using tls::KeyPtr;
using ContextPtr = std::unique_ptr<EVP_PKEY_CTX, tls::Release<EVP_PKEY_CTX_free>>;
using DigestPtr = std::unique_ptr<EVP_MD_CTX, tls::Release<EVP_MD_CTX_free>>;
using SignaturePtr = std::unique_ptr<ECDSA_SIG, tls::Release<ECDSA_SIG_free>>;

void require(bool good, std::string const& what)
{
    if (good) return;
    std::array<char, 256> reason{};
    ERR_error_string_n(ERR_get_error(), reason.data(), reason.size());
    throw base::Failure(base::failed(what, reason.data()));
}

unsigned char const* octets(std::string_view bytes) { return reinterpret_cast<unsigned char const*>(bytes.data()); }
unsigned char* octets(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

std::array<unsigned char, SHA256_DIGEST_LENGTH> digest_of(std::string_view data)
{
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(octets(data), data.size(), digest.data());
    return digest;
}

/// ASN.1's two numbers as 2 x 32 octets.
std::string plain_signature(std::string_view der)
{
    auto const* at = octets(der);
    SignaturePtr const parsed(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
    require(parsed != nullptr, "signature");
    std::string plain(dnssec::signature_size, '\0');
    int const size = static_cast<int>(coordinate_size);
    require(BN_bn2binpad(ECDSA_SIG_get0_r(parsed.get()), octets(plain), size) == size &&
                BN_bn2binpad(ECDSA_SIG_get0_s(parsed.get()), octets(plain) + size, size) == size,
            "signature");
    return plain;
}

std::string der_signature(std::string_view plain)
{
    int const size = static_cast<int>(coordinate_size);
    SignaturePtr const signature(ECDSA_SIG_new());
    ECDSA_SIG_set0(signature.get(), BN_bin2bn(octets(plain), size, nullptr),
                   BN_bin2bn(octets(plain) + size, size, nullptr));
    std::string der(static_cast<std::size_t>(i2d_ECDSA_SIG(signature.get(), nullptr)), '\0');
    auto* at = octets(der);
    i2d_ECDSA_SIG(signature.get(), &at);
    return der;
}

KeyPtr ecdsa_public_key(std::string_view key)
{
    std::string point(1, static_cast<char>(uncompressed_point));
    point += key;
    std::string group = "P-256";
    std::array<OSSL_PARAM, 3> parameters = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()),
        OSSL_PARAM_construct_end()};
    ContextPtr const context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
    EVP_PKEY* made = nullptr;
    if (EVP_PKEY_fromdata_init(context.get()) == 1)
        EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, parameters.data());
    return KeyPtr(made);
}

bool is_ecdsa_signed(std::string_view key, std::string_view data, std::string_view signature)
{
    auto const public_key = ecdsa_public_key(key);
    if (!public_key) return false;
    ContextPtr const context(EVP_PKEY_CTX_new(public_key.get(), nullptr));
    auto const digest = digest_of(data);
    auto const der = der_signature(signature);
    return EVP_PKEY_verify_init(context.get()) == 1 &&
           EVP_PKEY_verify(context.get(), octets(der), der.size(), digest.data(), digest.size()) == 1;
}

bool is_ed25519_signed(std::string_view key, std::string_view data, std::string_view signature)
{
    KeyPtr const public_key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, octets(key), key.size()));
    DigestPtr const context(EVP_MD_CTX_new());
    return public_key && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, public_key.get()) == 1 &&
           EVP_DigestVerify(context.get(), octets(signature), signature.size(), octets(data), data.size()) == 1;
}
} // namespace

void PrivateKey::Release::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

PrivateKey PrivateKey::make(Algorithm algorithm)
{
    Handle key(algorithm == Algorithm::ed25519 ? EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")
                                               : EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    require(key != nullptr, "key");
    return {algorithm, std::move(key)};
}

PrivateKey PrivateKey::from_seed(std::string_view seed)
{
    Handle key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, octets(seed), seed.size()));
    require(key != nullptr, "key");
    return {Algorithm::ed25519, std::move(key)};
}

base::Result<PrivateKey> PrivateKey::from_pem(std::string_view pem)
{
    BioPtr const memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    Handle key(PEM_read_bio_PrivateKey(memory.get(), nullptr, nullptr, nullptr));
    ERR_clear_error();
    if (!key) return base::failed("key", "this is no private key", "restore the file from a backup");
    if (EVP_PKEY_is_a(key.get(), "ED25519") == 1) return PrivateKey(Algorithm::ed25519, std::move(key));
    std::array<char, 32> group{};
    if (EVP_PKEY_is_a(key.get(), "EC") == 1 &&
        EVP_PKEY_get_group_name(key.get(), group.data(), group.size(), nullptr) == 1 &&
        std::strcmp(group.data(), "prime256v1") == 0)
        return PrivateKey(Algorithm::ecdsap256sha256, std::move(key));
    return base::failed("key", "this is a key of another kind", "restore the file from a backup");
}

std::string PrivateKey::pem() const
{
    BioPtr const memory(BIO_new(BIO_s_mem()));
    require(memory &&
                PEM_write_bio_PKCS8PrivateKey(memory.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1,
            "key");
    char* bytes = nullptr;
    auto const size = BIO_get_mem_data(memory.get(), &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

std::string PrivateKey::public_key() const
{
    std::string key(1 + 2 * coordinate_size, '\0');
    std::size_t size = key.size();
    if (algorithm_ == Algorithm::ed25519) {
        require(EVP_PKEY_get_raw_public_key(key_.get(), octets(key), &size) == 1, "key");
        return key.substr(0, size);
    }
    require(EVP_PKEY_get_octet_string_param(key_.get(), OSSL_PKEY_PARAM_PUB_KEY, octets(key), key.size(), &size) ==
                    1 &&
                size == key.size() && octets(std::as_const(key))[0] == uncompressed_point,
            "key");
    return key.substr(1);
}

std::string PrivateKey::sign(std::string_view data) const { return SignatureMaker(*this).sign(data); }

void SignatureMaker::Release::operator()(evp_pkey_ctx_st* context) const { EVP_PKEY_CTX_free(context); }
void SignatureMaker::Release::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

SignatureMaker::SignatureMaker(PrivateKey const& key) : key_(key)
{
    if (key.algorithm() == Algorithm::ed25519) {
        ed25519_.reset(EVP_MD_CTX_new());
        return;
    }
    ecdsa_.reset(EVP_PKEY_CTX_new(key.key_.get(), nullptr));
    require(ecdsa_ && EVP_PKEY_sign_init(ecdsa_.get()) == 1, "signature");
}

std::string SignatureMaker::sign(std::string_view data) { return ecdsa_ ? sign_ecdsa(data) : sign_ed25519(data); }

std::string SignatureMaker::sign_ecdsa(std::string_view data)
{
    auto const digest = digest_of(data);
    std::array<unsigned char, 80> der{};
    std::size_t size = der.size();
    require(EVP_PKEY_sign(ecdsa_.get(), der.data(), &size, digest.data(), digest.size()) == 1, "signature");
    return plain_signature({reinterpret_cast<char const*>(der.data()), size});
}

std::string SignatureMaker::sign_ed25519(std::string_view data)
{
    std::string signature(dnssec::signature_size, '\0');
    std::size_t size = signature.size();
    require(ed25519_ && EVP_DigestSignInit(ed25519_.get(), nullptr, nullptr, nullptr, key_.key_.get()) == 1 &&
                EVP_DigestSign(ed25519_.get(), octets(signature), &size, octets(data), data.size()) == 1,
            "signature");
    return signature;
}

bool is_signed_by(Algorithm algorithm, std::string_view public_key, std::string_view data, std::string_view signature)
{
    bool const is_ed25519 = algorithm == Algorithm::ed25519;
    if (signature.size() != dnssec::signature_size ||
        public_key.size() != (is_ed25519 ? coordinate_size : 2 * coordinate_size))
        return false;
    bool const good =
        is_ed25519 ? is_ed25519_signed(public_key, data, signature) : is_ecdsa_signed(public_key, data, signature);
    ERR_clear_error();
    return good;
}

} // namespace dnsd
