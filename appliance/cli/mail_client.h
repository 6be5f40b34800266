#pragma once
// The few words of SMTP and IMAP that the box needs to try itself, as a mail program would say them. Not for
// delivering mail (maild/queue).

#include "appliance/config/config.h"
#include "appliance/directory/directory.h"
#include "appliance/net/stream.h"

#include <string>
#include <string_view>

namespace cli
{

inline constexpr std::chrono::milliseconds mail_patience{10000};

/// Connects to a service with TLS from the first byte ("imaps", "submissions", "https"); the certificate must be the
/// school's and for `server_name`, unless the box has one of its own. Paths are below the state folder. Throws
/// Disconnected, also when the service is off.
net::Stream connect_tls(config::Config const& config, std::string const& service, std::string const& server_name);

/// Sends one SMTP command (empty: none) and reads the reply; its last line must begin with the code. Throws
/// Disconnected with what the server said.
void smtp(net::Stream& stream, std::string const& command, std::string_view code);

/// A minimal IMAP client: one command at a time, untagged lines collected. Throws Disconnected.
class Imap
{
public:
    Imap(config::Config const& config, std::string const& server_name);
    std::string command(std::string const& text);

private:
    net::Stream stream_;
};

/// The UID of the message in the selected mailbox, once it is there.
std::string wait_for(Imap& imap, std::string const& message_id);

/// A password for one minute that goes away in any case.
class Token
{
public:
    Token(directory::Directory& directory, directory::UserId user);
    ~Token();
    Token(Token const&) = delete;
    Token& operator=(Token const&) = delete;
    std::string const& text() const { return text_; }

private:
    directory::Directory& directory_;
    std::string text_;
};

} // namespace cli
