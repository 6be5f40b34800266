#include "setup-tui/admin/log_source.h"

#include "appliance/base/file.h"
#include "setup-tui/admin/run_program.h"

#include <cerrno>
#include <climits>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

namespace setup
{

namespace
{
constexpr off_t most_past = 256 << 10; ///< bytes of a log file that are shown from before
constexpr std::size_t longest_line = 4096;

/// Takes lines apart as bytes come; a file that was cut or begun anew is read from its start.
class Lines
{
public:
    Lines(base::Fd fd, std::shared_ptr<RunningProgram> program, std::string only)
        : fd_(std::move(fd)), program_(std::move(program)), only_(std::move(only))
    {
    }

    std::optional<std::string> next()
    {
        for (;;) {
            auto line = take();
            if (!line) return std::nullopt;
            if (line->find(only_) != std::string::npos) return line;
        }
    }

private:
    std::optional<std::string> take()
    {
        auto end = waiting_.find('\n');
        if (end == std::string::npos && !read_more()) return std::nullopt;
        end = waiting_.find('\n');
        if (end == std::string::npos && waiting_.size() < longest_line) return std::nullopt;
        auto const size = end == std::string::npos ? waiting_.size() : end;
        auto line = waiting_.substr(0, size);
        waiting_.erase(0, size + 1);
        return line;
    }

    bool read_more()
    {
        char bytes[8192];
        auto const count = ::read(fd_.get(), bytes, sizeof bytes);
        if (count <= 0) {
            struct stat status {
            };
            if (!program_ && ::fstat(fd_.get(), &status) == 0 && status.st_size < ::lseek(fd_.get(), 0, SEEK_CUR))
                ::lseek(fd_.get(), 0, SEEK_SET);
            return false;
        }
        waiting_.append(bytes, static_cast<std::size_t>(count));
        return true;
    }

    base::Fd fd_;
    std::shared_ptr<RunningProgram> program_; ///< journalctl, ended with this
    std::string only_;
    std::string waiting_;
};

NextLine lines_of(base::Fd fd, std::shared_ptr<RunningProgram> program, std::string const& only)
{
    auto lines = std::make_shared<Lines>(std::move(fd), std::move(program), only);
    return [lines] { return lines->next(); };
}

base::Result<NextLine> journal(std::string const& only)
{
    auto program = std::make_shared<RunningProgram>(
        std::vector<std::string>{"journalctl", "-q", "-n", "500", "-f", "-o", "cat", "-t", "kotakpos"});
    auto fd = program->take_output();
    if (!fd) return base::failed("journalctl", "it cannot be started", "look into the log as root");
    ::fcntl(fd.get(), F_SETFL, O_NONBLOCK);
    return lines_of(std::move(fd), std::move(program), only);
}
} // namespace

base::Result<NextLine> open_log(long supervisor, std::string const& only)
{
    auto const link = "/proc/" + std::to_string(supervisor) + "/fd/2";
    char target[PATH_MAX];
    auto const size = ::readlink(link.c_str(), target, sizeof target);
    if (size < 0) return base::failed("the log", "the appliance is not running", "start it with 'kotakpos run'");
    std::string_view const where(target, static_cast<std::size_t>(size));
    if (where.starts_with("socket:")) return journal(only); // systemd gives its services a socket to the journal
    base::Fd fd(::open(link.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status {
    };
    if (!fd || ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode))
        return base::failed("the log", "it goes to the terminal in which the appliance was started",
                            "look there, or start it with 'kotakpos run 2>> FILE'");
    ::lseek(fd.get(), std::max<off_t>(0, status.st_size - most_past), SEEK_SET);
    return lines_of(std::move(fd), nullptr, only);
}

} // namespace setup
