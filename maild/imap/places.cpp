#include "maild/imap/places.h"

#include "appliance/base/text.h"
#include "appliance/directory/class_folders.h"
#include "maild/mailbox/names.h"

#include <algorithm>

namespace maild::imap
{

namespace
{
constexpr mailbox::Rights reading = mailbox::right_lookup | mailbox::right_read | mailbox::right_seen;
constexpr mailbox::Rights teaching = mailbox::all_rights & ~mailbox::right_admin;
constexpr std::string_view groups[] = {"guru", "siswa", "semua"};

/// In the school's account the administrators are the owner.
bool is_owner(directory::User const& user, mailbox::AccountId account)
{
    return account == user.id || (account == mailbox::shared_account && user.role == directory::Role::admin);
}

/// Every identifier that means this person; who is in a group is as in the groups' addresses.
std::vector<std::string> identifiers_of(directory::User const& user)
{
    using directory::Role;
    std::vector<std::string> all{"anyone", "@" + std::to_string(user.id), "$semua"};
    if (user.role == Role::pupil) all.push_back("$siswa");
    if (user.role == Role::teacher || user.role == Role::head) all.push_back("$guru");
    if (!user.class_name.empty()) all.push_back("$" + base::lower(user.class_name));
    return all;
}

/// Pupils read, teachers do everything but share it further.
std::vector<mailbox::AclEntry> class_entries(std::string const& address)
{
    return {{"$" + address, reading, false}, {"$guru", teaching, false}};
}
} // namespace

Places::Places(directory::Directory& directory, mailbox::MailStore& store, directory::User user)
    : directory_(directory), store_(store), user_(std::move(user)), identifiers_(identifiers_of(user_))
{
}

/// Role and class may have changed since the login.
void Places::look_again()
{
    if (auto now = directory_.find_user(user_.id)) user_ = std::move(*now);
    identifiers_ = identifiers_of(user_);
}

/// Those that were switched on ('kotakpos class folder') and concern this person. A member finds his own among his
/// subscriptions, because many clients show nothing else.
void Places::make_class_folders()
{
    for (auto const& one : directory_.classes()) {
        bool const is_mine = base::equal_ignoring_case(one.name, user_.class_name);
        if ((!is_mine && user_.role == directory::Role::pupil) ||
            !directory::is_class_folder_on(directory_, one.name))
            continue;
        store_.ensure_shared(one.name, class_entries(one.address));
        if (is_mine) store_.offer_subscription(user_.id, std::string(school_prefix) + one.name);
    }
}

bool Places::is_hidden(std::string_view name_in_school)
{
    return directory::is_class_folder_off(directory_, name_in_school.substr(0, name_in_school.find('/')));
}

mailbox::Rights Places::rights(mailbox::Mailbox const& mailbox)
{
    if (is_own(mailbox)) return mailbox::all_rights;
    look_again();
    if (mailbox.account == mailbox::shared_account && is_hidden(mailbox.name)) return 0;
    return is_owner(user_, mailbox.account) ? mailbox::all_rights : store_.rights(mailbox.id, identifiers_);
}

std::string Places::name_of(mailbox::Mailbox const& mailbox)
{
    if (is_own(mailbox)) return mailbox.name;
    if (mailbox.account == mailbox::shared_account) return std::string(school_prefix) + mailbox.name;
    auto const owner = directory_.find_user(mailbox.account);
    return std::string(others_prefix) + (owner ? owner->login : "-") + '/' + mailbox.name;
}

std::vector<SeenMailbox> Places::all()
{
    look_again();
    make_class_folders();
    std::vector<SeenMailbox> seen;
    for (auto& mailbox : store_.mailboxes(user_.id)) {
        auto name = mailbox.name;
        seen.push_back({std::move(name), std::move(mailbox), mailbox::all_rights, true});
    }
    auto const add = [&](mailbox::Mailbox&& mailbox, mailbox::Rights rights) {
        bool const is_schools = mailbox.account == mailbox::shared_account;
        if ((rights & mailbox::right_lookup) == 0 || (is_schools && is_hidden(mailbox.name))) return;
        if (!is_schools && !directory_.find_user(mailbox.account)) return; // the owner is gone
        auto name = name_of(mailbox);
        seen.push_back({std::move(name), std::move(mailbox), rights, false});
    };
    bool const owns_school = is_owner(user_, mailbox::shared_account);
    for (auto& shared : store_.shared_with(identifiers_)) {
        bool const comes_below = owns_school && shared.mailbox.account == mailbox::shared_account;
        if (!comes_below && !is_own(shared.mailbox)) add(std::move(shared.mailbox), shared.rights);
    }
    if (owns_school)
        for (auto& mailbox : store_.mailboxes(mailbox::shared_account)) add(std::move(mailbox), mailbox::all_rights);
    return seen;
}

std::optional<Places::Place> Places::locate(std::string_view name)
{
    if (!name.starts_with('#')) return Place{user_.id, std::string(name)};
    if (name.starts_with(school_prefix) && name.size() > school_prefix.size())
        return Place{mailbox::shared_account, std::string(name.substr(school_prefix.size()))};
    if (!name.starts_with(others_prefix)) return std::nullopt;
    name.remove_prefix(others_prefix.size());
    auto const slash = name.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    auto const owner = directory_.find_user(name.substr(0, slash));
    if (!owner || owner->id == user_.id) return std::nullopt; // own mailboxes have one name
    return Place{owner->id, std::string(name.substr(slash + 1))};
}

std::optional<SeenMailbox> Places::find(std::string_view name)
{
    if (name.starts_with(school_prefix)) {
        look_again();
        make_class_folders();
    }
    auto const place = locate(name);
    auto mailbox = place ? store_.find(place->account, place->name) : std::nullopt;
    if (!mailbox) return std::nullopt;
    auto const granted = rights(*mailbox);
    if ((granted & mailbox::right_lookup) == 0) return std::nullopt;
    auto shown = name_of(*mailbox);
    bool const own = is_own(*mailbox);
    return SeenMailbox{std::move(shown), std::move(*mailbox), granted, own};
}

SeenMailbox Places::must_find(std::string_view name, mailbox::Rights needed, std::string const& missing)
{
    auto found = find(name);
    if (!found) throw_no(missing, "There is no such mailbox");
    if ((found->rights & needed) != needed) throw_no("NOPERM", "You have no right to do this in that mailbox");
    return std::move(*found);
}

Places::Place Places::must_locate_new(std::string_view name)
{
    auto place = locate(name);
    if (!place) throw_no("CANNOT", "That is not possible with this mailbox name");
    if (place->account == user_.id) return *place;
    look_again();
    if (place->account == mailbox::shared_account) make_class_folders();
    if (is_owner(user_, place->account)) return *place;
    auto const levels = mailbox::superiors(place->name);
    for (auto level = levels.rbegin(); level != levels.rend(); ++level) {
        auto const above = store_.find(place->account, *level);
        if (!above) continue;
        if ((rights(*above) & mailbox::right_create) != 0) return *place;
        break;
    }
    throw_no("NOPERM", "You have no right to make a mailbox there");
}

std::string Places::must_identifier(std::string_view text)
{
    if (base::equal_ignoring_case(text, "anyone")) return "anyone";
    if (text.starts_with('$')) {
        auto const name = base::lower(text.substr(1));
        auto const classes = directory_.classes();
        bool const is_class =
            std::any_of(classes.begin(), classes.end(), [&](auto const& one) { return one.address == name; });
        if (!is_class && std::find(std::begin(groups), std::end(groups), name) == std::end(groups))
            throw_no("NONEXISTENT", "There is no class or group of that name");
        return "$" + name;
    }
    auto const user = directory_.find_user(text.substr(0, text.find('@')));
    if (!user) throw_no("NONEXISTENT", "There is no user of that name; a class is written $x-tkj-1");
    return "@" + std::to_string(user->id);
}

std::optional<std::string> Places::show_identifier(std::string_view identifier)
{
    if (!identifier.starts_with('@')) return std::string(identifier);
    auto const id = base::parse_number(identifier.substr(1), INT64_MAX);
    auto const user = id ? directory_.find_user(static_cast<directory::UserId>(*id)) : std::nullopt;
    return user ? std::optional(user->login) : std::nullopt;
}

} // namespace maild::imap
