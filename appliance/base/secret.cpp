#include "appliance/base/secret.h"

#include "appliance/base/text.h"

#include <cstdlib>
#include <cstring>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

namespace base
{

namespace
{
unsigned char const* bytes_of(std::string_view text) { return reinterpret_cast<unsigned char const*>(text.data()); }
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
} // namespace

std::string random_bytes(std::size_t count)
{
    std::string bytes(count, '\0');
    if (RAND_bytes(bytes_of(bytes), static_cast<int>(count)) != 1) std::abort();
    return bytes;
}

std::string random_hex(std::size_t count) { return hex(random_bytes(count)); }

long long random_key()
{
    auto const bytes = random_bytes(8);
    unsigned long long value = 0;
    std::memcpy(&value, bytes.data(), 8);
    auto const positive = static_cast<long long>(value >> 1);
    return positive == 0 ? 1 : positive;
}

std::string sha256(std::string_view bytes)
{
    std::string digest(32, '\0');
    EVP_Digest(bytes.data(), bytes.size(), bytes_of(digest), nullptr, EVP_sha256(), nullptr);
    return digest;
}

Sha256::Sha256() : context_(EVP_MD_CTX_new()) { EVP_DigestInit_ex(context_, EVP_sha256(), nullptr); }
Sha256::~Sha256() { EVP_MD_CTX_free(context_); }
void Sha256::update(std::string_view bytes) { EVP_DigestUpdate(context_, bytes.data(), bytes.size()); }

std::string Sha256::finish()
{
    std::string digest(32, '\0');
    EVP_DigestFinal_ex(context_, bytes_of(digest), nullptr);
    return digest;
}

std::string hmac_sha256(std::string_view key, std::string_view bytes)
{
    std::string digest(32, '\0');
    unsigned length = 32;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(bytes), bytes.size(), bytes_of(digest),
         &length);
    return digest;
}

bool equal_secret(std::string_view a, std::string_view b)
{
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

void wipe(std::string& secret)
{
    OPENSSL_cleanse(secret.data(), secret.size());
    secret.clear();
}

} // namespace base
