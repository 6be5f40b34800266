#pragma once
// The end of a school year: everybody's class becomes the next one, and who was in the last one leaves. Works out
// what would happen; Directory::move_members() does it. For the command line and the web administration.

#include "appliance/directory/directory.h"

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace directory
{

/// "X-TKJ-1" -> "XI-TKJ-1", "7B" -> "8B"; "" for the last year of a school (IX, XII; 9, 12); nothing when the name
/// says no year. XII goes on to XIII where such a class is there already (schools of four years).
std::optional<std::string> next_class(std::string_view name, std::vector<Class> const& there);

struct ClassStep {
    std::string from;
    std::string to; ///< empty: its pupils leave
    std::vector<User> pupils;
};

struct SchoolYear {
    std::vector<ClassStep> steps;         ///< the highest year first; classes without pupils are left out
    std::vector<std::string> no_year;     ///< classes with pupils whose names say no year: nothing happens to them
    std::vector<std::string> new_classes; ///< that will be made

    /// What is to be done. `staying`: logins of those who repeat the year.
    std::vector<ClassMove> moves(std::set<std::string> const& staying) const;
    /// Changes with everything that is in it: what somebody agreed to is what is done, and once.
    std::string fingerprint() const;
};

/// From what is in the directory now.
SchoolYear next_year(Directory& directory);

} // namespace directory
