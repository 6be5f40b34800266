#include "appliance/base/file.h"
#include "appliance/base/secret.h"
#include "dnsd/sign/own_certificate.h"

#include <memory>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace dnsd
{

namespace
{
constexpr std::size_t largest_file = std::size_t{1} << 20;

struct Free {
    void operator()(BIO* bio) const { BIO_free(bio); }
    void operator()(X509* certificate) const { X509_free(certificate); }
};
} // namespace

std::string public_key_digest(std::string const& file)
{
    auto const text = base::read_file(file, largest_file);
    if (!text) return {};
    std::unique_ptr<BIO, Free> const memory(BIO_new_mem_buf(text->data(), static_cast<int>(text->size())));
    std::unique_ptr<X509, Free> const certificate(PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr));
    ERR_clear_error();
    if (!certificate) return {};
    int const size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate.get()), nullptr);
    if (size <= 0) return {};
    std::string der(static_cast<std::size_t>(size), '\0');
    auto* at = reinterpret_cast<unsigned char*>(der.data());
    i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate.get()), &at);
    return base::sha256(der);
}

} // namespace dnsd
