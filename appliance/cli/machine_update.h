#pragma once
// A new version of the box from a file, as `kotakpos update FILE` and the administrator's screen install it.

#include "appliance/box/update_file.h"
#include "appliance/cli/session.h"

#include <cstdint>
#include <functional>
#include <string>

namespace cli
{

/// Checks and writes the new version; the next start tries it. `progress(done, all)` in bytes. Throws base::Failure
/// (refused, nothing changed) for a file that is damaged, unsigned, older or of another product, and on a computer
/// that is not the box.
box::Release install_version(Session& session, std::string const& file,
                             std::function<void(std::uint64_t, std::uint64_t)> const& progress);

} // namespace cli
