#include "appliance/base/file.h"
#include "appliance/base/log.h"
#include "appliance/daemon/daemon.h"

#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <linux/landlock.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace service
{

namespace
{
/// Read by libraries at run time: shared objects, iconv's modules, resolv.conf, certificates, the sanitizers' own
/// maps.
constexpr char const* system_paths[] = {"/usr",      "/lib",         "/lib64",     "/etc",
                                        "/dev/null", "/dev/urandom", "/proc/self", "/sys/devices/system/cpu"};

constexpr std::uint64_t file_read = LANDLOCK_ACCESS_FS_READ_FILE;
constexpr std::uint64_t folder_read = file_read | LANDLOCK_ACCESS_FS_READ_DIR;
/// Renaming from one folder to another; without it such a rename fails with EXDEV. Newer than the first version.
constexpr std::uint64_t refer_access = 1ULL << 13;    // LANDLOCK_ACCESS_FS_REFER
constexpr std::uint64_t truncate_access = 1ULL << 14; // LANDLOCK_ACCESS_FS_TRUNCATE, newer than Debian 12's header
constexpr std::uint64_t folder_write = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |
                                       LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                                       LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_SOCK;
constexpr std::uint64_t everything = folder_read | folder_write | LANDLOCK_ACCESS_FS_EXECUTE |
                                     LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
                                     LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_SYM;

void allow(int ruleset, std::string const& path, std::uint64_t access)
{
    base::Fd const folder(::open(path.c_str(), O_PATH | O_CLOEXEC));
    if (!folder) return;
    struct stat status {
    };
    if (::fstat(folder.get(), &status) != 0) return;
    if (!S_ISDIR(status.st_mode)) access &= file_read | LANDLOCK_ACCESS_FS_WRITE_FILE | truncate_access;
    landlock_path_beneath_attr rule{};
    rule.allowed_access = access;
    rule.parent_fd = folder.get();
    ::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

/// Gives the kernel's Landlock version, 0 when there is none.
long restrict_files(Confinement const& confinement)
{
    long const version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version <= 0) return 0;
    std::uint64_t const newer = (version >= 2 ? refer_access : 0) | (version >= 3 ? truncate_access : 0);
    landlock_ruleset_attr attributes{};
    attributes.handled_access_fs = everything | newer;
    base::Fd const ruleset(
        static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0)));
    if (!ruleset) return 0;
    for (auto const* path : system_paths) allow(ruleset.get(), path, folder_read);
    for (auto const* variable : {"SSL_CERT_FILE", "SSL_CERT_DIR"}) // CAs in place of the system's, as OpenSSL has it
        if (auto const* path = std::getenv(variable)) allow(ruleset.get(), path, folder_read);
    for (auto const& path : confinement.read) allow(ruleset.get(), path, folder_read);
    for (auto const& path : confinement.write) allow(ruleset.get(), path, folder_read | folder_write | newer);
    if (::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0) return 0;
    return version;
}

/// Landlock, capabilities and "no new privileges" belong to a thread: one that is there already would stay free.
void require_single_thread()
{
    std::error_code error;
    auto const tasks = std::filesystem::directory_iterator("/proc/self/task", error);
    if (!error && std::distance(begin(tasks), end(tasks)) > 1)
        throw base::Failure(
            base::failed("confine", "there are other threads already", "this is a mistake in the program"));
}

void drop_capabilities()
{
    cap_t const none = ::cap_init();
    ::cap_set_proc(none);
    ::cap_free(none);
}

void limit_resources()
{
    rlimit const no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
}
} // namespace

void Daemon::confine(Confinement const& confinement)
{
    require_single_thread();
    ::umask(007);
    limit_resources();
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    auto allowed = confinement;
    if (!std::getenv("KOTAKPOS_SOCKETS")) allowed.write.emplace_back(".");
    auto const version = restrict_files(allowed);
    drop_capabilities();
    if (::geteuid() == 0)
        base::log(base::Level::warning, "", "running-as-root", {{"to-do", "start it through 'kotakpos run'"}});
    base::log(version > 0 ? base::Level::info : base::Level::warning, "", "confined",
              {{"landlock", std::to_string(version)}, {"uid", std::to_string(::geteuid())}});
}

} // namespace service
