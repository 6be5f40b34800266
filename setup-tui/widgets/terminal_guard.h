#pragma once
// What a terminal needs when the program does not end by itself: signals that ask to stop, and crashes. Not for
// drawing (screen.h).

#include <string>

namespace setup
{

/// While it lives, TERM, INT, HUP and QUIT are noted (`stop_asked`), and a crash gives the terminal back before the
/// program dies of it. One at a time. `restoring`: the bytes that bring the terminal's picture and keys back.
class TerminalGuard
{
public:
    /// Before ncurses changes them.
    static void remember_modes();

    explicit TerminalGuard(std::string const& restoring);
    ~TerminalGuard();
    TerminalGuard(TerminalGuard const&) = delete;
    TerminalGuard& operator=(TerminalGuard const&) = delete;

    static bool stop_asked();
};

} // namespace setup
