#pragma once
// MailClient over IMAP4rev1 (RFC 3501) with LITERAL+, MOVE and UIDPLUS, on the mail daemon's Unix socket.

#include "appliance/imap_client/imap_response.h"
#include "appliance/net/stream.h"
#include "httpd/mail/mail_client.h"

namespace httpd::mail
{

using imap_client::ImapResponse;

class ImapClient final : public MailClient
{
public:
    /// Connects and logs in. Throws net::Disconnected, or MailFault (login) when the password is not good.
    ImapClient(std::string const& socket, std::string const& login, std::string const& password);
    ~ImapClient() override;

    std::vector<Folder> folders() override;
    ListPage list(std::string const& folder, std::size_t skip, std::size_t count, std::string const& search) override;
    std::optional<Message> message(std::string const& folder, Uid uid) override;
    std::string header(std::string const& folder, Uid uid) override;
    std::string part(std::string const& folder, Uid uid, std::string const& section, std::size_t most) override;
    void stream_part(std::string const& folder, Uid uid, std::string const& section,
                     std::function<void(std::string_view)> const& take) override;
    void set_flag(std::string const& folder, std::vector<Uid> const& uids, Flag flag, bool on) override;
    void move(std::string const& folder, std::vector<Uid> const& uids, std::string const& to) override;
    void remove(std::string const& folder, std::vector<Uid> const& uids) override;
    void append_seen(std::string const& folder, std::string_view message) override;

private:
    /// A command's tagged answer and the data that came before it.
    struct Answer {
        ImapResponse status;
        std::vector<ImapResponse> data;
    };

    std::string send(std::string_view command);
    Answer receive(std::string const& tag);
    Answer run(std::string_view command) { return receive(send(command)); }
    /// As run(), but anything but OK becomes a MailFault.
    Answer must_run(std::string_view command);
    ImapResponse read_response();
    void notice(ImapResponse const& response);

    /// Opens the folder, or asks for its news when it is open.
    void open(std::string const& folder);
    std::vector<Summary> fetch_summaries(std::string const& command);
    std::vector<Uid> search(std::string const& words);

    net::Stream stream_;
    unsigned commands_ = 0;
    std::string open_folder_;  ///< empty: none
    std::uint32_t exists_ = 0; ///< messages in it
};

/// A quoted string, or a LITERAL+ where quoting is not legal.
std::string imap_argument(std::string_view text);

/// Connects to another daemon of the appliance, which may be just starting again: tries for a moment.
net::Stream connect_patiently(std::string const& socket);

} // namespace httpd::mail
