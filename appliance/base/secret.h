#pragma once
// Random bytes, identifiers, hashes, and comparing secrets in constant time. Passwords: directory/password.h.

#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace base
{

/// From the kernel's generator; aborts the program when it cannot give any.
std::string random_bytes(std::size_t count);
/// `count` random bytes as lower-case hexadecimal: session ids, tokens, message ids.
std::string random_hex(std::size_t count);
/// A positive random number below 2^63: keys made by the application.
long long random_key();

/// 32 bytes.
std::string sha256(std::string_view bytes);
std::string hmac_sha256(std::string_view key, std::string_view bytes);

/// The same for bytes that come in pieces.
class Sha256
{
public:
    Sha256();
    ~Sha256();
    Sha256(Sha256 const&) = delete;
    Sha256& operator=(Sha256 const&) = delete;
    void update(std::string_view bytes);
    std::string finish();

private:
    evp_md_ctx_st* context_;
};

/// Same time for every position of the first difference.
bool equal_secret(std::string_view a, std::string_view b);
/// Overwrites the bytes before they are given back.
void wipe(std::string& secret);

} // namespace base
