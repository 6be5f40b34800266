// What the confinement of Daemon::confine really forbids, seen from a confined child.

#include "appliance/base/file.h"
#include "appliance/base/log.h"
#include "appliance/daemon/daemon.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <functional>
#include <linux/landlock.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace
{
bool kernel_has_landlock()
{
    return ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION) > 0;
}

struct State {
    support::TempFolder folder;
    State()
    {
        for (auto const* name : {"school", "spool", "mail"}) std::filesystem::create_directory(folder / name);
        for (auto const* name : {"school/a", "spool/a", "mail/a", "secret"}) std::ofstream(folder / name) << "x";
        std::ofstream(folder / "kotakpos.conf") << "state = " << folder.path() << "\n";
    }
};

int error_of_open(char const* path, int flags)
{
    base::Fd const file(::open(path, flags | O_CLOEXEC, 0600));
    return file ? 0 : errno;
}

/// Runs `look` in a child that confined itself as kp-in would; gives its exit code.
int in_confined_child(State const& state, std::function<int()> const& look)
{
    auto const child = ::fork();
    if (child == 0) {
        auto config = state.folder / "kotakpos.conf";
        std::string program = "maild", option = "--config";
        char* arguments[] = {program.data(), option.data(), config.data(), nullptr};
        ::setenv("KOTAKPOS_SOCKETS", "", 1); // as the supervisor starts it, which has chosen the folder
        if (::chdir(state.folder.path().c_str()) != 0) ::_exit(99);
        base::set_log_level(base::Level::error);
        service::Daemon daemon(3, arguments, "maild", {});
        daemon.confine({.read = {"school"}, .write = {"spool"}});
        ::_exit(look());
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    return WEXITSTATUS(status);
}
} // namespace

TEST_CASE("a confined daemon cannot open a forbidden file", "[confine]")
{
    if (!kernel_has_landlock()) {
        WARN("this kernel has no Landlock: not tested");
        return;
    }
    State const state;
    CHECK(in_confined_child(state, [] { return error_of_open("mail/a", O_RDONLY); }) == EACCES);
    CHECK(in_confined_child(state, [] { return error_of_open("secret", O_RDONLY); }) == EACCES);
    CHECK(in_confined_child(state, [] { return error_of_open("new", O_WRONLY | O_CREAT); }) == EACCES);
    CHECK(in_confined_child(state, [] { return error_of_open("school/a", O_WRONLY); }) == EACCES);
    CHECK(in_confined_child(state, [] { return error_of_open("school/new", O_WRONLY | O_CREAT); }) == EACCES);
}

TEST_CASE("a confined daemon reads and writes what it was given", "[confine]")
{
    State const state;
    CHECK(in_confined_child(state, [] { return error_of_open("school/a", O_RDONLY); }) == 0);
    CHECK(in_confined_child(state, [] { return error_of_open("spool/a", O_RDWR); }) == 0);
    CHECK(in_confined_child(state, [] { return error_of_open("spool/new", O_WRONLY | O_CREAT); }) == 0);
    CHECK(in_confined_child(state, [] { return error_of_open("/etc/passwd", O_RDONLY); }) == 0);
}

TEST_CASE("a confined daemon runs no other program", "[confine]")
{
    if (!kernel_has_landlock()) {
        WARN("this kernel has no Landlock: not tested");
        return;
    }
    State const state;
    CHECK(in_confined_child(state, [] {
              ::execl("/bin/true", "true", nullptr);
              return errno;
          }) == EACCES);
}

TEST_CASE("a confined daemon has no capabilities, gains none and dumps no core", "[confine]")
{
    State const state;
    CHECK(in_confined_child(state, [] {
              rlimit core{};
              ::getrlimit(RLIMIT_CORE, &core);
              cap_t const mine = ::cap_get_proc();
              cap_t const none = ::cap_init();
              bool const empty = ::cap_compare(mine, none) == 0;
              bool const no_new = ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
              return empty && no_new && core.rlim_max == 0 ? 0 : 1;
          }) == 0);
}

TEST_CASE("confining is refused while there are threads that it would not hold", "[confine]")
{
    State const state;
    auto const child = ::fork();
    if (child == 0) {
        auto config = state.folder / "kotakpos.conf";
        std::string program = "maild", option = "--config";
        char* arguments[] = {program.data(), option.data(), config.data(), nullptr};
        service::Daemon daemon(3, arguments, "maild", {});
        std::thread other([] { ::pause(); });
        try {
            daemon.confine({});
        } catch (base::Failure const&) {
            ::_exit(0);
        }
        ::_exit(1);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WEXITSTATUS(status) == 0);
}
