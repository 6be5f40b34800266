#pragma once
// The school's part of setup: settings, people and zones in the school database. Not for files (machine.h, page.h).

#include "setup-tui/apply.h"

namespace db
{
class Database;
}

namespace setup
{

/// The domain of the school that is in the state folder already; empty when there is none yet.
base::Result<std::string> existing_domain(std::string const& state);

/// Settings, zones, classes, users, administrator: adds what is missing, and leaves alone what people may have
/// changed since (other users' passwords, existing zones).
base::Result<void> fill_school(db::Database& school, Draft const& draft, Report& report);

} // namespace setup
