#pragma once
// Small boxes in the middle of the screen: something is told, or asked with yes and no.

#include "setup-tui/widgets/screen.h"

#include <string>

namespace setup
{

struct DialogTexts {
    std::string title;
    std::string text; ///< broken into lines as needed
    std::string keys; ///< shown in the last line
};

/// Shows the text until Enter or Esc.
void tell(Screen& screen, DialogTexts const& texts);

struct Choice {
    std::string yes;
    std::string no;
};
enum class Danger { no, yes };

/// True: yes. Left, right and Tab choose, Enter takes, Esc is no. Where there is `Danger`, "no" is chosen at first
/// and the box says so by its colour.
bool ask(Screen& screen, DialogTexts const& texts, Choice const& choice, Danger danger = Danger::no);

} // namespace setup
