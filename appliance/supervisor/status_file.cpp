#include "appliance/supervisor/status_file.h"

#include "appliance/base/text.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace supervisor
{

namespace
{
constexpr std::size_t largest_status = 1 << 16;

std::string status_path(std::string const& folder) { return folder + "/run/status"; }
std::string lock_path(std::string const& folder) { return folder + "/run/supervisor.lock"; }

void set(ProcessStatus& process, std::string_view key, std::string_view value)
{
    if (key == "name")
        process.name = value;
    else if (key == "program")
        process.program = value;
    else if (key == "roles")
        process.roles = base::split_list(value);
    else if (key == "state")
        process.state = value;
    else if (key == "pid")
        process.pid = static_cast<long>(base::parse_number(value, INT32_MAX).value_or(0));
    else if (key == "since")
        process.since = static_cast<base::Timestamp>(base::parse_number(value, INT64_MAX).value_or(0));
    else if (key == "restarts")
        process.restarts = static_cast<unsigned>(base::parse_number(value, UINT32_MAX).value_or(0));
}

ProcessStatus parse_line(std::string_view line)
{
    ProcessStatus process;
    for (auto const field : base::split(line, ' ')) {
        auto const equals = field.find('=');
        if (equals != std::string_view::npos) set(process, field.substr(0, equals), field.substr(equals + 1));
    }
    return process;
}

struct flock whole_file(short type)
{
    struct flock lock {
    };
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    return lock;
}
} // namespace

std::string show(Status const& status)
{
    std::string text =
        "supervisor pid=" + std::to_string(status.supervisor) + " since=" + std::to_string(status.since) + "\n";
    for (auto const& process : status.processes)
        text += "process name=" + process.name + " program=" + process.program +
                " roles=" + base::join(process.roles, ",") + " state=" + process.state +
                " pid=" + std::to_string(process.pid) + " since=" + std::to_string(process.since) +
                " restarts=" + std::to_string(process.restarts) + "\n";
    return text;
}

Status parse_status(std::string_view text)
{
    Status status;
    for (auto const line : base::split(text, '\n')) {
        auto process = parse_line(line);
        if (line.starts_with("supervisor ")) {
            status.supervisor = process.pid;
            status.since = process.since;
        } else if (line.starts_with("process ") && !process.name.empty()) {
            status.processes.push_back(std::move(process));
        }
    }
    return status;
}

base::Result<void> write_status(std::string const& folder, Status const& status)
{
    return base::write_file_atomically(status_path(folder), show(status), 0644);
}

std::optional<Status> read_status(std::string const& folder)
{
    if (running_supervisor(folder) == 0) return std::nullopt;
    auto const text = base::read_file(status_path(folder), largest_status);
    if (!text) return std::nullopt;
    return parse_status(*text);
}

base::Result<base::Fd> lock_supervisor(std::string const& folder)
{
    auto const path = lock_path(folder);
    base::Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
    if (!file) return base::failed(path, std::strerror(errno), "check the owner of the state folder");
    auto lock = whole_file(F_WRLCK);
    // An open-file lock can be asked for without taking it, and goes with the process, however that ends.
    if (::fcntl(file.get(), F_OFD_SETLK, &lock) != 0)
        return base::failed(folder,
                            "the appliance runs already (process " + std::to_string(running_supervisor(folder)) + ")",
                            "stop it first, or choose another state folder");
    auto const pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(file.get(), 0) != 0 || ::pwrite(file.get(), pid.data(), pid.size(), 0) < 0)
        return base::failed(path, std::strerror(errno), "check the free space of the disk");
    return file;
}

long running_supervisor(std::string const& folder)
{
    base::Fd const file(::open(lock_path(folder).c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return 0;
    auto lock = whole_file(F_RDLCK);
    if (::fcntl(file.get(), F_OFD_GETLK, &lock) != 0 || lock.l_type == F_UNLCK) return 0;
    char text[32] = "";
    auto const size = ::pread(file.get(), text, sizeof text - 1, 0);
    if (size <= 0) return -1; // held, and not yet written
    return static_cast<long>(
        base::parse_number(base::trim({text, static_cast<std::size_t>(size)}), INT32_MAX).value_or(0));
}

} // namespace supervisor
