#pragma once
// Mail as the webmail's pages need it. Implemented over IMAP (imap_client.h); tests may hand in their own. One thread
// at a time.

#include "appliance/base/clock.h"
#include "appliance/message/address_list.h"
#include "appliance/message/content.h"
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
        disk_full,
        refused, ///< what() is the server's reason
    };
    MailFault(Kind kind, std::string const& why) : std::runtime_error(why), kind_(kind) {}
    Kind kind() const { return kind_; }

private:
    Kind kind_;
};

/// RFC 6154.
enum class FolderUse { none, inbox, drafts, sent, archive, junk, trash };

struct Folder {
    std::string name; ///< UTF-8, '/' between levels
    FolderUse use = FolderUse::none;
    std::uint32_t messages = 0;
    std::uint32_t unseen = 0;
    std::uint64_t modseq = 0; ///< grows with every change
};

struct Flags {
    bool seen = false;
    bool answered = false;
    bool forwarded = false;
    bool flagged = false;
    std::vector<std::string> keywords; ///< all others, as they stand: "$Junk", labels
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
    std::string preview; ///< RFC 8970: how the text begins
    std::string thread;  ///< RFC 8474: the same for all messages of a conversation
    std::string folder;  ///< where it is, when the list is of several folders
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
    bool is_from_list = false;           ///< it says where answers to the whole list go (RFC 2369)
    std::string receipt_to; ///< Disposition-Notification-To (RFC 8098), decoded; empty: none is asked for
    BodyPart root;
};

/// What a search asks for; what is empty is not asked. All that is asked must hold.
struct Query {
    std::string words; ///< each somewhere in the message, its attachments too
    std::string from, to, subject, body;
    std::string keyword;
    std::string since, before; ///< "2026-11-29": arrived on that day or later; before that day
    bool unread = false;
    bool starred = false;
    bool has_files = false;

    bool operator==(Query const&) const = default;
    bool empty() const { return *this == Query(); }
};

struct ListRequest {
    std::string folder; ///< empty: all folders of the person together, without trash and junk
    Query query;
    std::size_t skip = 0; ///< messages after the newest
    std::size_t count = 0;
    std::vector<std::string> notes; ///< to read on the way, see note()
};

struct ListPage {
    std::size_t total = 0;         ///< of all pages
    std::vector<Summary> messages; ///< newest first
    std::vector<Folder> folders;   ///< as folders()
    std::vector<std::string> notes;
};

/// A message with what its page shows around it.
struct OpenedMessage {
    std::optional<Message> message;
    Uid older = 0, newer = 0; ///< its neighbours in the folder; 0: none
    std::vector<Folder> folders;
    std::vector<std::string> notes;
};

/// Which message the others are wanted of.
struct Conversation {
    std::string folder;
    Uid uid = 0;
    std::string thread, subject;
    std::size_t most = 0; ///< of the newest
};

/// Changes whenever anything in the folder does.
struct News {
    std::uint64_t modseq = 0;
    Uid uid_next = 0;
    std::uint32_t unseen = 0;
};

enum class Flag { seen, answered, forwarded, flagged };

/// Functions throw MailFault or net::Disconnected.
class MailClient
{
public:
    virtual ~MailClient() = default;

    /// INBOX first, then those with a use, then the others by name; with counts.
    virtual std::vector<Folder> folders() = 0;
    /// A page of a list with the folders beside it; without a query in one round trip, however large the folder is.
    virtual ListPage list(ListRequest const& request) = 0;
    virtual std::optional<Message> message(std::string const& folder, Uid uid) = 0;
    virtual OpenedMessage open_message(std::string const& folder, Uid uid, std::vector<std::string> const& notes) = 0;
    /// The other messages of a conversation, oldest first; those in trash and junk only when `folder` is it.
    virtual std::vector<Message> conversation(Conversation const& wanted) = 0;
    virtual News news(std::string const& folder) = 0;
    /// The raw header.
    virtual std::string header(std::string const& folder, Uid uid) = 0;
    /// Raw bytes of a part, still in its transfer encoding; at most `most`.
    virtual std::string part(std::string const& folder, Uid uid, std::string const& section, std::size_t most) = 0;
    /// The same piece by piece; an empty section is the whole message.
    virtual void stream_part(std::string const& folder, Uid uid, std::string const& section,
                             std::function<void(std::string_view)> const& take) = 0;

    /// Does not wait for the disk; who asks for anything afterwards does. A disk that is full keeps nobody from
    /// reading.
    virtual void mark_read(std::string const& folder, Uid uid) = 0;
    virtual void set_flag(std::string const& folder, std::vector<Uid> const& uids, Flag flag, bool on) = 0;
    virtual void set_keyword(std::string const& folder, std::vector<Uid> const& uids, std::string const& keyword,
                             bool on) = 0;
    /// Gives the UIDs in the new folder, ascending.
    virtual std::vector<Uid> move(std::string const& folder, std::vector<Uid> const& uids, std::string const& to) = 0;
    /// For good.
    virtual void remove(std::string const& folder, std::vector<Uid> const& uids) = 0;
    /// All of a folder.
    virtual void move_all(std::string const& folder, std::string const& to) = 0;
    virtual void remove_all(std::string const& folder) = 0;
    virtual void mark_all_read(std::string const& folder) = 0;

    /// `use`: none for an ordinary folder.
    virtual void create_folder(std::string const& folder, FolderUse use) = 0;
    virtual void rename_folder(std::string const& folder, std::string const& to) = 0;
    virtual void delete_folder(std::string const& folder) = 0;

    /// What the webmail remembers beside the mail (RFC 5464), by a word: "labels". At most 64 KB; "" when there is
    /// none.
    virtual std::string note(std::string const& name) = 0;
    virtual void set_note(std::string const& name, std::string const& value) = 0;

    // --- writing
    enum class Kept { seen, draft };
    /// Gives the UID; 0: the server has not said it.
    virtual Uid append(std::string const& folder, message::Content const& message, Kept as) = 0;
    /// A copy in another folder, as a draft.
    virtual Uid copy_as_draft(std::string const& folder, Uid uid, std::string const& to) = 0;
    /// $MDNSent (RFC 3503): nobody is asked again.
    virtual void mark_receipt_sent(std::string const& folder, Uid uid) = 0;
    /// The messages with this Message-ID (with brackets).
    virtual std::vector<Uid> find_id(std::string const& folder, std::string const& message_id) = 0;
};

} // namespace httpd::mail
