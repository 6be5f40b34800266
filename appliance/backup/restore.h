#pragma once
// Bringing a backup back, and checking one. A restore that was cut off leaves the old state or, once everything is
// on the disk, is carried to its end by the next start.

#include "appliance/base/result.h"

#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace backup
{

struct About {
    std::string made; ///< ISO date
    std::string domain;
    std::string version;
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
};

using Progress = std::function<void(unsigned percent)>;

/// Reads the whole file, compares every hash, and opens every database in a folder of its own below `workplace`.
/// Throws base::Failure.
About verify(std::string const& file, std::string const& workplace, Progress const& progress);

/// The configuration of the machine that the backup was made on. Throws base::Failure.
std::string read_config(std::string const& file);

struct Restored {
    About about;
    std::string old_state; ///< the folder with what was there before; empty: nothing was
};
/// Puts the backup into the state folder `state`, which is made when it is missing. Nothing may run there: the caller
/// holds the supervisor's lock. Throws base::Failure; then the old state is as it was.
Restored restore(std::string const& file, std::string const& state, Progress const& progress);

/// True: a restore has been cut off after its point of no return; finish_restore() carries it to its end.
bool is_restore_pending(std::string const& state);
/// A restore was cut off, before that point or after it.
bool is_restore_left(std::string const& state);
/// Under the supervisor's lock. Gives the folder of the old state. Of one that was cut off before that point only the
/// room that it took is given back.
std::string finish_restore(std::string const& state);

} // namespace backup
