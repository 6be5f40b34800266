#pragma once
// A table of new users (CSV, out of a school's office program), checked completely before anything is changed. What
// `kotakpos user import` and the administrator's screen both show and then add. Not for writing:
// Directory::add_users.

#include "appliance/directory/directory.h"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace directory
{

constexpr std::size_t largest_user_table = std::size_t{16} << 20; ///< bytes

/// What is wrong with one line.
struct LineProblem {
    std::size_t line = 0;
    base::Error error;
};

/// What the table asks for.
struct UserTable {
    std::vector<NewUser> users;
    std::vector<std::string> new_classes; ///< named in the table, not there yet
    std::set<std::string> generated;      ///< logins whose password was made here
    std::vector<LineProblem> problems;    ///< in the order of the lines; with one, nobody may be added
    std::string_view charset = "UTF-8";   ///< how the bytes were read: UTF-8, UTF-16 or Windows-1252
};

/// Reads a table with the columns login, name, class, role, password, quota (only login is needed). `bytes` in UTF-8
/// or UTF-16 (with or without byte order mark), else taken for Windows-1252. Refused as a whole when the first line
/// is not the columns' names, or nobody is in it. `lab`: any password is good.
base::Result<UserTable> read_user_table(std::string_view bytes, Directory& directory, bool lab);

/// The text of a table file as UTF-8, and the name of the charset that it was in.
struct TableText {
    std::string text;
    std::string_view charset;
};
TableText decode_table(std::string_view bytes);

} // namespace directory
