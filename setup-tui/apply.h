#pragma once
// Makes a school out of checked answers: what `kotakpos setup` and the wizard's last page do. Not for asking
// (steps/).

#include "appliance/base/result.h"
#include "setup-tui/steps/step.h"

#include <string>
#include <vector>

namespace setup
{

/// What was done.
struct Report {
    std::string config_file;
    std::string state;
    bool config_made = false;
    bool school_made = false; ///< false: it was there and was brought up to date
    std::vector<std::string> users_added;
    std::vector<std::string> users_kept;
    std::vector<std::string> zones_made;
};

/// Sets the box up: state folder, configuration, school database, zones, users, the school's page, certificates.
/// Everything is checked before the first change. A school that is there already under the same domain is updated and
/// nothing of it is deleted; under another domain it is refused. After a crash in the middle, running it again
/// completes the work. `draft`: complete and checked (read_answers).
base::Result<Report> apply(Draft const& draft, std::string const& config_file);

/// The report in the language of the draft, a few lines.
std::string show(Report const& report, Draft const& draft);

/// Reads the answers, checks them all, applies them and prints what was done.
base::Result<void> run_answers(std::string const& answers_file, std::string const& config_file);

} // namespace setup
