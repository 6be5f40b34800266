// kotakpos user import: a table of users, checked completely before the first change; all of them or none.

#include "appliance/base/file.h"
#include "appliance/base/text.h"
#include "appliance/cli/csv.h"
#include "appliance/cli/people.h"
#include "appliance/directory/password.h"

#include <algorithm>
#include <cstdio>
#include <set>

namespace cli
{

namespace
{
constexpr std::size_t largest_file = std::size_t{16} << 20;
constexpr std::size_t most_shown_problems = 20;

struct Problem {
    std::size_t line;
    base::Error error;
};

/// What the table asks for, and what is wrong with it.
struct Import {
    std::vector<directory::NewUser> users;
    std::vector<std::string> new_classes; ///< named in the table, not there yet
    std::set<std::string> generated;      ///< logins whose password was made here
    std::vector<Problem> problems;
};

/// Reads rows into users, one check after the other, keeping every problem with its line.
class Reading
{
public:
    Reading(Session& session, CsvTable const& table) : session_(session), table_(table)
    {
        for (auto const& known : session.directory().classes()) classes_.insert(known.address);
        for (auto const& user : session.directory().users()) logins_.insert(user.login);
    }

    Import read()
    {
        for (auto const& row : table_.rows) {
            row_ = &row;
            problem_.reset();
            auto user = take_user();
            if (problem_)
                import_.problems.push_back({row.line, *problem_});
            else
                import_.users.push_back(std::move(user));
        }
        return std::move(import_);
    }

private:
    std::string cell(std::string_view column) const
    {
        auto const found = std::find(table_.header.begin(), table_.header.end(), column);
        if (found == table_.header.end()) return {};
        return row_->fields[static_cast<std::size_t>(found - table_.header.begin())];
    }

    /// Only the first problem of a row is told.
    void complain(std::string what, std::string why, std::string to_do = {})
    {
        if (!problem_) problem_ = base::refused(std::move(what), std::move(why), std::move(to_do));
    }

    directory::NewUser take_user()
    {
        directory::NewUser user;
        if (!row_->problem.empty()) {
            complain({}, row_->problem);
            return user;
        }
        user.login = base::lower(cell("login"));
        check_login(user.login);
        user.name = cell("name");
        if (user.name.find_first_of("\r\n\t") != std::string::npos)
            complain(user.login, "the name is not readable text", "write the name in UTF-8 on one line");
        take_role(user);
        take_quota(user);
        take_class(user);
        take_password(user);
        return user;
    }

    void check_login(std::string const& login)
    {
        if (!directory::is_valid_login(login))
            complain(login, "this is not a login", "use a-z, 0-9, dot, dash and underscore, at most 64");
        else if (logins_.contains(login))
            complain(login, "there is already a user of this name", "choose another name");
        else if (!seen_.insert(login).second)
            complain(login, "it is listed twice", "keep one");
        else if (session_.directory().resolve(login, "").kind != directory::Resolution::Kind::unknown ||
                 classes_.contains(login))
            complain(login, "this name is an alias or a class", "choose another name");
    }

    void take_role(directory::NewUser& user)
    {
        auto const text = cell("role");
        if (text.empty()) return;
        auto const role = directory::parse_role(base::lower(text));
        if (role)
            user.role = *role;
        else
            complain(text, "there is no such role", "use pupil, teacher, staff, head or admin");
    }

    void take_quota(directory::NewUser& user)
    {
        auto const text = cell("quota");
        if (text.empty()) return;
        auto const size = base::parse_size(text);
        if (size)
            user.quota = *size;
        else
            complain(text, "this is not a size", "write it like 500M or 2G; 0 is no limit");
    }

    void take_class(directory::NewUser& user)
    {
        user.class_name = cell("class");
        auto const address = base::lower(user.class_name);
        if (address.empty() || classes_.contains(address)) return;
        if (!directory::is_valid_login(address))
            return complain(user.class_name, "this is not a class name",
                            "use letters, digits, dots and dashes, like X-TKJ-1");
        if (problem_) return;
        classes_.insert(address);
        import_.new_classes.push_back(user.class_name);
    }

    void take_password(directory::NewUser& user)
    {
        user.password = cell("password");
        if (user.password.empty()) {
            user.password = directory::generate_password();
            import_.generated.insert(user.login);
        } else if (auto const good = directory::check_password(user.password, user.login, session_.config().lab);
                   !good) {
            complain(user.login, good.error().why, good.error().to_do);
        }
    }

    Session& session_;
    CsvTable const& table_;
    CsvRow const* row_ = nullptr;
    std::optional<base::Error> problem_;
    std::set<std::string> logins_;  ///< in the school already
    std::set<std::string> seen_;    ///< in the table so far
    std::set<std::string> classes_; ///< addresses, there already or to be made
    Import import_;
};

void print_problems(Session& session, std::string const& file, std::vector<Problem> const& problems)
{
    std::size_t shown = 0;
    for (auto const& problem : problems) {
        if (++shown > most_shown_problems) break;
        std::fprintf(stderr, "kotakpos: %s, %s: %s\n", file.c_str(),
                     session.text("line {1}", {std::to_string(problem.line)}).c_str(),
                     session.show(problem.error).c_str());
    }
}

/// Classes are made first, because users refer to them, and taken back when the users are refused after all.
void add_everybody(Session& session, Import& import)
{
    auto& directory = session.directory();
    std::vector<std::string> made;
    auto const undo = [&] {
        for (auto const& name : made) directory.delete_class(name).value();
    };
    for (auto const& name : import.new_classes) {
        if (auto added = directory.add_class(name); !added) {
            undo();
            throw base::Failure(added.error());
        }
        made.push_back(name);
    }
    Progress progress(session.text("Adding users"), import.users.size());
    progress.show(0);
    auto added = directory.add_users(import.users);
    if (!added) {
        undo();
        throw base::Failure(added.error());
    }
    progress.show(import.users.size());
}

void print_passwords(Session& session, Import const& import)
{
    if (import.generated.empty()) return;
    print(session.text("Passwords made here (shown only this once):") + "\nlogin,password\n");
    for (auto const& user : import.users)
        if (import.generated.contains(user.login)) print(user.login + "," + user.password + "\n");
}
} // namespace

int import_users(Session& session, Arguments const& arguments)
{
    auto const& file = arguments.operands.front();
    auto const text = base::read_file(file, largest_file);
    if (!text) throw base::Failure(base::refused(file, text.error().why, "check the file's name"));
    auto const table = read_csv(*text, {"login", "name", "class", "role", "password", "quota"}, "login");
    if (!table)
        throw base::Failure(base::refused(file + ", " + session.translate(table.error().what), table.error().why,
                                          table.error().to_do));
    auto import = Reading(session, *table).read();
    if (!import.problems.empty()) {
        print_problems(session, file, import.problems);
        throw base::Failure(base::refused(
            file, session.plural("{1} line was refused", "{1} lines were refused", import.problems.size()),
            "correct the file; nothing was changed"));
    }
    bool const dry_run = arguments.has("--dry-run");
    if (!dry_run) add_everybody(session, import);
    for (auto const& name : import.new_classes)
        print(session.text(dry_run ? "Class {1} would be added." : "Class {1} was added.", {name}) + "\n");
    print(dry_run ? session.plural("{1} user would be added; nothing was changed.",
                                   "{1} users would be added; nothing was changed.", import.users.size())
                  : session.plural("{1} user was added.", "{1} users were added.", import.users.size()));
    print("\n");
    if (!dry_run) print_passwords(session, import);
    return 0;
}

} // namespace cli
