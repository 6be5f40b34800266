#pragma once
// The two slots of the disk, and which of them GRUB starts. Only on a machine that was started from the image, as
// root.

#include "appliance/base/result.h"

#include <cstdint>
#include <string>

namespace box
{

struct Boot {
    std::string slot;      ///< "a" or "b": what runs
    bool is_trial = false; ///< the one boot in which a new version must prove itself
    std::string id;        ///< differs from boot to boot
    std::string other() const { return slot == "a" ? "b" : "a"; }
};
Boot this_boot();

/// "/dev/sda5" for "root-a": of the disk that /data is on, whatever other disks have.
base::Result<std::string> partition(std::string const& name);
/// In bytes.
base::Result<std::uint64_t> device_size(std::string const& device);

/// `slot` is started once, at the next boot; then the one of before again unless start_always() was called.
base::Result<void> start_once(std::string const& slot);
base::Result<void> start_always(std::string const& slot);

} // namespace box
