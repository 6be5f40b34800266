#pragma once
// Paper for pupils: who, which login, which password, and where to type them. Pure text, to be printed and cut.

#include <string>
#include <vector>

namespace setup
{

struct Slip {
    std::string name;
    std::string class_name;
    std::string login;
    std::string password;
};

/// What is the same on each of them, in the reader's language.
struct SlipTexts {
    std::string school;
    std::string login;    ///< "Login"
    std::string password; ///< "Password"
    std::string webmail;  ///< "Webmail: https://..."
    std::string mail;     ///< "Mail address"
    std::string domain;
};

/// Sorted by class and name, so that a teacher gets a pile for each class: a class begins on a new page (form feed),
/// eight slips to a page, dashes where to cut.
std::string show_slips(SlipTexts const& texts, std::vector<Slip> slips);

} // namespace setup
