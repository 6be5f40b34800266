#pragma once
// The server's side of SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677).

#include "maild/sasl/exchange.h"

namespace maild::sasl
{

enum class Binding { without, required };

/// Three messages of the client: first, final, and an empty one after our signature (no protocol here can send data
/// along with success).
class Scram final : public Exchange
{
public:
    /// `nonce`: ours; for tests, else random.
    Scram(directory::Directory& directory, Channel channel, Binding binding, std::string nonce = {});

    Step take(std::string_view message) override;

private:
    enum class State { first, final, signed_off };
    Step take_first(std::string_view message);
    Step take_final(std::string_view message);
    /// The bytes that the client must have bound to: those of the name it gave. Nothing: a name we do not know.
    std::optional<std::string> bound_bytes(std::string_view name) const;

    directory::Directory& directory_;
    Channel channel_;
    Binding binding_;
    State state_ = State::first;
    std::string nonce_;        ///< ours, then the client's and ours
    std::string gs2_header_;   ///< with which the first message began
    std::string bound_;        ///< channel-binding data, empty without
    std::string auth_message_; ///< client-first-bare "," server-first
    directory::Directory::ScramLogin login_;
};

} // namespace maild::sasl
