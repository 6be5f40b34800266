#pragma once
// What a person has chosen and written for himself: preferences, identities, the passwords of his devices. Filters
// and vacation: filters.h. Contacts: contacts.h. Who he is: directory.h.

#include "appliance/directory/directory.h"

#include <map>

namespace directory
{

/// The keys, and what they may be. Empty or missing: the usual.
namespace preference
{
inline constexpr std::string_view look = "look";                   ///< light, dark; else the device decides
inline constexpr std::string_view language = "language";           ///< id, en; else the browser's choice
inline constexpr std::string_view time_zone = "time-zone";         ///< "Asia/Makassar"; else the box's
inline constexpr std::string_view page_size = "page-size";         ///< messages of a list page: 25, 50, 100, 200
inline constexpr std::string_view conversations = "conversations"; ///< on, off: mails of one subject stand together
inline constexpr std::string_view undo = "undo-seconds";   ///< 0, 5, 10, 20, 30: how long a mail can be taken back
inline constexpr std::string_view signature = "signature"; ///< above, below: where it stands in an answer; off
inline constexpr std::string_view receipts = "receipts";   ///< ask, never: when somebody wants to know it was read
inline constexpr std::string_view pictures = "pictures";   ///< senders whose pictures are shown: one a line
} // namespace preference

using Preferences = std::map<std::string, std::string, std::less<>>;

/// "" for what is not set.
std::string_view value(Preferences const& preferences, std::string_view key);
/// Whether the key exists and may have that value.
bool is_preference(std::string_view key, std::string_view value);

/// As whom somebody writes. The first one is the usual one.
struct Identity {
    std::string name;
    std::string address;   ///< full
    std::string signature; ///< plain text, may have several lines
    bool operator==(Identity const&) const = default;
};

inline constexpr std::size_t identities_max = 10;
inline constexpr std::size_t signature_max = 4096; ///< bytes
inline constexpr std::size_t devices_max = 30;     ///< app passwords of one person
inline constexpr std::size_t label_max = 80;       ///< bytes

/// A password of one device, or one web session. The password itself is shown once and only its hash is kept.
struct AppPassword {
    std::string id;      ///< hex: what remove() takes; tells nothing about the password
    std::string purpose; ///< "device", "web"
    std::string label;
    base::Timestamp created = 0;
    base::Timestamp used = 0; ///< about; 0: never
    base::Timestamp expires = 0;
};

/// Interface to these parts of the school database. From any thread; throws base::StoreError. Refusals are Results
/// whose texts are translatable.
class Personal
{
public:
    virtual ~Personal() = default;

    virtual Preferences preferences(UserId user) = 0;
    /// An empty value: the usual counts again.
    virtual base::Result<void> set_preference(UserId user, std::string_view key, std::string_view value) = 0;

    /// Never empty: who has written none is himself, with his address.
    virtual std::vector<Identity> identities(User const& user) = 0;
    /// All of them, the usual one first. Refused: an address that is not this person's (is_own_address), too many, a
    /// text that is too long.
    virtual base::Result<void> set_identities(User const& user, std::vector<Identity> const& identities) = 0;
    /// What somebody may write as: his login, and each alias or role whose mail he may send (may_send_as).
    virtual std::vector<std::string> own_addresses(User const& user) = 0;

    virtual std::vector<AppPassword> app_passwords(UserId user) = 0;
    /// The new password, for showing it once.
    virtual base::Result<std::string> add_device(UserId user, std::string_view label) = 0;
    /// What a web session is called in the list of sessions, and that it is used now.
    virtual void note_session(std::string const& token, std::string_view label, base::Timestamp now) = 0;
    virtual base::Result<void> remove_app_password(UserId user, std::string_view id) = 0;
    /// All web sessions but the one with that token; gives how many.
    virtual std::size_t remove_sessions(UserId user, std::string const& but_token) = 0;
};

std::unique_ptr<Personal> make_sql_personal(db::Database& school, Directory& directory,
                                            base::Clock const& clock = base::system_clock());

} // namespace directory
