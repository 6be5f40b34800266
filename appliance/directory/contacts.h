#pragma once
// Whom a person writes to (contacts with groups), and the texts that he writes often. As files: contact_files.h.

#include "appliance/base/result.h"
#include "appliance/directory/directory.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace directory
{

using ContactId = std::int64_t;

/// All texts UTF-8.
struct Contact {
    ContactId id = 0;
    std::string name;                   ///< never empty in the store
    std::vector<std::string> addresses; ///< the usual one first
    std::string phone;
    std::string organisation;
    std::string note; ///< may have several lines
    std::vector<std::string> groups;
    bool operator==(Contact const&) const = default;
};

struct CannedText {
    std::int64_t id = 0;
    std::string title;
    std::string text;
};

inline constexpr std::size_t contacts_max = 5000; ///< of one person
inline constexpr std::size_t contact_addresses_max = 10;
inline constexpr std::size_t contact_groups_max = 20;
inline constexpr std::size_t contact_field_max = 200; ///< bytes
inline constexpr std::size_t contact_note_max = 4096; ///< bytes
inline constexpr std::size_t canned_max = 100;
inline constexpr std::size_t canned_text_max = 16384; ///< bytes

/// Blanks and what stands there twice taken out; a contact without a name is called by its address. Then why it
/// cannot be kept, or nothing.
base::Result<void> tidy(Contact& contact);

/// Interface to these parts of the school database. From any thread; throws base::StoreError. Refusals are Results
/// whose texts are translatable. Nobody sees another's.
class Contacts
{
public:
    virtual ~Contacts() = default;

    /// By name.
    virtual std::vector<Contact> contacts(UserId user) = 0;
    virtual std::optional<Contact> find_contact(UserId user, ContactId id) = 0;
    virtual base::Result<ContactId> add_contact(UserId user, Contact contact) = 0;
    /// All or none. Gives how many.
    virtual base::Result<std::size_t> add_contacts(UserId user, std::vector<Contact> contacts) = 0;
    /// Refused when it is not there any more.
    virtual base::Result<void> update_contact(UserId user, Contact contact) = 0;
    virtual std::size_t remove_contacts(UserId user, std::vector<ContactId> const& ids) = 0;

    /// By title.
    virtual std::vector<CannedText> canned_texts(UserId user) = 0;
    /// An id of 0 is a new one.
    virtual base::Result<void> set_canned_text(UserId user, CannedText text) = 0;
    virtual void remove_canned_text(UserId user, std::int64_t id) = 0;
};

std::unique_ptr<Contacts> make_sql_contacts(db::Database& school);

} // namespace directory
