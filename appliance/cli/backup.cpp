#include "appliance/backup/restore.h"
#include "appliance/backup/save.h"
#include "appliance/base/text.h"
#include "appliance/box/programs.h"
#include "appliance/cli/mail_access.h"
#include "appliance/cli/nouns.h"
#include "appliance/cli/output.h"
#include "appliance/supervisor/status_file.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <optional>
#include <thread>
#include <unistd.h>

namespace cli
{

namespace
{
constexpr unsigned stop_seconds = 30;
constexpr char const* unit = "kotakpos.service";

std::string the_file(Arguments const& arguments) { return whole_path(arguments.operands.front()); }

/// Percent on a terminal.
backup::Progress show_on(Progress& progress)
{
    return [&progress](unsigned percent) { progress.show(percent); };
}

void print_about(Session& session, backup::About const& about)
{
    print(session.text(
              "Made {1}, school {2}: {3} files, {4}.",
              {about.made, printable(about.domain), std::to_string(about.files), base::show_size(about.bytes)}) +
          "\n");
}

int make(Session& session, Arguments const& arguments)
{
    auto const file = the_file(arguments);
    session.directory(); // enters the state folder
    if (!std::filesystem::is_directory(std::filesystem::path(file).parent_path()))
        throw base::Failure(base::refused(file, "there is no such folder", "make it first, or put the USB stick in"));
    auto const now = base::system_clock().now();
    backup::Saved saved;
    {
        Progress progress(session.text("Saving"), 100);
        saved = backup::save({.file = file,
                              .config_text = base::read_file(session.config_file()).value(),
                              .domain = session.directory().domain(),
                              .progress = show_on(progress)},
                             now);
    }
    session.directory().set_setting(last_backup_time, std::to_string(now));
    session.directory().set_setting(last_backup_file, file);
    print(session.text(
              "Saved: {1} ({2} files, {3}, {4} in the file).",
              {file, std::to_string(saved.files), base::show_size(saved.bytes), base::show_size(saved.compressed)}) +
          "\n" +
          session.text("It holds all passwords and mail: keep it safe, and not on this disk only. 'kotakpos verify' "
                       "checks it.") +
          "\n");
    return 0;
}

int verify(Session& session, Arguments const& arguments)
{
    auto const file = the_file(arguments);
    backup::About about;
    {
        Progress progress(session.text("Checking"), 100);
        about = backup::verify(file, file + ".verify", show_on(progress));
    }
    print_about(session, about);
    print(mark(true) + " " + session.text("The backup is whole: every file and every database is in order.") + "\n");
    return 0;
}

/// systemd starts a service again that was only told to stop.
bool is_systemd_service() { return box::is_the_box() && box::run({"systemctl", "is-active", "--quiet", unit}) == 0; }

/// Stops what runs there. True: systemd is to start it again.
bool stop_appliance(std::string const& state)
{
    bool const is_service = is_systemd_service();
    if (is_service) {
        if (box::run({"systemctl", "stop", unit}) != 0)
            throw base::Failure(base::failed("systemctl", "the appliance does not stop", "look into the log"));
    } else if (auto const pid = supervisor::running_supervisor(state);
               pid > 0 && ::kill(static_cast<pid_t>(pid), SIGTERM) != 0) {
        throw base::Failure(base::failed(state, std::strerror(errno), "run the command as root"));
    }
    for (unsigned tries = 0; supervisor::running_supervisor(state) != 0; ++tries) {
        if (tries == stop_seconds * 10)
            throw base::Failure(
                base::failed(state, "the appliance does not stop", "stop it yourself, then try again"));
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return is_service;
}

/// The machine's own configuration stays; a machine without one gets that of the backup.
void prepare_config(Session& session, std::string const& file)
{
    if (::access(session.config_file().c_str(), F_OK) == 0) return;
    auto const folder = std::filesystem::path(whole_path(session.config_file())).parent_path().string();
    base::make_folders(folder, 0755).value();
    base::write_file_atomically(session.config_file(), backup::read_config(file), 0644).value();
    print(session.text("There was no configuration: {1} is that of the backup.", {session.config_file()}) + "\n");
}

int restore(Session& session, Arguments const& arguments)
{
    auto const file = the_file(arguments);
    auto const config_file = whole_path(session.config_file());
    prepare_config(session, file);
    auto const state = session.config().state;
    base::make_folders(state, 0755).value();
    bool const is_used = ::access((state + "/school/school.db").c_str(), F_OK) == 0;
    if (is_used && !arguments.has("--force"))
        throw base::Failure(
            base::refused(state, "there is a school in it already",
                          "write --force to put the backup in its place; the old one stays beside it"));
    bool is_service = false;
    if (supervisor::running_supervisor(state) != 0) {
        if (!arguments.has("--stop"))
            throw base::Failure(
                base::refused(state, "the appliance runs", "stop it first, or write --stop to have it stopped"));
        is_service = stop_appliance(state);
    }
    std::filesystem::create_directory(state + "/run");
    backup::Restored restored;
    {
        auto const lock = supervisor::lock_supervisor(state).value();
        Progress progress(session.text("Restoring"), 100);
        restored = backup::restore(file, state, show_on(progress));
    }
    print_about(session, restored.about);
    print(mark(true) + " " + session.text("Restored. Mail that came after the backup is not in it.") + "\n");
    if (!restored.old_state.empty())
        print(session.text("What was there before is in {1}; remove it when you do not need it any more.",
                           {restored.old_state}) +
              "\n");
    if (is_service && box::run({"systemctl", "start", unit}) != 0)
        throw base::Failure(base::failed("systemctl", "the appliance does not start", "look into the log"));
    if (!is_service) print(session.text("Start the appliance now.") + "\n");
    return 0;
}

Command with_file(Action action, std::vector<Option> options, std::string summary)
{
    return {.verb = "",
            .operands = "FILE",
            .least_operands = 1,
            .most_operands = 1,
            .options = std::move(options),
            .summary = std::move(summary),
            .action = action};
}
} // namespace

std::vector<Command> backup_commands()
{
    return {with_file(make, {}, "Saves the whole school in one file, while everything runs.")};
}
std::vector<Command> restore_commands()
{
    return {
        with_file(restore, {{"--force", ""}, {"--stop", ""}},
                  "Brings a saved school back; --force replaces the one that is there, --stop stops the appliance.")};
}
std::vector<Command> verify_commands()
{
    return {with_file(verify, {}, "Checks that a backup is whole and can be read.")};
}

} // namespace cli
