// kotakpos user import: a table of users, checked completely before the first change; all of them or none.

#include "appliance/base/file.h"
#include "appliance/cli/people.h"
#include "appliance/directory/user_table.h"

#include <csignal>
#include <cstdio>

namespace cli
{

namespace
{
constexpr std::size_t most_shown_problems = 20;

volatile std::sig_atomic_t interrupted = 0;

/// While it lives, Ctrl-C asks to stop instead of ending the program.
class Interruption
{
public:
    Interruption()
    {
        struct sigaction action {
        };
        action.sa_handler = [](int) { interrupted = 1; };
        for (std::size_t i = 0; i < std::size(signals); ++i) ::sigaction(signals[i], &action, &before_[i]);
    }
    ~Interruption()
    {
        for (std::size_t i = 0; i < std::size(signals); ++i) ::sigaction(signals[i], &before_[i], nullptr);
    }
    Interruption(Interruption const&) = delete;
    Interruption& operator=(Interruption const&) = delete;

private:
    static constexpr int signals[] = {SIGINT, SIGTERM};
    struct sigaction before_[std::size(signals)];
};

void print_problems(Session& session, std::string const& file, std::vector<directory::LineProblem> const& problems)
{
    std::size_t shown = 0;
    for (auto const& problem : problems) {
        if (++shown > most_shown_problems) break;
        std::fprintf(stderr, "kotakpos: %s, %s: %s\n", file.c_str(),
                     session.text("line {1}", {std::to_string(problem.line)}).c_str(),
                     session.show(problem.error).c_str());
    }
}

void add_everybody(Session& session, directory::UserTable const& table)
{
    Interruption const interruption;
    Progress progress(session.text("Adding users"), table.users.size());
    directory::Together together{table.new_classes, [&](std::size_t done) {
                                     progress.show(done);
                                     return interrupted == 0;
                                 }};
    session.directory().add_users(table.users, together).value();
}

void print_passwords(Session& session, directory::UserTable const& table)
{
    if (table.generated.empty()) return;
    print(session.text("Passwords made here (shown only this once):") + "\nlogin,password\n");
    for (auto const& user : table.users)
        if (table.generated.contains(user.login)) print(user.login + "," + user.password + "\n");
}

directory::UserTable read_table(Session& session, std::string const& file)
{
    auto const bytes = base::read_file(file, directory::largest_user_table);
    if (!bytes) throw base::Failure(base::refused(file, bytes.error().why, "check the file's name"));
    auto table = directory::read_user_table(*bytes, session.directory(), session.config().lab);
    if (!table)
        throw base::Failure(base::refused(file + ", " + session.translate(table.error().what), table.error().why,
                                          table.error().to_do));
    return std::move(*table);
}
} // namespace

int import_users(Session& session, Arguments const& arguments)
{
    auto const& file = arguments.operands.front();
    auto const table = read_table(session, file);
    if (!table.problems.empty()) {
        print_problems(session, file, table.problems);
        throw base::Failure(base::refused(
            file, session.plural("{1} line was refused", "{1} lines were refused", table.problems.size()),
            "correct the file; nothing was changed"));
    }
    if (table.charset == "Windows-1252")
        print(session.text("The file is not in UTF-8; it was read as {1}. Look at names with accents.",
                           {std::string(table.charset)}) +
              "\n");
    bool const dry_run = arguments.has("--dry-run");
    if (!dry_run) add_everybody(session, table);
    for (auto const& name : table.new_classes)
        print(session.text(dry_run ? "Class {1} would be added." : "Class {1} was added.", {name}) + "\n");
    print(dry_run ? session.plural("{1} user would be added; nothing was changed.",
                                   "{1} users would be added; nothing was changed.", table.users.size())
                  : session.plural("{1} user was added.", "{1} users were added.", table.users.size()));
    print("\n");
    if (!dry_run) print_passwords(session, table);
    return 0;
}

} // namespace cli
