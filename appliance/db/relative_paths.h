#pragma once
// Lets SQLite open "school/school.db" as it is. For db/dialect.cpp only.

namespace db
{

/// SQLite makes every name absolute first. A daemon's user may be unable to walk from / to the state folder that the
/// supervisor chose as its working directory (a clone below /root); the relative name works. Call before the first
/// connection; a program that uses relative names must not change its folder while they are open.
void keep_relative_paths();

} // namespace db
