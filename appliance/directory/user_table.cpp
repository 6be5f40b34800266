#include "appliance/directory/user_table.h"

#include "appliance/base/text.h"
#include "appliance/directory/csv.h"
#include "appliance/directory/password.h"
#include "appliance/message/charset.h"

#include <algorithm>

namespace directory
{

namespace
{
/// Reads rows into users, one check after the other, keeping every problem with its line.
class Reading
{
public:
    Reading(Directory& directory, bool lab, CsvTable const& table) : directory_(directory), lab_(lab), table_(table)
    {
        for (auto const& known : directory.classes()) classes_.insert(known.address);
        for (auto const& user : directory.users()) logins_.insert(user.login);
    }

    UserTable read()
    {
        for (auto const& row : table_.rows) {
            row_ = &row;
            problem_.reset();
            auto user = take_user();
            if (problem_)
                found_.problems.push_back({row.line, *problem_});
            else
                found_.users.push_back(std::move(user));
        }
        return std::move(found_);
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

    NewUser take_user()
    {
        NewUser user;
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

    bool is_taken(std::string const& login)
    {
        auto const meaning = directory_.resolve(login, "");
        return meaning.kind != Resolution::Kind::unknown && !meaning.is_caught;
    }

    void check_login(std::string const& login)
    {
        if (!is_valid_login(login))
            complain(login, "this is not a login", "use a-z, 0-9, dot, dash and underscore, at most 64");
        else if (logins_.contains(login))
            complain(login, "there is already a user of this name", "choose another name");
        else if (!seen_.insert(login).second)
            complain(login, "it is listed twice", "keep one");
        else if (is_taken(login) || classes_.contains(login))
            complain(login, "this name is an alias or a class", "choose another name");
    }

    void take_role(NewUser& user)
    {
        auto const text = cell("role");
        if (text.empty()) return;
        auto const role = parse_role(base::lower(text));
        if (role)
            user.role = *role;
        else
            complain(text, "there is no such role", "use pupil, teacher, staff, head or admin");
    }

    void take_quota(NewUser& user)
    {
        auto const text = cell("quota");
        if (text.empty()) return;
        auto const size = base::parse_size(text);
        if (size)
            user.quota = *size;
        else
            complain(text, "this is not a size", "write it like 500M or 2G; 0 is no limit");
    }

    void take_class(NewUser& user)
    {
        user.class_name = cell("class");
        auto const address = base::lower(user.class_name);
        if (address.empty() || classes_.contains(address)) return;
        if (!is_valid_login(address))
            return complain(user.class_name, "this is not a class name",
                            "use letters, digits, dots and dashes, like X-TKJ-1");
        if (problem_) return;
        classes_.insert(address);
        found_.new_classes.push_back(user.class_name);
    }

    void take_password(NewUser& user)
    {
        user.password = cell("password");
        if (user.password.empty()) {
            user.password = generate_password();
            found_.generated.insert(user.login);
        } else if (auto const good = check_password(user.password, user.login, lab_); !good) {
            complain(user.login, good.error().why, good.error().to_do);
        }
    }

    Directory& directory_;
    bool lab_;
    CsvTable const& table_;
    CsvRow const* row_ = nullptr;
    std::optional<base::Error> problem_;
    std::set<std::string> logins_;  ///< in the school already
    std::set<std::string> seen_;    ///< in the table so far
    std::set<std::string> classes_; ///< addresses, there already or to be made
    UserTable found_;
};

/// Texts in UTF-16 begin with a mark, or have a NUL beside each Latin letter.
std::string_view utf16_of(std::string_view bytes)
{
    if (bytes.starts_with("\xFF\xFE")) return "UTF-16LE";
    if (bytes.starts_with("\xFE\xFF")) return "UTF-16BE";
    if (bytes.size() < 2 || bytes.size() % 2 != 0) return {};
    if (bytes[0] != '\0' && bytes[1] == '\0') return "UTF-16LE";
    if (bytes[0] == '\0' && bytes[1] != '\0') return "UTF-16BE";
    return {};
}
} // namespace

TableText decode_table(std::string_view bytes)
{
    if (auto const utf16 = utf16_of(bytes); !utf16.empty()) {
        auto text = message::to_utf8(bytes, utf16);
        constexpr std::string_view mark = "\xEF\xBB\xBF";
        if (text.starts_with(mark)) text.erase(0, mark.size());
        return {std::move(text), "UTF-16"};
    }
    if (base::is_utf8(bytes)) return {std::string(bytes), "UTF-8"};
    return {message::to_utf8(bytes, "windows-1252"), "Windows-1252"};
}

base::Result<UserTable> read_user_table(std::string_view bytes, Directory& directory, bool lab)
{
    auto const decoded = decode_table(bytes);
    auto const table = read_csv(decoded.text, {"login", "name", "class", "role", "password", "quota"}, "login");
    if (!table) return table.error();
    auto found = Reading(directory, lab, *table).read();
    if (found.users.empty() && found.problems.empty())
        return base::refused("the file", "nobody is in it", "write one user a line below the columns' names");
    found.charset = decoded.charset;
    return found;
}

} // namespace directory
