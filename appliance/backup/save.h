#pragma once
// Making a backup while everything runs.

#include "appliance/base/clock.h"

#include <cstdint>
#include <functional>
#include <string>

namespace backup
{

struct Saved {
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;      ///< before compression
    std::uint64_t compressed = 0; ///< size of the file
};

struct SaveOptions {
    std::string file; ///< whole path
    std::string config_text;
    std::string domain;
    /// Called now and then with the share that is done, 0 to 100. May be empty.
    std::function<void(unsigned)> progress = {};
};

/// Saves the state folder that is the working directory. An older backup of that name stays until the new one is
/// whole. Throws base::Failure and base::StoreError.
Saved save(SaveOptions const& options, base::Timestamp now);

} // namespace backup
