#pragma once
// A copy of the school's data as they are before a new version changes their databases, on the same disk. Nothing may
// run that writes them. Bodies of mails are never changed, only made and removed: they get a second name instead of a
// copy.

#include "appliance/base/result.h"

#include <cstdint>
#include <string>

namespace box
{

/// How many bytes take_snapshot() would copy.
std::uint64_t snapshot_size(std::string const& state);

/// `target` is there completely or not at all, whenever the power goes.
base::Result<void> take_snapshot(std::string const& state, std::string const& target);

/// Puts the copy in the state's place, whatever point an earlier call was cut off at. `target` is gone afterwards.
base::Result<void> restore_snapshot(std::string const& state, std::string const& target);

void forget_snapshot(std::string const& target);

} // namespace box
