#pragma once
// Who may send what to whom: the decisions behind MAIL, RCPT and the From field. No parsing, no replies on the wire.

#include "appliance/directory/directory.h"
#include "appliance/message/address.h"
#include "maild/queue/spool.h"
#include "maild/smtp/reply.h"
#include "maild/smtp/trace.h"

#include <optional>
#include <string>

namespace maild::smtp
{

/// Port 25 takes mail for us from everybody; submission takes any mail from people who logged in.
enum class Purpose { relay, submission };

class Policy
{
public:
    Policy(directory::Directory& directory, queue::Spool& spool) : directory_(directory), spool_(spool) {}

    /// The address with our domain where it had none.
    std::string complete(message::Address const& address) const;

    /// Submission: a sender must be the person's own address, an alias of it, or a list that the person may send as.
    /// Throws ClientError.
    void must_own_sender(directory::User const& user, message::Address const& sender) const;
    /// Port 25: nobody there is known, so nobody may say that he is one of us. Throws ClientError.
    void must_be_foreign(message::Address const& sender) const;
    /// The same for every address in From, Sender and the Resent- fields (RFC 6409 8.1), and for names that look like
    /// somebody else's address. Gives the refusal, or nothing.
    std::optional<Reply> refuse_from(directory::User const& user, HeaderFacts const& facts) const;

    /// RCPT: there is such a mailbox with room for it, or a list that the person may write to, or the mail may go
    /// elsewhere. `user`: who logged in; nobody: port 25. `size`: announced by MAIL, 0 if not. Throws ClientError.
    void must_accept_recipient(std::optional<directory::User> const& user, message::Address const& recipient,
                               std::uint64_t size) const;

private:
    bool owns(directory::User const& user, std::string_view local_part, std::string_view domain) const;
    bool names_another(directory::User const& user, std::string_view display_name) const;
    void must_have_room(Purpose purpose, directory::User const& user, std::uint64_t size) const;

    directory::Directory& directory_;
    queue::Spool& spool_;
};

} // namespace maild::smtp
