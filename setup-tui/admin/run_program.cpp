#include "setup-tui/admin/run_program.h"

#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace setup
{

namespace
{
constexpr int not_started = 127;
constexpr std::size_t most_output = 64 << 10;

/// What posix_spawn is told beside the words.
class SpawnOptions
{
public:
    SpawnOptions()
    {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawnattr_init(&attributes_);
        sigset_t none, usual;
        sigemptyset(&none);
        sigemptyset(&usual);
        for (int const signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE}) sigaddset(&usual, signal);
        ::posix_spawnattr_setsigmask(&attributes_, &none);
        ::posix_spawnattr_setsigdefault(&attributes_, &usual);
        ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    }
    ~SpawnOptions()
    {
        ::posix_spawn_file_actions_destroy(&actions_);
        ::posix_spawnattr_destroy(&attributes_);
    }
    SpawnOptions(SpawnOptions const&) = delete;
    SpawnOptions& operator=(SpawnOptions const&) = delete;

    void write_to(int fd)
    {
        ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_adddup2(&actions_, fd, STDOUT_FILENO);
        ::posix_spawn_file_actions_adddup2(&actions_, fd, STDERR_FILENO);
    }

    /// 0: it could not be started.
    pid_t start(std::vector<std::string>& words) const
    {
        std::vector<char*> arguments;
        for (auto& word : words) arguments.push_back(word.data());
        arguments.push_back(nullptr);
        pid_t pid = 0;
        return ::posix_spawnp(&pid, arguments[0], &actions_, &attributes_, arguments.data(), environ) == 0 ? pid : 0;
    }

private:
    posix_spawn_file_actions_t actions_;
    posix_spawnattr_t attributes_;
};

int wait_for(pid_t pid)
{
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) return not_started;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
} // namespace

RunningProgram::RunningProgram(std::vector<std::string> words)
{
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return;
    base::Fd reading(ends[0]);
    base::Fd const writing(ends[1]);
    SpawnOptions options;
    options.write_to(writing.get());
    pid_ = options.start(words);
    if (pid_ != 0) output_ = std::move(reading);
}

RunningProgram::~RunningProgram()
{
    if (pid_ == 0) return;
    ::kill(pid_, SIGTERM);
    wait_for(pid_);
}

int RunningProgram::exit_code()
{
    if (pid_ == 0) return not_started;
    int const code = wait_for(pid_);
    pid_ = 0;
    return code;
}

Ended run_program(std::vector<std::string> words)
{
    RunningProgram program(std::move(words));
    auto const output = program.take_output();
    Ended ended;
    std::array<char, 4096> bytes{};
    for (;;) {
        auto const count = output ? ::read(output.get(), bytes.data(), bytes.size()) : 0;
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;
        if (ended.output.size() < most_output) ended.output.append(bytes.data(), static_cast<std::size_t>(count));
    }
    ended.code = program.exit_code();
    return ended;
}

std::string kotakpos_program()
{
    char path[PATH_MAX];
    auto const size = ::readlink("/proc/self/exe", path, sizeof path);
    std::string const own(path, size > 0 ? static_cast<std::size_t>(size) : 0);
    auto const folder = own.substr(0, own.rfind('/'));
    for (auto const& candidate : {folder + "/kotakpos", folder + "/../appliance/kotakpos"})
        if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    return "kotakpos";
}

int run_in_terminal(std::vector<std::string> words)
{
    SpawnOptions const options;
    auto const pid = options.start(words);
    return pid == 0 ? not_started : wait_for(pid);
}

} // namespace setup
