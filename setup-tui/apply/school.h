#pragma once
// The school's part of setup: settings, people in the school database, zones in that of the name server. Not for
// files (machine.h, page.h).

#include "setup-tui/apply.h"

namespace db
{
class Database;
}

namespace setup
{

/// The domain of the school that is in the state folder already; empty when there is none yet.
base::Result<std::string> existing_domain(std::string const& state);

/// What a school that is there was told before, and marks for the wizard (now.is_there, now.domain); an empty draft
/// when there is none.
base::Result<Draft> existing_answers(std::string const& state);

/// Settings, classes, users, administrator: adds what is missing, and leaves alone what people may have changed since
/// (other users' passwords).
base::Result<void> fill_school(db::Database& school, Draft const& draft, Report& report);

/// Gives the users of the answers their passwords, whether they were there or not.
base::Result<void> set_first_passwords(db::Database& school, Draft const& draft);

/// The zone files of a new school, as text.
std::string zone_preview(Draft const& draft);

/// The school's zones that are not there yet, and the resolvers that its LAN is served from.
base::Result<void> fill_dns(db::Database& dns, Draft const& draft, Report& report);

} // namespace setup
