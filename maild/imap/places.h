#pragma once
// All mailboxes as one person sees them: his own, those of others under "#pengguna/LOGIN/", the school's under
// "#kelas/" (RFC 2342), each with what he may do in it (RFC 4314). Rights come from here and nowhere else. Not for
// what a command needs: that is in the table of session.cpp and in the calls of must_find().

#include "appliance/directory/directory.h"
#include "maild/imap/list.h"
#include "maild/imap/reply.h"
#include "maild/mailbox/store.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace maild::imap
{

/// A leading '#' is in no name of an own mailbox (maild/mailbox/names.h), so nothing is hidden behind these.
inline constexpr std::string_view others_prefix = "#pengguna/"; ///< "users"
inline constexpr std::string_view school_prefix = "#kelas/";    ///< "classes"

/// One thread at a time. Functions throw base::StoreError.
class Places
{
public:
    Places(directory::Directory& directory, mailbox::MailStore& store, directory::User user);

    /// Everything with the right of lookup.
    std::vector<SeenMailbox> all();
    /// Nothing also for a mailbox that is there without the right of lookup.
    std::optional<SeenMailbox> find(std::string_view name);
    /// Throws ClientError: NONEXISTENT (or `missing`) and NOPERM.
    SeenMailbox must_find(std::string_view name, mailbox::Rights needed, std::string const& missing = "NONEXISTENT");
    mailbox::Rights rights(mailbox::Mailbox const& mailbox);
    bool is_own(mailbox::Mailbox const& mailbox) const { return mailbox.account == user_.id; }
    std::string name_of(mailbox::Mailbox const& mailbox);

    /// Where a mailbox of that name is or would be.
    struct Place {
        mailbox::AccountId account = 0;
        std::string name; ///< in the account
    };
    /// Nothing: such a name cannot be (an unknown person, a namespace alone).
    std::optional<Place> locate(std::string_view name);
    /// Where a new mailbox may be made: own, or below one with the right to create. Throws ClientError.
    Place must_locate_new(std::string_view name);

    /// "ali", "$x-tkj-1", "anyone" to what the store keeps, and back. Throws ClientError for nobody; nothing for
    /// somebody who is gone.
    std::string must_identifier(std::string_view text);
    std::optional<std::string> show_identifier(std::string_view identifier);

private:
    void look_again();
    void make_class_folders();
    bool is_hidden(std::string_view name_in_school);

    directory::Directory& directory_;
    mailbox::MailStore& store_;
    directory::User user_;
    std::vector<std::string> identifiers_; ///< all that mean this person
};

} // namespace maild::imap
