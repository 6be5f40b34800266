#pragma once
// From answers to a box: complete answers, the passwords that were made for them, and what the last page tells.

#include "appliance/config/config.h"
#include "setup-tui/proof/start.h"
#include "setup-tui/wizard/desk.h"

#include <optional>
#include <string>
#include <vector>

namespace setup::wizard
{

/// A first password, for the last page.
struct FirstPassword {
    std::string login;
    std::string password;
    bool was_made = false; ///< by the box; else typed by the person
};

/// Makes the passwords that are missing: of the users, and with `needs_admin` the administrator's.
std::vector<FirstPassword> make_passwords(Draft& draft, bool needs_admin);

struct Outcome {
    Draft answers;
    config::Config config;
    std::vector<FirstPassword> passwords;
    proof::Runner runner = proof::Runner::there_already;
    bool needs_restart = false; ///< the box ran, and goes on with the configuration of before
};

/// Applies the answers and proves the box, with each step on the screen. Go::next: all of it is done. Go::back: the
/// person wants to change answers.
Go carry_out(Desk& desk, Outcome& outcome, bool was_cut);

/// What everybody needs to know now.
Go show_outcome(Desk& desk, Outcome const& outcome);

} // namespace setup::wizard
