#pragma once
// A form whose labels are ids of the catalogue, for the many screens that ask for two or three words.

#include "setup-tui/admin/desk.h"
#include "setup-tui/widgets/form.h"

namespace setup
{

struct Question {
    std::string_view label;
    std::string_view help;
    std::string value = {};
    std::vector<std::pair<std::string, std::string>> choices = {}; ///< value, and what is shown
    Shown shown = Shown::plain;
};

/// Asks; `accept` gets the answers without blanks around them and throws base::Failure to refuse (the form stays with
/// what was typed). False: given up. `done`: what F9 does, as an id.
bool ask_form(Desk& desk, std::string_view title, std::string_view lesson, std::vector<Question> questions,
              std::function<void(std::vector<std::string> const&)> const& accept, std::string_view done = "save");

} // namespace setup
