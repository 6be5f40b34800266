#pragma once
// The people of the school: users, classes, aliases, settings, and what an address means. Not for zones
// (dnsd/zone/zone_store.h) and not for mailboxes (maild/mailbox/store.h).

#include "appliance/base/clock.h"
#include "appliance/base/error.h"
#include "appliance/base/result.h"
#include "appliance/directory/scram.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace db
{
class Database;
}

namespace directory
{

enum class Role { pupil, teacher, staff, head, admin };
std::string_view show(Role role);
std::optional<Role> parse_role(std::string_view text);

using UserId = std::int64_t; ///< random, never used again

struct User {
    UserId id = 0;
    std::string login;
    std::string name;
    Role role = Role::pupil;
    std::string class_name;  ///< empty: none
    std::uint64_t quota = 0; ///< bytes, 0: no limit
    bool enabled = true;
    base::Timestamp created = 0;
    bool operator==(User const&) const = default;
};

struct NewUser {
    std::string login;
    std::string name;
    Role role = Role::pupil;
    std::string class_name;
    std::uint64_t quota = default_quota;
    std::string password;

    static constexpr std::uint64_t default_quota = std::uint64_t{1} << 30;
};

/// What becomes of the mail of somebody who is deleted.
enum class MailFate { kept, removed };

/// What goes with many new users at once.
struct Together {
    std::vector<std::string> new_classes = {}; ///< made in the same commit
    /// Called now and then, in the caller's thread, with how many passwords are hashed; false: give up, add nobody.
    std::function<bool(std::size_t done)> progress = {};
};

struct Class {
    std::string name;    ///< "X-TKJ-1"
    std::string address; ///< local part "x-tkj-1"
    std::size_t members = 0;
};

/// One pupil goes into another class; an empty `to`: leaves the school, the login is switched off.
struct ClassMove {
    std::string login;
    std::string from;
    std::string to;
};

struct Alias {
    std::string name; ///< local part
    std::vector<std::string> targets;
};

/// Who may write to a class, group or alias.
enum class Writers {
    everyone, ///< strangers too
    school,   ///< who has logged in
    teachers, ///< teachers, staff, head and administrators
    members,  ///< who is in the list, and teachers as above
    named,    ///< only the people named
};
std::string_view show(Writers writers);
std::optional<Writers> parse_writers(std::string_view text);

/// The rule of one class, group or alias. Usual are: `everyone` for aliases and the addresses of the box
/// (postmaster), `school` for classes and guru, `teachers` for siswa and semua; an alias with a class or group in it
/// is as strict as that, so that nobody gets round the rule.
struct ListPolicy {
    std::string name; ///< local part
    bool is_alias = false;
    Writers writers = Writers::everyone;
    std::vector<std::string> writers_named; ///< logins that may write whatever the rule says, sorted
    std::vector<std::string> senders_named; ///< of these, who may also send as the list
    bool is_role = false;                   ///< is_role_name(name)
    std::string title = {};                 ///< as people write it ("X-TKJ-1")
};

/// postmaster, abuse, hostmaster, webmaster, mailer-daemon (RFC 5321 4.5.1, RFC 2142): always there, for everybody to
/// write to; the administrators read it, unless an alias of that name says who.
bool is_role_name(std::string_view name);

/// What an address of ours means.
struct Resolution {
    enum class Kind {
        unknown,   ///< no such user, class or alias
        local,     ///< `users` (and `remote`, for aliases with addresses elsewhere); both empty: nobody reads it now
        elsewhere, ///< the domain is not ours
    };
    Kind kind = Kind::unknown;
    std::vector<User> users;         ///< each once, sorted by id; disabled users are left out
    std::vector<std::string> remote; ///< full addresses elsewhere
    /// Set when the address is that of a class, group or alias, not of one person.
    std::optional<ListPolicy> list = std::nullopt;
    bool is_caught = false; ///< there is no such address: this is the catch-all's meaning

    /// Mail to it is list mail: a class or group, or an alias for more than one place.
    bool is_list() const { return list && !list->is_role && (!list->is_alias || users.size() + remote.size() > 1); }
};

/// Whether `user` (nobody: a stranger) may write to the address, and may send as it (a class, group or alias: its
/// named senders, and the members of an alias or role; nobody else, not even the only member of a class, nor who gets
/// the mail of the catch-all).
bool may_write(Resolution const& meaning, std::optional<User> const& user);
bool may_send_as(Resolution const& meaning, User const& user);

/// More people want to log in at this moment than can be checked; soon again. Nothing was looked at.
class TooManyLogins : public base::StoreError
{
public:
    TooManyLogins() : StoreError(base::StoreFault::busy, "too many logins at once") {}
};

/// Interface to the school database. Every change is served by all daemons within a second. Functions may be called
/// from any thread and throw base::StoreError when the store fails. Refusals are Results whose texts are
/// translatable.
class Directory
{
public:
    virtual ~Directory() = default;

    virtual std::optional<std::string> setting(std::string_view key) = 0;
    /// Takes any key and value: people's changes go through change_setting() of settings.h, which checks them.
    virtual void set_setting(std::string_view key, std::string_view value) = 0;
    /// The default counts again.
    virtual void unset_setting(std::string_view key) = 0;
    /// The mail domain ("smkn1pendalian.sch.id"), empty before setup.
    std::string domain() { return setting("domain").value_or(""); }
    /// Mail for other domains is refused (what was taken before waits until the box is online again), or sent.
    bool is_offline() { return setting("mail.outside").value_or("direct") == "offline"; }
    /// True for the domain itself and every host name under which mail may arrive (mail.DOMAIN, the host name,
    /// localhost).
    virtual bool is_local_domain(std::string_view domain) = 0;

    virtual base::Result<User> add_user(NewUser user) = 0;
    /// All or none, in one commit; hashing runs on all cores. The error names the first bad user.
    virtual base::Result<std::vector<User>> add_users(std::vector<NewUser> users, Together const& together = {}) = 0;
    /// Writes name, role, class and quota of `after`. Refused when the user is no longer as in `before`: somebody
    /// else was faster, and nothing of theirs is overwritten.
    virtual base::Result<void> update_user(User const& before, User const& after) = 0;
    virtual std::optional<User> find_user(std::string_view login) = 0;
    virtual std::optional<User> find_user(UserId id) = 0;
    virtual std::vector<User> users() = 0;
    virtual base::Result<void> set_password(std::string_view login, std::string const& password) = 0;
    virtual base::Result<void> set_enabled(std::string_view login, bool enabled) = 0;
    /// Also removes it from aliases. Mail to be removed goes within seconds where the mail daemon runs, else when it
    /// starts.
    virtual base::Result<void> delete_user(std::string_view login, MailFate mail = MailFate::kept) = 0;
    /// The user is gone, and the mail is to go too. For the mail store's upkeep.
    bool is_mail_unwanted(UserId user);
    /// Changes with every user whose mail is to go.
    std::string newest_unwanted_mail() { return setting("mail.removed").value_or(""); }

    /// Checks a login ("budi", "budi@DOMAIN") with its password, or with a token of add_app_password. Takes the same
    /// time for unknown users, disabled users and wrong passwords. Remembers a verified password for minutes as a
    /// keyed hash in memory. Hashing has a queue that is fair to every `client` (an address; empty: this box itself):
    /// throws TooManyLogins when it is full.
    virtual std::optional<User> authenticate(std::string_view login, std::string const& password,
                                             std::string_view client = {}) = 0;
    /// For a login without showing the password (SCRAM): the keys, and who has logged in when the proof is good. For
    /// unknown and disabled users nobody, and keys that no proof fits.
    struct ScramLogin {
        ScramKeys keys;
        std::optional<User> user;
    };
    virtual ScramLogin scram_login(std::string_view login) = 0;
    /// A new random token that authenticate() takes as a password until it expires.
    virtual std::string add_app_password(UserId user, std::string_view purpose, base::Timestamp expires) = 0;
    virtual void remove_app_password(std::string const& token) = 0;

    virtual base::Result<void> add_class(std::string_view name) = 0;
    virtual std::vector<Class> classes() = 0;
    virtual base::Result<std::vector<User>> members(std::string_view class_name) = 0;
    virtual base::Result<void> delete_class(std::string_view name) = 0;
    virtual base::Result<void> set_class(std::string_view login, std::string_view class_name) = 0;
    /// All or none, in one commit; classes that are missing are made. Refused when somebody is not in `from` any
    /// more.
    virtual base::Result<void> move_members(std::vector<ClassMove> const& moves) = 0;

    virtual base::Result<void> add_alias(std::string_view name, std::vector<std::string> const& targets) = 0;
    virtual std::vector<Alias> aliases() = 0;
    virtual base::Result<void> delete_alias(std::string_view name) = 0;

    /// The rule of a class, group or alias; refused when there is none of that name.
    virtual base::Result<ListPolicy> list_policy(std::string_view name) = 0;
    virtual base::Result<void> set_writers(std::string_view name, Writers writers) = 0;
    /// What one person may do with a list beside its rule.
    enum class ListRight { none, write, send };
    virtual base::Result<void> set_list_right(std::string_view name, std::string_view login, ListRight right) = 0;

    /// What a local part of ours, or a full address, means. Users first, then aliases, then classes and the fixed
    /// groups guru, siswa, semua; "budi+word" is budi; role names always exist. Nested aliases are followed, loops
    /// end. What does not exist is the catch-all's (mail.catch-all), when there is one. Empty domain: ours.
    virtual Resolution resolve(std::string_view local_part, std::string_view domain) = 0;
};

/// The implementation over the school database.
std::unique_ptr<Directory> make_sql_directory(db::Database& school);

/// Login rules: 1-64 of a-z 0-9 . _ -, starting and ending with a letter or digit.
bool is_valid_login(std::string_view login);

} // namespace directory
