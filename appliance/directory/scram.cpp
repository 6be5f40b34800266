#include "appliance/directory/scram.h"

#include "appliance/base/secret.h"

#include <openssl/evp.h>
#include <stdexcept>

namespace directory
{

namespace
{
constexpr std::size_t salt_size = 16;
constexpr std::size_t key_size = 32;
/// RFC 7677 section 4 asks for at least this many. More would slow down adding a whole school on a weak PC; who has
/// stolen the keys has also got what they protect.
constexpr unsigned iterations = 4096;

unsigned char const* octets(std::string const& bytes)
{
    void const* data = bytes.data();
    return static_cast<unsigned char const*>(data);
}

/// Hi() of RFC 5802 section 2.2.
std::string salted_password(std::string const& password, std::string const& salt, unsigned rounds)
{
    std::string key(key_size, '\0');
    void* out = key.data();
    if (PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), octets(salt),
                          static_cast<int>(salt.size()), static_cast<int>(rounds), EVP_sha256(),
                          static_cast<int>(key.size()), static_cast<unsigned char*>(out)) != 1)
        throw std::runtime_error("PBKDF2 failed");
    return key;
}
} // namespace

ScramKeys make_scram_keys(std::string const& password, std::string salt)
{
    if (salt.empty()) salt = base::random_bytes(salt_size);
    auto salted = salted_password(password, salt, iterations);
    auto client_key = base::hmac_sha256(salted, "Client Key");
    ScramKeys keys{salt, iterations, base::sha256(client_key), base::hmac_sha256(salted, "Server Key")};
    base::wipe(salted);
    base::wipe(client_key);
    return keys;
}

ScramKeys make_believe_keys(std::string_view name, std::string_view secret)
{
    auto const of = [&](std::string_view what) {
        return base::hmac_sha256(secret, std::string(what) + std::string(name));
    };
    return {of("salt ").substr(0, salt_size), iterations, of("stored "), of("server ")};
}

bool is_proof_good(ScramKeys const& keys, std::string_view auth_message, std::string_view proof)
{
    auto client_key = base::hmac_sha256(keys.stored_key, auth_message); // the signature, until it meets the proof
    if (proof.size() != client_key.size()) return false;
    for (std::size_t i = 0; i < proof.size(); ++i) client_key[i] = static_cast<char>(client_key[i] ^ proof[i]);
    return base::equal_secret(base::sha256(client_key), keys.stored_key);
}

std::string server_signature(ScramKeys const& keys, std::string_view auth_message)
{
    return base::hmac_sha256(keys.server_key, auth_message);
}

ScramProof scram_proof(std::string const& password, std::string const& salt, unsigned rounds,
                       std::string_view auth_message)
{
    auto salted = salted_password(password, salt, rounds);
    auto client_key = base::hmac_sha256(salted, "Client Key");
    auto proof = base::hmac_sha256(base::sha256(client_key), auth_message); // the signature, until it meets the key
    for (std::size_t i = 0; i < proof.size(); ++i) proof[i] = static_cast<char>(proof[i] ^ client_key[i]);
    auto const server_key = base::hmac_sha256(salted, "Server Key");
    base::wipe(salted);
    base::wipe(client_key);
    return {std::move(proof), base::hmac_sha256(server_key, auth_message)};
}

} // namespace directory
