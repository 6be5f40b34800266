// A table of users: which file, what is in it, add, slips of paper. Nothing is changed before "add" is said.

#include "appliance/base/file.h"
#include "appliance/base/text.h"
#include "appliance/directory/user_table.h"
#include "setup-tui/admin/list_screen.h"
#include "setup-tui/admin/password_slips.h"
#include "setup-tui/admin/screens.h"
#include "setup-tui/admin/user_form.h"
#include "setup-tui/widgets/form.h"
#include "setup-tui/widgets/progress.h"

#include <ctime>

namespace setup
{

namespace
{
constexpr std::string_view slips_folder = "slips"; ///< in the state folder, for root only
constexpr std::string_view lesson =
    "The table comes out of a spreadsheet: save it as CSV. The first line names the columns: login, name, class, "
    "role, "
    "password, quota; only login is needed, and the order is free. Commas, semicolons and tabs are good, and so are "
    "UTF-8 and UTF-16.\n\nBring the file here on a USB stick or with scp.\n\nEither everybody in the table is added "
    "or "
    "nobody: correct the lines that are listed and read the file again. A class that does not exist is made. A user "
    "without a password gets one, and it stands on the slips.";

std::optional<directory::UserTable> choose_table(Desk& desk, std::string& file)
{
    directory::UserTable table;
    Form form({.title = desk.text("Import users"),
               .intro = desk.text("A table of users as CSV. First it is only shown."),
               .keys = desk.text("Enter read the file   F1 help   Esc back"),
               .place = desk.school_name,
               .help_keys = desk.text("Esc back")},
              {{.label = desk.text("File"),
                .help = desk.text("The whole path, like /media/usb/siswa.csv."),
                .editor = LineEditor(Shown::plain, file),
                .lesson = desk.text(lesson)}});
    bool const done = form.run(desk.screen, [&](Form& filled) {
        return desk.attempt([&] {
            file = base::trim(filled.value(0));
            auto const bytes = base::read_file(file, directory::largest_user_table);
            if (!bytes) throw base::Failure(base::refused(file, bytes.error().why, "check the file's name"));
            table = directory::read_user_table(*bytes, desk.people, desk.session.config().lab).value();
        });
    });
    return done ? std::optional(std::move(table)) : std::nullopt;
}

void show_problems(Desk& desk, directory::UserTable const& table)
{
    ListScreen list{.title = "Lines to correct", .lesson = lesson};
    list.columns = {{"Line", 6}, {"What", 12}, {"Why", 32, true}, {"What to write", 24, true}};
    list.load = [&] {
        std::vector<TableRow> rows;
        for (auto const& problem : table.problems)
            rows.push_back({std::to_string(problem.line),
                            {std::to_string(problem.line), problem.error.what, desk.translate(problem.error.why),
                             desk.translate(problem.error.to_do)}});
        return rows;
    };
    list.heading = [&] {
        return desk.plural("{1} line was refused", "{1} lines were refused", table.problems.size()) + "; " +
               desk.text("nothing was changed");
    };
    list.keys = {{0, "whole sentence", [&](std::size_t row) {
                      auto const& problem = table.problems[row];
                      desk.tell(desk.text("line {1}", {std::to_string(problem.line)}), desk.show(problem.error));
                      return std::string();
                  }}};
    run_list(desk, list);
}

/// True: add them.
bool preview(Desk& desk, directory::UserTable const& table)
{
    bool wanted = false;
    ListScreen list{.title = "Preview", .lesson = lesson};
    list.columns = {{"Login", 16}, {"Name", 22, true}, {"Class", 12}, {"Role", 12}, {"Password", 10}};
    list.load = [&] {
        std::vector<TableRow> rows;
        for (auto const& user : table.users)
            rows.push_back({user.login,
                            {user.login, user.name, user.class_name, desk.role(user.role),
                             desk.text(table.generated.contains(user.login) ? "is made" : "given")}});
        return rows;
    };
    list.heading = [&] {
        auto text = desk.plural("{1} user", "{1} users", table.users.size());
        if (!table.new_classes.empty())
            text += ", " + desk.plural("{1} new class", "{1} new classes", table.new_classes.size());
        return text + "; " + desk.text("nothing was changed yet");
    };
    list.keys = {{9, "add all", [&](std::size_t) {
                      wanted = true;
                      return std::string();
                  }}};
    list.is_over = [&] { return wanted; };
    if (table.charset == "Windows-1252")
        list.message = desk.text("The file is not in UTF-8; it was read as {1}. Look at names with accents.",
                                 {std::string(table.charset)});
    run_list(desk, list);
    if (!wanted || table.new_classes.empty()) return wanted;
    return desk.ask(desk.text("New classes"), desk.text("These classes do not exist yet: {1}. Make them?",
                                                        {base::join(table.new_classes, ", ")}));
}

void add_everybody(Desk& desk, directory::UserTable const& table)
{
    run_with_progress(desk.screen,
                      {.title = desk.text("Import users"),
                       .what = desk.text("Making the passwords safe (hashing) ..."),
                       .keys = desk.text("Esc stop; then nobody is added"),
                       .cancelling = desk.text("Stopping ...")},
                      table.users.size(), [&](Progress& progress) {
                          desk.people
                              .add_users(table.users, {table.new_classes,
                                                       [&](std::size_t done) {
                                                           progress.report(done);
                                                           return !progress.is_cancelled();
                                                       }})
                              .value();
                      });
}

std::string write_slips(Desk& desk, directory::UserTable const& table)
{
    auto const domain = desk.people.domain();
    std::vector<Slip> slips;
    for (auto const& user : table.users) slips.push_back({user.name, user.class_name, user.login, user.password});
    auto const text =
        show_slips({desk.school_name, desk.text("Login"), desk.text("Password"),
                    desk.text("Webmail") + ": https://mail." + domain + "/", desk.text("Mail address"), domain},
                   std::move(slips));
    std::time_t const now = base::system_clock().now() / 1000000;
    char name[32];
    std::tm local{};
    ::localtime_r(&now, &local);
    std::strftime(name, sizeof name, "%Y-%m-%d-%H%M%S.txt", &local);
    base::make_folders(std::string(slips_folder), 0700).value();
    auto const path = std::string(slips_folder) + "/" + name;
    base::write_file_atomically(path, text, 0600).value();
    return desk.session.config().in_state(path);
}
} // namespace

std::string import_users(Desk& desk)
{
    std::string file;
    for (;;) {
        auto const table = choose_table(desk, file);
        if (!table) return {};
        if (!table->problems.empty()) {
            show_problems(desk, *table);
            continue; // the form with the file's name again: corrected and read once more
        }
        if (!preview(desk, *table)) continue;
        add_everybody(desk, *table);
        auto const said = desk.plural("{1} user was added.", "{1} users were added.", table->users.size());
        auto const slips = write_slips(desk, *table);
        desk.tell(desk.text("Done"),
                  said + "\n\n" +
                      desk.text("Slips with all logins and passwords, to print and cut: {1}\nOnly root may read the "
                                "file. Delete it when they are handed out.",
                                {slips}));
        return said;
    }
}

} // namespace setup
