#include "appliance/cli/password_input.h"

#include "appliance/cli/output.h"
#include "appliance/directory/password.h"

#include <cstdio>
#include <iostream>
#include <termios.h>
#include <unistd.h>

namespace cli
{

namespace
{
/// Switches the terminal's echo off for its lifetime.
class NoEcho
{
public:
    NoEcho()
    {
        if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
        auto silent = before_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        changed_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
    }
    ~NoEcho()
    {
        if (changed_) ::tcsetattr(STDIN_FILENO, TCSANOW, &before_);
    }
    NoEcho(NoEcho const&) = delete;
    NoEcho& operator=(NoEcho const&) = delete;

private:
    termios before_{};
    bool changed_ = false;
};

std::string read_line()
{
    std::string line;
    std::getline(std::cin, line);
    if (!line.empty() && line.back() == '\r') line.pop_back();
    return line;
}

std::string ask(std::string const& question)
{
    std::fputs((question + " ").c_str(), stderr);
    auto answer = read_line();
    std::fputs("\n", stderr);
    return answer;
}

std::string ask_twice(Session& session)
{
    NoEcho const silent; // before the question: what is typed after it must not be thrown away
    auto const first = ask(session.text("New password (empty: one is made for you):"));
    if (first.empty()) return first;
    if (ask(session.text("Once more:")) == first) return first;
    throw base::Failure(base::refused("password", "the two are not the same", "try again"));
}
} // namespace

std::string read_password(std::string const& question, Arguments const& arguments)
{
    if (arguments.has("--password-stdin")) return read_line();
    if (::isatty(STDIN_FILENO) != 1)
        throw base::Failure(base::refused("password", "there is nobody to ask",
                                          "write --password-stdin and give it on standard input"));
    NoEcho const silent;
    return ask(question);
}

ChosenPassword choose_password(Session& session, Arguments const& arguments, std::string const& login)
{
    ChosenPassword chosen;
    bool const given = arguments.has("--password-stdin");
    if (given)
        chosen.text = read_line();
    else if (::isatty(STDIN_FILENO) == 1)
        chosen.text = ask_twice(session);
    if (chosen.text.empty() && !given) return {directory::generate_password(), true};
    directory::check_password(chosen.text, login, session.config().lab).value();
    return chosen;
}

} // namespace cli
