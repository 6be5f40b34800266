#pragma once
// Other programs that the screens start: journalctl, the command line, systemctl, a shell.

#include "appliance/base/file.h"

#include <string>
#include <sys/types.h>
#include <vector>

namespace setup
{

/// A program whose output (both kinds) comes through a pipe, without a terminal to read from. Ended (TERM) and waited
/// for by the destructor.
class RunningProgram
{
public:
    /// words[0] is looked for in $PATH when it has no slash.
    explicit RunningProgram(std::vector<std::string> words);
    ~RunningProgram();
    RunningProgram(RunningProgram const&) = delete;
    RunningProgram& operator=(RunningProgram const&) = delete;

    /// The reading end; none when the program could not be started.
    base::Fd take_output() { return std::move(output_); }
    /// Waits for its end. 127: it could not be started.
    int exit_code();

private:
    pid_t pid_ = 0;
    base::Fd output_;
};

struct Ended {
    int code = 0;
    std::string output; ///< at most 64 KiB of it
};
/// Runs it to its end.
Ended run_program(std::vector<std::string> words);

/// The command line beside this program: in the build tree, installed, or in $PATH.
std::string kotakpos_program();

/// Runs a program in the terminal itself, which nobody else uses meanwhile. Gives its exit code.
int run_in_terminal(std::vector<std::string> words);

} // namespace setup
