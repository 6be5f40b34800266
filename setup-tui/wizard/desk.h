#pragma once
// What every page of the wizard needs: the screen, the answers so far, words in the chosen language.

#include "setup-tui/steps/step.h"
#include "setup-tui/widgets/frame.h"

#include <string>
#include <string_view>
#include <vector>

namespace setup::wizard
{

/// Where to go from a page.
enum class Go {
    next,
    back,
    stay, ///< draw the page again
    quit, ///< end the program; the answers are kept
};

struct Desk {
    Screen& screen;
    Draft& draft;
    std::string config_file;
    std::string place{};   ///< "step 3 of 10"
    std::string message{}; ///< to show on the next page, once

    std::string text(std::string_view id, std::vector<std::string> const& arguments = {}) const;
    std::string language() const;
    std::string take_message() { return std::exchange(message, {}); }
    bool is_there_already() const { return draft.value("now.is_there") == "yes"; }
};

/// "This is not an IP address; write an address like 192.168.10.3."
std::string sentence(Desk const& desk, Problem const& problem);

/// The question's field in the wizard's words: an empty answer that is needed, a secret that can be made.
std::optional<Problem> problem_of(Field const& field, Draft const& draft);

// The pages, each in its file.
Go ask(Desk& desk, Step const& step);
Go ask_users(Desk& desk, Step const& step);
Go review(Desk& desk);

} // namespace setup::wizard
