#pragma once
// The first-boot wizard: pages of questions (steps/), a review, apply and proof, the last page. Runs again on a
// school that is there without losing anything of it.

#include "setup-tui/widgets/screen.h"

#include <string>

namespace setup
{

/// Whether there is no school yet, or a wizard was cut off after it had begun to make one.
bool needs_wizard(std::string const& config_file);

/// `network`: only the page of the network, then review, apply and proof. Nothing of it is kept when it is left.
enum class Scope { everything, network };

/// The exit code: 0 done, 1 left before its end (the answers to everything are kept for the next time).
int run_wizard(Screen& screen, std::string const& config_file, Scope scope = Scope::everything);

} // namespace setup
