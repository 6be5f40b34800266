#include "setup-tui/admin/admin.h"
#include "setup-tui/widgets/form.h"

#include <algorithm>

namespace setup
{

namespace
{
constexpr int heading_row = 3;
constexpr int first_row = 4;
constexpr int rows_around = 7; ///< title, school, empty, heading, empty, message, keys

/// Column, width.
struct Column {
    int at;
    int width;
};
constexpr Column login_column{2, 20}, name_column{23, 27}, class_column{51, 13}, role_column{65, 14};

class UserList
{
public:
    UserList(Desk& desk, std::string own_login) : desk_(desk), own_login_(std::move(own_login)) { read(); }

    void run()
    {
        for (;;) {
            draw();
            auto const key = desk_.screen.read_key();
            if (key.kind == KeyKind::escape || (key.kind == KeyKind::function && key.number == 10)) return;
            if (key.kind == KeyKind::function) act(key.number);
            if (key.kind == KeyKind::remove) act(8);
            scroll(key.kind);
        }
    }

private:
    void read()
    {
        users_ = desk_.people.users();
        std::sort(users_.begin(), users_.end(), [](auto const& a, auto const& b) { return a.login < b.login; });
        selected_ = std::min(selected_, users_.empty() ? 0 : users_.size() - 1);
    }

    std::size_t visible() const { return static_cast<std::size_t>(std::max(1, desk_.screen.rows() - rows_around)); }

    void row(int at, directory::User const& user, Style style)
    {
        auto& screen = desk_.screen;
        screen.put(at, 0, "", style, screen.columns());
        screen.put(at, login_column.at, user.login, style, login_column.width);
        screen.put(at, name_column.at, user.name, style, name_column.width);
        screen.put(at, class_column.at, user.class_name, style, class_column.width);
        auto const role = role_text(desk_, user.role) + (user.enabled ? "" : " " + desk_.text("(off)"));
        screen.put(at, role_column.at, role, style, role_column.width);
    }

    void draw()
    {
        auto& screen = desk_.screen;
        draw_frame(screen, desk_.text("Users"), desk_.text("F2 Bahasa Indonesia   F3 add   F8 remove   F10 quit"),
                   message_);
        auto const users = desk_.text("{1} users", {std::to_string(users_.size())});
        auto const mode = desk_.lab ? "   " + desk_.text("PRACTICE MODE: easy passwords are accepted") : "";
        screen.put(1, 2, desk_.school_name + "   " + users + mode, Style::dim);
        screen.put(heading_row, login_column.at, desk_.text("Login"), Style::title, login_column.width);
        screen.put(heading_row, name_column.at, desk_.text("Name"), Style::title, name_column.width);
        screen.put(heading_row, class_column.at, desk_.text("Class"), Style::title, class_column.width);
        screen.put(heading_row, role_column.at, desk_.text("Role"), Style::title, role_column.width);
        if (selected_ < top_) top_ = selected_;
        if (selected_ >= top_ + visible()) top_ = selected_ - visible() + 1;
        for (std::size_t i = 0; i < visible() && top_ + i < users_.size(); ++i)
            row(first_row + static_cast<int>(i), users_[top_ + i],
                top_ + i == selected_ ? Style::selected : Style::normal);
    }

    void act(int function)
    {
        message_.clear();
        if (function == 2) desk_.language = desk_.language == "id" ? "en" : "id";
        if (function == 3) say(add_user(desk_));
        if (function == 8 && !users_.empty()) {
            if (users_[selected_].login == own_login_)
                message_ = desk_.text("You cannot remove yourself.");
            else
                say(remove_user(desk_, users_[selected_]));
        }
        read();
    }

    void say(std::optional<std::string> const& text) { message_ = text.value_or(""); }

    void scroll(KeyKind key)
    {
        auto const last = users_.empty() ? 0 : users_.size() - 1;
        if (key == KeyKind::up && selected_ > 0) --selected_;
        if (key == KeyKind::down) selected_ = std::min(selected_ + 1, last);
        if (key == KeyKind::page_up) selected_ -= std::min(selected_, visible());
        if (key == KeyKind::page_down) selected_ = std::min(selected_ + visible(), last);
        if (key == KeyKind::home) selected_ = 0;
        if (key == KeyKind::end) selected_ = last;
    }

    Desk& desk_;
    std::string own_login_;
    std::vector<directory::User> users_;
    std::size_t selected_ = 0;
    std::size_t top_ = 0;
    std::string message_;
};
} // namespace

void manage_users(Desk& desk, std::string const& own_login) { UserList(desk, own_login).run(); }

} // namespace setup
