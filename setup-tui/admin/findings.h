#pragma once
// How the box is: what the status screen and the console show.

#include "appliance/cli/health.h"
#include "setup-tui/admin/desk.h"

#include <array>

namespace setup
{

constexpr std::size_t hours = 24;

struct Today {
    std::array<std::size_t, hours> by_hour{};
    std::size_t messages = 0;
    std::size_t refused = 0;
};

/// What is asked for once in a while, because real answers take a moment.
struct Findings {
    cli::Health health;
    cli::Disk disk;
    std::optional<cli::QueueLength> queue;
    Today today;
    std::string problem; ///< a store that could not be read
};

Findings look_at_box(Desk& desk);

} // namespace setup
