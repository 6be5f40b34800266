#pragma once
// The answers so far on disk, so that a power cut costs nothing: a file of its own in the state folder, mode 0600,
// written whole or not at all. Passwords are never in it: where one was typed, the page asks again.

#include "setup-tui/steps/step.h"

#include "appliance/base/result.h"

#include <cstddef>
#include <string>

namespace setup::wizard
{

struct Kept {
    Draft draft;
    std::string step;             ///< the page that was open
    bool lacks_passwords = false; ///< some were typed
    bool was_applying = false;    ///< the cut came after the first change
};

inline constexpr std::size_t largest_draft = std::size_t{1} << 16; ///< bytes

/// Where the file is for this configuration.
std::string draft_path(std::string const& config_file);

base::Result<void> keep(std::string const& path, Draft const& draft, std::string const& step, bool applying = false);
/// Nothing when there is no such file, or it cannot be read: then the wizard begins at its beginning.
std::optional<Kept> kept(std::string const& path);
void forget(std::string const& path);

} // namespace setup::wizard
