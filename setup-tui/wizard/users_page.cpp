// The first users as rows of login, password and class.

#include "setup-tui/steps/checks.h"
#include "setup-tui/widgets/form.h"
#include "setup-tui/wizard/desk.h"

#include "appliance/base/text.h"

#include <set>

namespace setup::wizard
{

namespace
{
enum : std::size_t { login, password, class_name, per_user };
constexpr int widths[per_user] = {18, 18, 12};

std::vector<FormField> make_row(Desk const& desk, Field const& field, UserEntry const& user)
{
    std::vector<FormField> row(per_user);
    std::string const values[per_user] = {user.login, user.password, user.class_name};
    for (std::size_t i = 0; i < per_user; ++i) {
        row[i].label = i == login ? desk.text("User") : "";
        row[i].help = desk.text(field.help);
        row[i].lesson = desk.text(field.lesson);
        row[i].editor = LineEditor(Shown::plain, values[i]);
        row[i].width = widths[i];
        row[i].beside = i != login;
    }
    return row;
}

UserEntry user_of(Form const& form, std::size_t row)
{
    UserEntry user;
    user.login = base::lower(base::trim(form.value(row * per_user + login)));
    user.password = base::trim(form.value(row * per_user + password));
    user.class_name = base::trim(form.value(row * per_user + class_name));
    return user;
}

bool is_empty(UserEntry const& user)
{
    return user.login.empty() && user.password.empty() && user.class_name.empty();
}

/// ':' and ',' part the users of an answers file, so they cannot be in a password there.
std::optional<Problem> problem_of(UserEntry const& user, Draft const& draft)
{
    if (user.password.find_first_of(":,") != std::string::npos)
        return Problem{"a first password has no colon and no comma", "the user can choose any password later"};
    return check_user(user, draft);
}

/// Nothing when all rows are good; else the sentence, with the cursor at the row.
std::optional<std::string> accept(Desk& desk, Form& form)
{
    auto const answers = filled_in(desk.draft);
    std::vector<std::string> users;
    std::set<std::string> logins;
    for (std::size_t row = 0; row < form.size() / per_user; ++row) {
        auto const user = user_of(form, row);
        if (is_empty(user)) continue;
        auto problem = problem_of(user, answers);
        if (!problem && !logins.insert(user.login).second)
            problem = Problem{"the same login is in the list twice", "give every user a login of their own"};
        form.field(row * per_user).problem = problem ? sentence(desk, *problem) : "";
        if (problem) {
            form.focus(row * per_user);
            return desk.text("Please correct {1}.", {user.login.empty() ? desk.text("User") : user.login});
        }
        users.push_back(user.login + ":" + user.password + ":" + user.class_name);
    }
    desk.draft.set("users", base::join(users, ", "));
    return std::nullopt;
}

std::string heading(Desk const& desk)
{
    constexpr std::size_t label_width = 24;
    std::string line(label_width, ' ');
    std::string_view const words[per_user] = {"Login", "Password", "Class"};
    for (std::size_t i = 0; i < per_user; ++i) {
        auto const word = desk.text(words[i]);
        line += word + std::string(static_cast<std::size_t>(std::max(1, widths[i] + 2 - columns_of(word))), ' ');
    }
    return std::string(base::trim(line)).insert(0, label_width, ' ');
}

Form make_form(Desk& desk, Step const& step)
{
    auto const& field = step.fields.front();
    std::vector<FormField> rows;
    for (auto const& part : base::split_list(shown_answer(field, filled_in(desk.draft, &field))))
        if (auto const user = parse_user(part))
            for (auto& cell : make_row(desk, field, *user)) rows.push_back(std::move(cell));
    Form form({.title = desk.text(step.title),
               .intro = desk.text(step.help) + "\n\n" + heading(desk),
               .keys = desk.text("Enter/F9 next   F3 add   F8 remove   F1 help   Esc back   F10 quit"),
               .place = desk.place,
               .help_keys = desk.text("Enter close   arrows scroll"),
               .message = desk.take_message()},
              std::move(rows));
    return form.on_key([&desk, &field](Form& filled, Key const& key) {
        if (key.kind != KeyKind::function || (key.number != 3 && key.number != 8)) return false;
        auto const row = filled.focused() / per_user;
        if (key.number == 8 && filled.size() > 0) {
            filled.erase(row * per_user, per_user);
        } else if (key.number == 3) {
            auto const at = filled.size() == 0 ? 0 : (row + 1) * per_user;
            auto const last = filled.size() == 0 ? UserEntry{} : user_of(filled, row);
            filled.insert(
                at, make_row(desk, field, {.login = "", .password = "", .class_name = last.class_name, .role = ""}));
            filled.focus(at);
        }
        return true;
    });
}
} // namespace

Go ask_users(Desk& desk, Step const& step)
{
    auto form = make_form(desk, step);
    bool const accepted = form.run(desk.screen, [&](Form& filled) { return accept(desk, filled); });
    if (accepted) return Go::next;
    return form.asked_to_quit() ? Go::quit : Go::back;
}

} // namespace setup::wizard
