#pragma once
// SASL (RFC 4422) as SMTP, IMAP and POP3 carry it: SCRAM-SHA-256-PLUS, SCRAM-SHA-256 (RFC 5802, 7677), PLAIN
// (RFC 4616) and LOGIN. Knows nothing of base64 and lines: those are the protocols' own.

#include "appliance/directory/directory.h"
#include "appliance/net/stream.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace maild::sasl
{

/// What binds a login to its TLS connection (RFC 5056). Empty without TLS.
struct Channel {
    std::string exporter;  ///< tls-exporter
    std::string end_point; ///< tls-server-end-point
};
Channel channel_of(net::Stream const& stream);

/// What becomes of a message of the client.
struct Step {
    enum class Kind {
        challenge, ///< send `text` and take the next message
        success,   ///< `user` has logged in
        refused,   ///< wrong name, password or proof: always the same words to the client
        not_self,  ///< wants to act for somebody else; `text` says so
        malformed, ///< not a message of this mechanism; `text` says why
    };
    Kind kind = Kind::malformed;
    std::string text{};
    std::optional<directory::User> user = std::nullopt;
};

/// Asks the directory for a client of that stream; its worker lends its place to others meanwhile. Throws
/// base::StoreError, as directory::TooManyLogins when the queue is full.
std::optional<directory::User> check_password(directory::Directory& directory, net::Stream const& stream,
                                              std::string const& name, std::string const& password);

/// One login. Throws base::StoreError.
class Exchange
{
public:
    virtual ~Exchange() = default;
    /// What is sent when the client has sent no initial response.
    virtual std::string first_challenge() const { return {}; }
    virtual Step take(std::string_view message) = 0;
    /// Who wants to log in, as far as it has been said: for the log.
    std::string const& name() const { return name_; }

protected:
    std::string name_;
};

/// The mechanisms to announce, the best first, with blanks between them. `prefix` before each ("AUTH=").
/// SCRAM-SHA-256-PLUS is there for who asks for it and not announced: Debian's mutt chooses it and then has no
/// channel binding to give, so that no mail could be sent.
std::string offered(std::string_view prefix = {});
/// `mechanism` in capitals; nothing when it is not one of ours. `stream`, the client's, outlives the exchange.
std::unique_ptr<Exchange> begin(std::string_view mechanism, directory::Directory& directory,
                                net::Stream const& stream);

} // namespace maild::sasl
