#pragma once
// Mail as the webmail's pages need it. Implemented over IMAP (imap_client.h); tests may hand in their own. One thread
// at a time.

#include "appliance/base/clock.h"
#include "appliance/message/address_list.h"
#include "appliance/message/parameters.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace httpd::mail
{

using Uid = std::uint32_t;

/// Why something could not be done, as pages distinguish it. A broken connection is net::Disconnected instead.
class MailFault : public std::runtime_error
{
public:
    enum class Kind {
        unavailable, ///< the mail daemon has trouble; again later
        login,       ///< the session's token is no longer good
        no_folder,
        over_quota,
        refused, ///< what() is the server's reason
    };
    MailFault(Kind kind, std::string const& why) : std::runtime_error(why), kind_(kind) {}
    Kind kind() const { return kind_; }

private:
    Kind kind_;
};

/// RFC 6154.
enum class FolderUse { none, inbox, drafts, sent, trash, junk };

struct Folder {
    std::string name; ///< UTF-8, '/' between levels
    FolderUse use = FolderUse::none;
    std::uint32_t messages = 0;
    std::uint32_t unseen = 0;
};

struct Flags {
    bool seen = false;
    bool answered = false;
    bool forwarded = false;
    bool flagged = false;
};

/// One row of a list.
struct Summary {
    Uid uid = 0;
    Flags flags;
    base::Timestamp date = 0; ///< of arrival
    message::AddressList from, to;
    std::string subject; ///< decoded
    std::uint64_t size = 0;
    bool has_attachment = false;
};

/// One part of a message's structure.
struct BodyPart {
    std::string section;       ///< "1.2": what part() takes
    std::string type, subtype; ///< lower case
    message::Parameters parameters;
    std::string id; ///< Content-ID without brackets
    std::string encoding;
    std::uint64_t size = 0; ///< as transported
    std::optional<message::Disposition> disposition;
    std::vector<BodyPart> children; ///< of a multipart

    bool is(std::string_view wanted_type, std::string_view wanted_subtype) const;
    std::string charset() const;
    /// The name to save it under, decoded, not yet safe; "" when there is none.
    std::string file_name() const;
    /// Something to save, not the text of the mail.
    bool is_attachment() const;
    /// Bytes after decoding, about.
    std::uint64_t decoded_size() const;
};

struct Message {
    Summary summary;
    base::Timestamp sent = 0; ///< the Date field, else the arrival
    message::AddressList reply_to, cc, bcc;
    std::string message_id;
    std::vector<std::string> references; ///< with brackets, oldest first
    BodyPart root;
};

struct ListPage {
    std::size_t total = 0;         ///< of all pages
    std::vector<Summary> messages; ///< newest first
};

enum class Flag { seen, answered, forwarded, flagged };

/// Functions throw MailFault or net::Disconnected.
class MailClient
{
public:
    virtual ~MailClient() = default;

    /// INBOX first, then those with a use, then the others by name; with counts.
    virtual std::vector<Folder> folders() = 0;
    /// `skip` messages after the newest, at most `count`. `search`: words that must all be in it; empty: everything.
    virtual ListPage list(std::string const& folder, std::size_t skip, std::size_t count,
                          std::string const& search) = 0;
    virtual std::optional<Message> message(std::string const& folder, Uid uid) = 0;
    /// The raw header.
    virtual std::string header(std::string const& folder, Uid uid) = 0;
    /// Raw bytes of a part, still in its transfer encoding; at most `most`.
    virtual std::string part(std::string const& folder, Uid uid, std::string const& section, std::size_t most) = 0;
    /// The same piece by piece; an empty section is the whole message.
    virtual void stream_part(std::string const& folder, Uid uid, std::string const& section,
                             std::function<void(std::string_view)> const& take) = 0;

    virtual void set_flag(std::string const& folder, std::vector<Uid> const& uids, Flag flag, bool on) = 0;
    virtual void move(std::string const& folder, std::vector<Uid> const& uids, std::string const& to) = 0;
    /// For good.
    virtual void remove(std::string const& folder, std::vector<Uid> const& uids) = 0;
    /// A read copy, for Sent.
    virtual void append_seen(std::string const& folder, std::string_view message) = 0;
};

} // namespace httpd::mail
