#pragma once
// Makes a school out of checked answers: what `kotakpos setup` and the wizard's last page do. Not for asking (steps/).

#include "appliance/base/result.h"

#include <string>

namespace setup
{

/// Reads the answers, checks them all, and sets the box up (state folder, configuration, school database, zones, users,
/// certificates, the school's page). Prints what it did. A bad answer is refused and nothing is changed. A school that is
/// there already under the same domain is updated: nothing is deleted; under another domain it is refused.
base::Result<void> run_answers(std::string const& answers_file, std::string const& config_file);

} // namespace setup
