#include "appliance/supervisor/supervise.h"

#include "appliance/backup/restore.h"
#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/db/database.h"
#include "appliance/supervisor/attendant.h"
#include "appliance/supervisor/layout.h"
#include "dnsd/zone/zone_store.h"
#include "setup-tui/apply/mail_identity.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace supervisor
{

namespace
{
constexpr rlim_t wanted_files = 65536; // 10,000 idle connections, and room

/// Before any thread exists, so that all threads have them blocked and the loop reads them from a descriptor.
sigset_t block_signals()
{
    sigset_t set;
    sigemptyset(&set);
    for (int const signal : {SIGTERM, SIGINT, SIGCHLD}) sigaddset(&set, signal);
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    return set;
}

void allow_many_files()
{
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
    if (can_change_user()) files.rlim_max = std::max(files.rlim_max, wanted_files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
}

void enter_state_folder(std::string const& state)
{
    if (::chdir(state.c_str()) == 0 && ::access("school/school.db", F_OK) == 0) return;
    if (errno != ENOENT)
        throw base::Failure(base::failed(state, std::strerror(errno), "check the state folder's owner"));
    throw base::Failure(base::failed(state, "there is no school in it yet", "run 'kotakpos setup' first"));
}

/// Migrates, and stays open: users who may only read need somebody else to keep SQLite's shared memory file alive.
std::unique_ptr<db::Database> open_school()
{
    try {
        return std::make_unique<db::Database>(db::Options{"school/school.db", "school", db::Mode::read_write});
    } catch (base::StoreError const& error) {
        throw base::Failure(base::failed("school/school.db", error.what(), "restore the school from a backup"));
    }
}

/// The same for the zones; the layout has made the file, so that its owner is right from the start.
std::unique_ptr<db::Database> open_zones()
{
    try {
        return std::make_unique<db::Database>(db::Options{"dns/dns.db", "dns", db::Mode::read_write});
    } catch (base::StoreError const& error) {
        throw base::Failure(base::failed("dns/dns.db", error.what(), "restore the zones from a backup"));
    }
}

/// Boxes of before DKIM get their keys, and the zone what the settings say. Nothing of it keeps the box from
/// starting.
void prepare_mail(db::Database& school, db::Database& dns)
{
    try {
        auto const zones = dnsd::make_sql_zone_store(dns, dnsd::make_signer("dns-keys"));
        setup::prepare_mail_identity(school, dns, *zones, "dkim").value();
    } catch (std::exception const& error) { // mail goes unsigned, which is better than not at all
        base::log(base::Level::error, "", "mail-identity", {{"why", error.what()}});
    }
}

/// Two processes that turn the same new file into a database at once get in each other's way; so it is made here. One
/// that has something in it is kp-in's, and root does not read what kp-in wrote.
void make_spool()
{
    struct stat status {
    };
    if (::lstat("spool/spool.db", &status) != 0 || !S_ISREG(status.st_mode) || status.st_size != 0) return;
    try {
        db::Database const made({"spool/spool.db", "spool", db::Mode::read_write});
    } catch (base::StoreError const& error) {
        throw base::Failure(base::failed("spool/spool.db", error.what(), "check the free space of the disk"));
    }
}

std::vector<service::Socket> bind_all(config::Config const& config, Service const& service)
{
    std::vector<service::Socket> sockets;
    for (auto const& name : service.sockets)
        for (auto& socket : service::bind_sockets(config, name)) sockets.push_back(std::move(socket));
    return sockets;
}

std::vector<Attendant> prepare_attendants(Plan const& plan)
{
    std::vector<Attendant> attendants;
    for (auto const& service : plan.services) {
        auto program = open_program(service.program, plan.program_folders);
        if (!program) {
            // The other services are worth having without it; `status` shows that it is missing.
            base::log(base::Level::error, "", "program-missing",
                      {{"service", service.name}, {"to-do", program.error().to_do}});
            attendants.emplace_back(service);
            continue;
        }
        attendants.emplace_back(service, std::move(*program), bind_all(plan.config, service), plan.way);
    }
    for (auto const* socket : {"run/imap.sock", "run/submission.sock", "run/queue.poke", "run/mail.poke",
                               "run/dnsd.sock", "run/keeper.sock", "run/desk.sock", "run/desk-names.sock"})
        own(socket).value();
    return attendants;
}
} // namespace

int supervise(Plan const& plan)
{
    auto const signals = block_signals();
    ::umask(022);
    allow_many_files();
    auto const run = plan.config.in_state("run");
    if (::mkdir(run.c_str(), 0755) != 0 && errno != EEXIST && errno != ENOENT)
        throw base::Failure(base::failed("run", std::strerror(errno), "check the state folder's owner"));
    // First of all what a restore that was cut off has left to do; under the lock, as the restore itself.
    std::optional<base::Fd> lock;
    if (backup::is_restore_left(plan.config.state)) {
        lock = lock_supervisor(plan.config.state).value();
        backup::finish_restore(plan.config.state);
    }
    enter_state_folder(plan.config.state);
    if (!lock) lock = lock_supervisor(plan.config.state).value();
    prepare_layout().value();
    auto const school = open_school();
    auto const zones = open_zones();
    prepare_mail(*school, *zones);
    make_spool();
    auto const config_file = memory_file("kotakpos.conf", plan.config_text);
    Attendants attendants(prepare_attendants(plan), config_file.get(), plan.way);
    own("run/control.sock").value();
    return attendants.watch(signals);
}

} // namespace supervisor
