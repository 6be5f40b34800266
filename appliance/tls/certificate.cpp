#include "appliance/tls/certificate.h"

#include "appliance/base/file.h"

#include <openssl/err.h>
#include <openssl/pem.h>

namespace tls
{

namespace
{
constexpr long version_3 = 2;                   // X509 counts from 0
constexpr int serial_bits = 127;                // RFC 5280 4.1.2.2: at most 20 octets, positive
constexpr std::size_t longest_common_name = 64; // RFC 5280 upper bound ub-common-name

/// Throws with OpenSSL's own reason when a step of making something failed.
void require(bool good, std::string const& what)
{
    if (good) return;
    char reason[256];
    ERR_error_string_n(ERR_get_error(), reason, sizeof reason);
    throw base::Failure(base::failed(what, reason));
}

void set_name(X509_NAME* name, std::string const& common_name)
{
    auto const shown = common_name.substr(0, longest_common_name);
    auto const* bytes = reinterpret_cast<unsigned char const*>(shown.data());
    require(X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, bytes, static_cast<int>(shown.size()), -1,
                                       0) == 1,
            "certificate name");
}

void add_extension(X509* certificate, X509* issuer, int kind, std::string const& value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    context.db = nullptr;
    ExtensionPtr const extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
    require(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "certificate extension " + value);
}

void add_extensions(X509* certificate, X509* issuer, Draft const& draft)
{
    add_extension(certificate, issuer, NID_subject_key_identifier, "hash");
    add_extension(certificate, issuer, NID_authority_key_identifier, "keyid:always");
    if (draft.authority) {
        add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
        add_extension(certificate, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
        return;
    }
    add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(certificate, issuer, NID_key_usage, "critical,digitalSignature");
    add_extension(certificate, issuer, NID_ext_key_usage, "serverAuth");
    add_extension(certificate, issuer, NID_subject_alt_name, draft.alternative_names);
}

void set_random_serial(X509* certificate)
{
    NumberPtr const number(BN_new());
    require(number && BN_rand(number.get(), serial_bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
                BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)),
            "certificate serial");
}

std::string contents(BIO* memory)
{
    char const* bytes = nullptr;
    auto const size = BIO_ctrl(memory, BIO_CTRL_INFO, 0, &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

/// A BIO over the file's text; the text must outlive it.
BioPtr reader(std::string const& text) { return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }
} // namespace

KeyPtr make_key()
{
    KeyPtr key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    require(key != nullptr, "key");
    return key;
}

CertificatePtr make_certificate(Draft const& draft, EVP_PKEY* subject_key, Signer const& signer)
{
    CertificatePtr certificate(X509_new());
    auto* const made = certificate.get();
    require(made && X509_set_version(made, version_3) == 1, "certificate");
    set_random_serial(made);
    set_name(X509_get_subject_name(made), draft.common_name);
    auto* const issuer = signer.certificate ? signer.certificate : made;
    require(X509_set_issuer_name(made, X509_get_subject_name(issuer)) == 1 &&
                ASN1_TIME_set(X509_getm_notBefore(made), draft.not_before) &&
                ASN1_TIME_set(X509_getm_notAfter(made), draft.not_after) && X509_set_pubkey(made, subject_key) == 1,
            "certificate");
    add_extensions(made, issuer, draft);
    require(X509_sign(made, signer.key, EVP_sha256()) > 0, "certificate signature");
    return certificate;
}

std::string to_pem(X509* certificate)
{
    BioPtr const memory(BIO_new(BIO_s_mem()));
    require(memory && PEM_write_bio_X509(memory.get(), certificate) == 1, "certificate");
    return contents(memory.get());
}

std::string to_pem(EVP_PKEY* key)
{
    BioPtr const memory(BIO_new(BIO_s_mem()));
    require(memory && PEM_write_bio_PKCS8PrivateKey(memory.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
            "key");
    return contents(memory.get());
}

base::Result<CertificatePtr> read_certificate(std::string const& file)
{
    auto const text = base::read_file(file);
    if (!text) return text.error();
    CertificatePtr certificate(PEM_read_bio_X509(reader(*text).get(), nullptr, nullptr, nullptr));
    ERR_clear_error();
    if (!certificate) return base::failed(file, "there is no certificate in it", "restore the file from a backup");
    return certificate;
}

base::Result<KeyPtr> read_key(std::string const& file)
{
    auto const text = base::read_file(file);
    if (!text) return text.error();
    KeyPtr key(PEM_read_bio_PrivateKey(reader(*text).get(), nullptr, nullptr, nullptr));
    ERR_clear_error();
    if (!key) return base::failed(file, "there is no private key in it", "restore the file from a backup");
    return key;
}

} // namespace tls
