#include "appliance/directory/school_year.h"

#include "appliance/base/secret.h"
#include "appliance/base/text.h"

#include <algorithm>
#include <iterator>
#include <map>

namespace directory
{

namespace
{
/// Next to each other; empty: the end of a school.
constexpr std::string_view years[][2] = {{"VII", "VIII"}, {"VIII", "IX"}, {"IX", ""}, {"X", "XI"}, {"XI", "XII"},
                                         {"XII", ""},     {"XIII", ""},   {"7", "8"}, {"8", "9"},  {"9", ""},
                                         {"10", "11"},    {"11", "12"},   {"12", ""}, {"13", ""}};

/// How a name begins that has a year: Roman letters up to a sign, or digits up to anything else.
std::string_view year_of(std::string_view name)
{
    auto const digits = std::min(name.find_first_not_of("0123456789"), name.size());
    if (digits > 0) return name.substr(0, digits);
    return name.substr(0, std::min(name.find_first_of("-._ "), name.size()));
}

std::size_t rank(std::string_view name)
{
    auto const year = base::upper(year_of(name));
    auto const found =
        std::find_if(std::begin(years), std::end(years), [&](auto const& one) { return one[0] == year; });
    return static_cast<std::size_t>(std::distance(std::begin(years), found));
}

bool is_there(std::string_view name, std::vector<Class> const& there)
{
    return std::any_of(there.begin(), there.end(),
                       [&](Class const& one) { return base::equal_ignoring_case(one.name, name); });
}
} // namespace

std::optional<std::string> next_class(std::string_view name, std::vector<Class> const& there)
{
    auto const at = rank(name);
    if (at == std::size(years)) return std::nullopt;
    std::string const rest(name.substr(year_of(name).size()));
    for (auto const& [last, fourth] : {std::pair{"XII", "XIII"}, std::pair{"12", "13"}})
        if (years[at][0] == last && is_there(fourth + rest, there)) return fourth + rest;
    return years[at][1].empty() ? std::string() : std::string(years[at][1]) + rest;
}

std::vector<ClassMove> SchoolYear::moves(std::set<std::string> const& staying) const
{
    std::vector<ClassMove> moves;
    for (auto const& step : steps)
        for (auto const& pupil : step.pupils)
            if (!staying.contains(pupil.login)) moves.push_back({pupil.login, step.from, step.to});
    return moves;
}

std::string SchoolYear::fingerprint() const
{
    std::string all;
    for (auto const& step : steps) {
        all += step.from + '\n' + step.to + '\n';
        for (auto const& pupil : step.pupils) all += pupil.login + ' ';
        all += '\n';
    }
    return base::hex(base::sha256(all)).substr(0, 32);
}

SchoolYear next_year(Directory& directory)
{
    auto const classes = directory.classes();
    std::map<std::string, std::vector<User>> pupils;
    for (auto& user : directory.users())
        if (user.role == Role::pupil && !user.class_name.empty()) pupils[user.class_name].push_back(std::move(user));
    SchoolYear year;
    for (auto& [name, members] : pupils) {
        auto const next = next_class(name, classes);
        if (!next) {
            year.no_year.push_back(name);
            continue;
        }
        if (!next->empty() && !is_there(*next, classes)) year.new_classes.push_back(*next);
        year.steps.push_back({name, *next, std::move(members)});
    }
    std::stable_sort(year.steps.begin(), year.steps.end(),
                     [](ClassStep const& a, ClassStep const& b) { return rank(a.from) > rank(b.from); });
    return year;
}

} // namespace directory
