#include "maild/sasl/client.h"

#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "appliance/directory/scram.h"

#include <algorithm>
#include <vector>

namespace maild::sasl
{

namespace
{
constexpr std::size_t nonce_bytes = 18;
/// A server that asks for more wants our CPU.
constexpr std::uint64_t iterations_max = 1'000'000;
/// RFC 7677 4: fewer make the password easy to guess for who hears or plays the server.
constexpr std::uint64_t iterations_min = 4096;

class PlainClient final : public ClientExchange
{
public:
    PlainClient(std::string const& name, std::string const& password) : response_('\0' + name + '\0' + password) {}
    ~PlainClient() override { base::wipe(response_); }
    std::string mechanism() const override { return "PLAIN"; }
    std::optional<std::string> first() override { return response_; }
    std::optional<std::string> answer(std::string_view) override { return std::nullopt; }

private:
    std::string response_;
};

class LoginClient final : public ClientExchange
{
public:
    LoginClient(std::string name, std::string password) : words_{std::move(name), std::move(password)} {}
    ~LoginClient() override { base::wipe(words_[1]); }
    std::string mechanism() const override { return "LOGIN"; }
    std::optional<std::string> first() override { return std::nullopt; }
    std::optional<std::string> answer(std::string_view) override
    {
        return said_ < 2 ? std::optional(words_[said_++]) : std::nullopt;
    }

private:
    std::string words_[2];
    unsigned said_ = 0;
};

class ScramClient final : public ClientExchange
{
public:
    ScramClient(std::string const& name, std::string password, std::string nonce)
        : password_(std::move(password)), nonce_(std::move(nonce))
    {
        auto const coded = base::replace_all(base::replace_all(name, "=", "=3D"), ",", "=2C");
        first_bare_ = "n=" + coded + ",r=" + nonce_;
    }
    ~ScramClient() override { base::wipe(password_); }
    std::string mechanism() const override { return "SCRAM-SHA-256"; }
    std::optional<std::string> first() override { return "n,," + first_bare_; }

    std::optional<std::string> answer(std::string_view challenge) override
    {
        if (server_signature_.empty()) return prove(challenge);
        auto const signature = challenge.starts_with("v=") ? base::from_base64(challenge.substr(2)) : std::nullopt;
        if (!signature || !base::equal_secret(*signature, server_signature_)) return std::nullopt;
        is_satisfied_ = true;
        return "";
    }
    bool is_satisfied() const override { return is_satisfied_; }

private:
    /// "r=" nonces ",s=" salt ",i=" iterations (RFC 5802 5.1).
    std::optional<std::string> prove(std::string_view challenge)
    {
        auto const parts = base::split(challenge, ',');
        if (parts.size() < 3 || !parts[0].starts_with("r=") || !parts[1].starts_with("s=") ||
            !parts[2].starts_with("i="))
            return std::nullopt;
        auto const nonce = parts[0].substr(2);
        auto const salt = base::from_base64(parts[1].substr(2));
        auto const iterations = base::parse_number(parts[2].substr(2), iterations_max);
        bool const is_ours = nonce.starts_with(nonce_) && nonce.size() > nonce_.size();
        if (!is_ours || !salt || salt->empty() || !iterations || *iterations < iterations_min) return std::nullopt;
        auto const without_proof = "c=biws,r=" + std::string(nonce);
        auto const message = first_bare_ + ',' + std::string(challenge) + ',' + without_proof;
        auto const proof = directory::scram_proof(password_, *salt, static_cast<unsigned>(*iterations), message);
        server_signature_ = proof.server_signature;
        return without_proof + ",p=" + base::base64(proof.client_proof);
    }

    std::string password_;
    std::string nonce_;
    std::string first_bare_;
    std::string server_signature_;
    bool is_satisfied_ = false;
};
} // namespace

std::unique_ptr<ClientExchange> make_scram_client(std::string const& name, std::string const& password,
                                                  std::string const& nonce)
{
    return std::make_unique<ScramClient>(name, password, nonce);
}

std::unique_ptr<ClientExchange> begin_client(std::string_view offered, std::string const& name,
                                             std::string const& password)
{
    auto const mechanisms = base::split(offered, ' ');
    auto const has = [&](std::string_view one) {
        return std::find(mechanisms.begin(), mechanisms.end(), one) != mechanisms.end();
    };
    if (has("SCRAM-SHA-256")) return make_scram_client(name, password, base::base64(base::random_bytes(nonce_bytes)));
    if (has("PLAIN")) return std::make_unique<PlainClient>(name, password);
    if (has("LOGIN")) return std::make_unique<LoginClient>(name, password);
    return nullptr;
}

} // namespace maild::sasl
