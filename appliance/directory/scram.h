#pragma once
// The keys of SCRAM-SHA-256 (RFC 5802, RFC 7677): made from a password, and checked against a proof. Not for the
// conversation (maild/sasl/).

#include <string>
#include <string_view>

namespace directory
{

/// What the box keeps instead of a password. Binary strings.
struct ScramKeys {
    std::string salt;
    unsigned iterations = 0;
    std::string stored_key; ///< 32 bytes
    std::string server_key; ///< 32 bytes
};

/// About 1 ms of CPU. `salt`: for tests, else random.
ScramKeys make_scram_keys(std::string const& password, std::string salt = {});

/// Keys that fit no password, always the same for one name as long as `secret` is: what a stranger sees of a user
/// that does not exist.
ScramKeys make_believe_keys(std::string_view name, std::string_view secret);

/// Whether the client's proof for this exchange was made with the password.
bool is_proof_good(ScramKeys const& keys, std::string_view auth_message, std::string_view proof);
/// Shows the client that we hold its keys.
std::string server_signature(ScramKeys const& keys, std::string_view auth_message);

/// The client's part of the exchange, for where this box itself logs in.
struct ScramProof {
    std::string client_proof;
    std::string server_signature; ///< what the server must show
};
ScramProof scram_proof(std::string const& password, std::string const& salt, unsigned rounds,
                       std::string_view auth_message);

} // namespace directory
