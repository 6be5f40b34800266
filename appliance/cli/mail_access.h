#pragma once
// How the command line reaches the mailboxes: it opens the store beside the daemon, as the box's own user, and tells
// the daemon afterwards. Files that the person named (an export, a Maildir) are touched as the person only.

#include "appliance/cli/command.h"
#include "maild/mailbox/store.h"
#include "maild/mailbox/upkeep.h"

#include <memory>
#include <string>
#include <vector>

namespace cli
{

/// One mailbox owner: a user, or one who was deleted and whose mail stayed (login "#ID").
struct MailUser {
    maild::mailbox::AccountId id = 0;
    std::string login;
    std::uint64_t quota = 0; ///< bytes, 0: no limit
    bool is_deleted = false;
};

/// While it lives, a command that root called acts as the box's user. One at a time, and nothing else needs root.
class MailAccess
{
public:
    /// Enters the state folder. Throws base::Failure.
    explicit MailAccess(Session& session);
    ~MailAccess();
    MailAccess(MailAccess const&) = delete;
    MailAccess& operator=(MailAccess const&) = delete;

    maild::mailbox::MailStore& store() { return *store_; }
    maild::mailbox::Upkeep& upkeep() { return store_->upkeep(); }
    /// Everybody with a mailbox: users by login, then those who were deleted.
    std::vector<MailUser> users();
    /// Those named as operand or with --user; else all. Refused: there is no such user.
    std::vector<MailUser> chosen(Arguments const& arguments);
    /// The user of that login; one who has no mailboxes yet gets them.
    MailUser must_find(std::string const& login);
    /// Sessions look for news now, not within a second.
    void tell_daemon();

private:
    Session& session_;
    std::unique_ptr<maild::mailbox::MailStore> store_;
};

/// A path as the person wrote it, whole: commands leave the folder that they were called in. Call it before
/// enter_state_folder().
std::string whole_path(std::string const& path);

} // namespace cli
