#include "appliance/cli/mail_access.h"

#include "appliance/base/text.h"
#include "appliance/daemon/sockets.h"
#include "appliance/supervisor/accounts.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace cli
{

namespace
{
constexpr char const* mail_folder = "mail";
constexpr char const* poke_socket = "run/mail.poke";

/// root may do everything, and would leave files that the daemon cannot touch.
void become_box_user()
{
    if (!supervisor::can_change_user()) return;
    auto const account = supervisor::account_of("kp-box");
    if (::setegid(account.group) != 0 || ::seteuid(account.user) != 0)
        throw base::Failure(base::failed("kp-box", std::strerror(errno), "run the command as root"));
}

base::Error no_such_user(std::string const& login)
{
    return base::refused(login, "there is no such user", "see 'kotakpos user list'");
}
} // namespace

MailAccess::MailAccess(Session& session) : session_(session)
{
    session.directory(); // opened with the rights of the caller
    struct stat status {
    };
    if (::stat(mail_folder, &status) != 0)
        throw base::Failure(base::failed("mail", "there are no mailboxes yet", "start the appliance first"));
    if (!supervisor::can_change_user() && status.st_uid != ::geteuid())
        throw base::Failure(base::failed("mail", "the mailboxes belong to another user", "run the command as root"));
    become_box_user();
    store_ = maild::mailbox::make_guest_mail_store(mail_folder);
}

MailAccess::~MailAccess()
{
    store_.reset();
    if (::getuid() == 0 && (::seteuid(0) != 0 || ::setegid(0) != 0)) std::abort(); // never go on as somebody else
}

std::vector<MailUser> MailAccess::users()
{
    std::vector<MailUser> users;
    for (auto const& user : session_.directory().users()) users.push_back({user.id, user.login, user.quota});
    std::sort(users.begin(), users.end(), [](auto const& a, auto const& b) { return a.login < b.login; });
    auto const known = users;
    for (auto const id : store_->accounts()) {
        bool const has_user =
            std::any_of(known.begin(), known.end(), [&](auto const& user) { return user.id == id; });
        if (!has_user) users.push_back({id, "#" + std::to_string(id), 0, true});
    }
    return users;
}

std::vector<MailUser> MailAccess::chosen(Arguments const& arguments)
{
    auto logins = arguments.operands;
    if (auto const one = arguments.value("--user")) logins.push_back(*one);
    auto const all = users();
    if (logins.empty()) return all;
    std::vector<MailUser> some;
    for (auto const& login : logins) {
        auto const found =
            std::find_if(all.begin(), all.end(), [&](auto const& user) { return user.login == base::lower(login); });
        if (found == all.end()) throw base::Failure(no_such_user(login));
        some.push_back(*found);
    }
    return some;
}

MailUser MailAccess::must_find(std::string const& login)
{
    for (auto const& user : users()) {
        if (user.login != base::lower(login)) continue;
        if (!user.is_deleted) store_->ensure_account(user.id);
        return user;
    }
    throw base::Failure(no_such_user(login));
}

void MailAccess::tell_daemon() { service::poke(poke_socket); }

std::string whole_path(std::string const& path)
{
    if (path.empty()) return path;
    return std::filesystem::absolute(path).lexically_normal().string();
}

} // namespace cli
