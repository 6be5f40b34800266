#pragma once
// The 1024 bytes in which GRUB keeps which slot starts (`slot`) and which one is tried once (`trial`). The file is
// only overwritten in place: GRUB can do nothing else, and no power cut between two of its sectors matters, because
// the first holds all values.

#include "appliance/base/result.h"

#include <map>
#include <string>
#include <string_view>

namespace box
{

using GrubEnvironment = std::map<std::string, std::string>;

base::Result<GrubEnvironment> parse_grubenv(std::string_view block);
/// Always 1024 bytes.
std::string show_grubenv(GrubEnvironment const& values);

} // namespace box
