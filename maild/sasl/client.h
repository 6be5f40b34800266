#pragma once
// SASL from the other side: how this box logs in at a smart host. SCRAM-SHA-256, PLAIN, LOGIN; only inside TLS (the
// caller sees to that).

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace maild::sasl
{

class ClientExchange
{
public:
    virtual ~ClientExchange() = default;
    virtual std::string mechanism() const = 0;
    /// The initial response; nothing: the server speaks first.
    virtual std::optional<std::string> first() = 0;
    /// The answer to a challenge; nothing: this is no answer that the server could have given, give up.
    virtual std::optional<std::string> answer(std::string_view challenge) = 0;
    /// Whether the server's success may be believed (SCRAM: it has shown that it knows the password too).
    virtual bool is_satisfied() const { return true; }
};

/// `offered`: the server's words after AUTH, in capitals. The best of them; null when none is ours.
std::unique_ptr<ClientExchange> begin_client(std::string_view offered, std::string const& name,
                                             std::string const& password);

/// For tests: SCRAM with a known nonce.
std::unique_ptr<ClientExchange> make_scram_client(std::string const& name, std::string const& password,
                                                  std::string const& nonce);

} // namespace maild::sasl
