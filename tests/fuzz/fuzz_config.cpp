#include "appliance/config/config.h"
#include "tests/support/fuzz.h"

#include <cstdlib>

// Whatever is accepted is written and read again as the same.
FUZZ_TARGET(config)
{
    auto const config = config::parse(bytes, "fuzz");
    if (!config) return;
    auto const text = config::show(*config);
    auto const again = config::parse(text, "fuzz");
    if (!again || config::show(*again) != text) std::abort();
}
