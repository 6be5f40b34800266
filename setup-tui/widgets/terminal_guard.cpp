#include "setup-tui/widgets/terminal_guard.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <termios.h>
#include <unistd.h>

namespace setup
{

namespace
{
constexpr std::array stop_signals = {SIGTERM, SIGINT, SIGHUP, SIGQUIT};
constexpr std::array crash_signals = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL};

volatile std::sig_atomic_t stop = 0;

// What the crash handler needs lies ready: it may neither allocate nor ask ncurses.
termios modes_before{};
bool has_modes = false;
char picture_before[256];
std::size_t picture_size = 0;

extern "C" void note_stop(int) { stop = 1; }

extern "C" void restore_and_die(int number)
{
    if (picture_size > 0) [[maybe_unused]]
        auto const written = ::write(STDOUT_FILENO, picture_before, picture_size);
    if (has_modes) ::tcsetattr(STDIN_FILENO, TCSADRAIN, &modes_before);
    std::signal(number, SIG_DFL);
    std::raise(number);
}

void handle(int number, void (*handler)(int))
{
    struct sigaction action {
    };
    action.sa_handler = handler;
    ::sigaction(number, &action, nullptr);
}
} // namespace

void TerminalGuard::remember_modes() { has_modes = ::tcgetattr(STDIN_FILENO, &modes_before) == 0; }

TerminalGuard::TerminalGuard(std::string const& restoring)
{
    stop = 0;
    picture_size = std::min(restoring.size(), sizeof picture_before);
    std::memcpy(picture_before, restoring.data(), picture_size);
    for (int const number : stop_signals) handle(number, note_stop);
    for (int const number : crash_signals) handle(number, restore_and_die);
}

TerminalGuard::~TerminalGuard()
{
    // A second Ctrl-C after the screen is gone ends the program as usual.
    for (int const number : stop_signals) handle(number, SIG_DFL);
    for (int const number : crash_signals) handle(number, SIG_DFL);
}

bool TerminalGuard::stop_asked() { return stop != 0; }

} // namespace setup
