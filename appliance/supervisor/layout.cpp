#include "appliance/supervisor/layout.h"

#include "appliance/base/file.h"
#include "appliance/supervisor/accounts.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace supervisor
{

namespace
{
enum class Kind {
    folder,   ///< made when missing
    file,     ///< made empty when missing: the daemons' users must find it with the right mode
    if_there, ///< only adjusted
};

struct Entry {
    std::string_view path;
    Kind kind;
    std::string_view owner;
    std::string_view group;
    mode_t mode;
};

/// The setgid bit hands the folder's group to what is made in it.
constexpr Entry layout[] = {
    {".", Kind::folder, "root", "root", 0755},
    {"ca.crt", Kind::if_there, "root", "root", 0644},
    {"tls", Kind::folder, "root", "root", 0755},
    {"tls/ca.key", Kind::if_there, "root", "root", 0600},
    {"tls/server.crt", Kind::if_there, "root", "root", 0644},
    {"tls/server.key", Kind::if_there, "root", "kotakpos", 0640},
    {"school", Kind::folder, "kp-web", "kotakpos", 02750},
    {"school/school.db", Kind::if_there, "kp-web", "kotakpos", 0640},
    {"school/school.db-wal", Kind::if_there, "kp-web", "kotakpos", 0640},
    {"school/school.db-shm", Kind::if_there, "kp-web", "kotakpos", 0640},
    {"dns", Kind::folder, "kp-zone", "kotakpos", 02750},
    {"dns/dns.db", Kind::file, "kp-zone", "kotakpos", 0640},
    {"dns/dns.db-wal", Kind::if_there, "kp-zone", "kotakpos", 0640},
    {"dns/dns.db-shm", Kind::if_there, "kp-zone", "kotakpos", 0640},
    {"dns-keys", Kind::folder, "kp-zone", "kotakpos", 0700},
    {"spool", Kind::folder, "kp-in", "kp-spool", 02770},
    {"spool/body", Kind::folder, "kp-in", "kp-spool", 02770},
    {"spool/spool.db", Kind::file, "kp-in", "kp-spool", 0660},
    {"mail", Kind::folder, "kp-box", "kotakpos", 0700},
    {"mail-secrets", Kind::folder, "kp-box", "kotakpos", 0700},
    {"dkim", Kind::folder, "kp-box", "kotakpos", 0700},
    {"run", Kind::folder, "root", "root", 0755},
    {"run/imap.sock", Kind::if_there, "kp-web", "kotakpos", 0600},
    {"run/submission.sock", Kind::if_there, "kp-web", "kotakpos", 0600},
    {"run/desk.sock", Kind::if_there, "kp-web", "kotakpos", 0600},
    {"run/desk-names.sock", Kind::if_there, "kp-web", "kotakpos", 0600},
    {"run/control.sock", Kind::if_there, "kp-desk", "kotakpos", 0600},
    {"run/queue.poke", Kind::if_there, "kp-in", "kp-spool", 0660},
    {"run/mail.poke", Kind::if_there, "kp-box", "kotakpos", 0600},
    {"run/dnsd.sock", Kind::if_there, "kp-web", "kotakpos", 0600},
    {"run/keeper.sock", Kind::if_there, "kp-dns", "kotakpos", 0600},
    {"web", Kind::folder, "kp-web", "kotakpos", 02750},
    {"site", Kind::folder, "kp-desk", "kotakpos", 0755},
};

base::Error error_of(std::string_view path)
{
    return base::failed(std::string(path), std::strerror(errno), "check the owner of the state folder");
}

std::string place(std::string const& state, Entry const& entry) { return state + "/" + std::string(entry.path); }

base::Result<void> make(std::string const& path, Entry const& entry)
{
    if (entry.kind == Kind::folder && ::mkdir(path.c_str(), entry.mode & 0777) != 0 && errno != EEXIST)
        return error_of(entry.path);
    if (entry.kind == Kind::file) {
        base::Fd const file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, entry.mode));
        if (!file && errno != EEXIST) return error_of(entry.path);
    }
    return {};
}

/// Changes the inode behind the descriptor and never what a name was exchanged for.
base::Result<void> set_owner(int fd, struct stat const& status, Entry const& entry)
{
    auto const user = user_id(entry.owner);
    auto const group = group_id(entry.group);
    if ((status.st_uid != user || status.st_gid != group) && ::fchownat(fd, "", user, group, AT_EMPTY_PATH) != 0)
        return error_of(entry.path);
    if ((status.st_mode & 07777) == entry.mode) return {};
    auto const link = "/proc/self/fd/" + std::to_string(fd);
    if (::chmod(link.c_str(), entry.mode) != 0) return error_of(entry.path);
    return {};
}

/// The folder was not its daemon's yet (first start, restored backup): so is nothing in it.
void own_contents(std::string const& path, Entry const& entry)
{
    auto const user = user_id(entry.owner);
    auto const group = group_id(entry.group);
    std::error_code error;
    for (auto const& inside : std::filesystem::recursive_directory_iterator(path, error))
        if (::lchown(inside.path().c_str(), user, group) != 0 && errno != ENOENT) return;
}

base::Result<void> adjust(std::string const& path, Entry const& entry)
{
    base::Fd const file(::open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat status {
    };
    if (!file || ::fstat(file.get(), &status) != 0) {
        if (errno == ENOENT && entry.kind == Kind::if_there) return {};
        return error_of(entry.path);
    }
    bool const is_folder = S_ISDIR(status.st_mode);
    // A symbolic link, or a second name of somebody's file, is not ours to give away.
    if (S_ISLNK(status.st_mode) || is_folder != (entry.kind == Kind::folder) || (!is_folder && status.st_nlink != 1))
        return base::failed(std::string(entry.path), "this is not what belongs there", "look at it and move it away");
    if (is_folder && entry.owner != "root" && status.st_uid != user_id(entry.owner)) own_contents(path, entry);
    return set_owner(file.get(), status, entry);
}
} // namespace

base::Result<void> prepare_layout(std::string const& state)
{
    for (auto const& entry : layout) {
        auto const path = place(state, entry);
        if (auto made = make(path, entry); !made) return made;
        if (!can_change_user()) continue;
        if (auto adjusted = adjust(path, entry); !adjusted) return adjusted;
    }
    return {};
}

base::Result<void> own(std::string_view path)
{
    if (!can_change_user()) return {};
    for (auto const& entry : layout)
        if (entry.path == path) return adjust(place(".", entry), entry);
    return {};
}

} // namespace supervisor
