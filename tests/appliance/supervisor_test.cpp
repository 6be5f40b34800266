#include "appliance/base/file.h"
#include "appliance/config/config.h"
#include "appliance/supervisor/accounts.h"
#include "appliance/supervisor/layout.h"
#include "appliance/supervisor/programs.h"
#include "appliance/supervisor/restart_delay.h"
#include "appliance/supervisor/services.h"
#include "appliance/supervisor/status_file.h"
#include "tests/support/catch.h"
#include "tests/support/temp_folder.h"

#include <filesystem>
#include <fstream>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

using std::chrono::milliseconds;

namespace
{
/// Makes the folder the working directory for the test.
class In
{
public:
    explicit In(std::string const& folder) : before_(std::filesystem::current_path())
    {
        std::filesystem::current_path(folder);
    }
    ~In() { std::filesystem::current_path(before_); }

private:
    std::filesystem::path before_;
};

struct stat status_of(std::string const& path)
{
    struct stat status {
    };
    REQUIRE(::lstat(path.c_str(), &status) == 0);
    return status;
}

void write(std::string const& path, std::string const& text) { std::ofstream(path) << text; }
} // namespace

TEST_CASE("a crashed daemon starts again at once, and ever more slowly while it keeps crashing", "[supervisor]")
{
    supervisor::RestartDelay delay;
    std::vector<long> delays;
    for (int i = 0; i < 10; ++i) delays.push_back(delay.after_crash(milliseconds{5}).count());
    CHECK(delays == std::vector<long>{0, 100, 200, 400, 800, 1600, 3200, 6400, 10000, 10000});
}

TEST_CASE("a daemon that was healthy for a while starts again at once", "[supervisor]")
{
    supervisor::RestartDelay delay;
    for (int i = 0; i < 5; ++i) static_cast<void>(delay.after_crash(milliseconds{0}));
    CHECK(delay.after_crash(milliseconds{60000}) == milliseconds{0});
    CHECK(delay.after_crash(milliseconds{0}) == milliseconds{100});
}

TEST_CASE("every configured service is served by exactly one process", "[supervisor]")
{
    std::multiset<std::string> sockets;
    for (auto const& service : supervisor::services())
        for (auto const& socket : service.sockets) sockets.insert(socket.substr(0, socket.find("-udp")));
    for (auto const& port : config::service_ports()) CHECK(sockets.count(std::string(port.name)) == 1);
}

TEST_CASE(
    "only the mail daemons and the desk may write the spool, only the box the mailboxes, only kp-zone the zones",
    "[supervisor]")
{
    for (auto const& service : supervisor::services()) {
        auto const writes = [&](std::string const& path) {
            return std::find(service.writes.begin(), service.writes.end(), path) != service.writes.end();
        };
        CHECK(writes("spool") == (service.program == "maild" || service.name == "desk"));
        CHECK(writes("mail") == (service.name == "maild-box"));
        CHECK(writes("school") == (service.name == "httpd"));
        CHECK(writes("dns") == (service.user == "kp-zone"));
        CHECK(writes("dns-keys") == (service.user == "kp-zone"));
    }
}

// desk-names does nothing that the keeper may not do (appliance/desk/README.md).
TEST_CASE("every daemon has a user of its own that is not root; only the zones have two", "[supervisor]")
{
    std::set<std::string> users;
    for (auto const& service : supervisor::services()) users.insert(service.user);
    CHECK(users.size() + 1 == supervisor::services().size());
    CHECK(!users.contains("root"));
    if (!supervisor::can_change_user()) return;
    for (auto const& user : users) CHECK(supervisor::account_of(user).user != 0);
}

TEST_CASE("the status file says the same after reading", "[supervisor]")
{
    supervisor::Status status{12,
                              34,
                              {{"maild-in", "maild", {"smtp", "submission"}, "ready", 56, 78, 9},
                               {"dnsd", "dnsd", {}, "missing", 0, 1, 0}}};
    CHECK(supervisor::parse_status(supervisor::show(status)) == status);
}

TEST_CASE("a damaged status file gives what can be read", "[supervisor]")
{
    CHECK(supervisor::parse_status("").processes.empty());
    CHECK(supervisor::parse_status("process\nprocess pid=1\n=\nx=y\n").processes.empty());
    auto const status = supervisor::parse_status("process name=a pid=99999999999999999999 restarts=-1 since=x");
    REQUIRE(status.processes.size() == 1);
    CHECK(status.processes[0].pid == 0);
}

TEST_CASE("a second supervisor on the same state is refused with the pid of the first", "[supervisor]")
{
    support::TempFolder folder;
    std::filesystem::create_directory(folder / "run");
    CHECK(supervisor::running_supervisor(folder.path()) == 0);
    auto first = supervisor::lock_supervisor(folder.path()).value();
    CHECK(supervisor::running_supervisor(folder.path()) == ::getpid());
    auto const second = supervisor::lock_supervisor(folder.path());
    REQUIRE(!second.ok());
    CHECK_THAT(second.error().line(), Catch::Contains(std::to_string(::getpid())));
    first.reset();
    CHECK(supervisor::running_supervisor(folder.path()) == 0);
    CHECK(supervisor::lock_supervisor(folder.path()).ok());
}

TEST_CASE("the status of a supervisor that is gone is not believed", "[supervisor]")
{
    support::TempFolder folder;
    std::filesystem::create_directory(folder / "run");
    supervisor::write_status(folder.path(), {1, 2, {}}).value();
    CHECK(!supervisor::read_status(folder.path()));
    auto const lock = supervisor::lock_supervisor(folder.path()).value();
    CHECK(supervisor::read_status(folder.path()).has_value());
}

TEST_CASE("a program is found in a folder of its name and beside others", "[supervisor]")
{
    support::TempFolder folder;
    std::filesystem::create_directory(folder / "dnsd");
    write(folder / "dnsd/dnsd", "x");
    write(folder / "maild", "x");
    CHECK(supervisor::open_program("dnsd", {"/nowhere", folder.path()}).value().path == folder / "dnsd/dnsd");
    CHECK(supervisor::open_program("maild", {folder.path()}).value().path == folder / "maild");
    CHECK(!supervisor::open_program("httpd", {folder.path()}).ok());
}

TEST_CASE("what the daemons share in memory cannot be changed by one of them", "[supervisor]")
{
    auto const file = supervisor::memory_file("kotakpos.conf", "lab = yes\n");
    CHECK(::pwrite(file.get(), "x", 1, 0) == -1);
    CHECK(::ftruncate(file.get(), 0) == -1);
    char text[20] = "";
    CHECK(::pread(file.get(), text, sizeof text, 0) == 10);
    CHECK(std::string(text) == "lab = yes\n");
}

TEST_CASE("the layout makes what is missing and can be prepared again", "[supervisor]")
{
    support::TempFolder folder;
    In const in(folder.path());
    supervisor::prepare_layout().value();
    supervisor::prepare_layout().value();
    for (auto const* name : {"tls", "school", "spool/body", "mail", "run", "site"})
        CHECK(std::filesystem::is_directory(name));
    CHECK(std::filesystem::is_regular_file("spool/spool.db"));
}

TEST_CASE("as root, each folder belongs to its daemon and the CA's key to root alone", "[supervisor]")
{
    if (!supervisor::can_change_user()) {
        WARN("not root: owners cannot be tested");
        return;
    }
    support::TempFolder folder;
    In const in(folder.path());
    std::filesystem::create_directories("mail/blobs");
    std::filesystem::create_directory("tls");
    write("mail/blobs/one", "x");
    write("tls/ca.key", "x");
    write("tls/server.key", "x");
    supervisor::prepare_layout().value();
    CHECK(status_of("mail").st_uid == supervisor::user_id("kp-box"));
    CHECK(status_of("mail/blobs/one").st_uid == supervisor::user_id("kp-box"));
    CHECK((status_of("mail").st_mode & 07777) == 0700);
    CHECK((status_of("spool").st_mode & 07777) == 02770);
    CHECK(status_of("spool").st_gid == supervisor::group_id("kp-spool"));
    CHECK(status_of("tls/ca.key").st_uid == 0);
    CHECK((status_of("tls/ca.key").st_mode & 07777) == 0600);
    CHECK(status_of("tls/server.key").st_gid == supervisor::group_id("kotakpos"));
    CHECK((status_of("tls/server.key").st_mode & 07777) == 0640);
}

TEST_CASE("as root, a link that a daemon put in the way is not followed", "[supervisor]")
{
    if (!supervisor::can_change_user()) {
        WARN("not root: owners cannot be tested");
        return;
    }
    support::TempFolder folder;
    In const in(folder.path());
    supervisor::prepare_layout().value();
    write("victim", "x");
    std::filesystem::create_symlink("../victim", "school/school.db");
    CHECK(!supervisor::prepare_layout().ok());
    CHECK(status_of("victim").st_uid == 0);

    std::filesystem::remove("school/school.db");
    std::filesystem::create_hard_link("victim", "school/school.db");
    CHECK(!supervisor::prepare_layout().ok());
    CHECK(status_of("victim").st_uid == 0);

    std::filesystem::remove("school/school.db");
    for (auto const* mine :
         {"spool/body/mine", "site/mine"}) { // made by somebody in a folder that is a daemon's already
        write(mine, "x");
        supervisor::prepare_layout().value();
        CHECK(status_of(mine).st_uid == 0);
    }
}
