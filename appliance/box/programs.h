#pragma once
// Other programs of the image's Debian, run to their end.

#include <string>
#include <vector>

namespace box
{

/// The exit code; 127 when the program is not there. No shell in between.
int run(std::vector<std::string> const& words);

/// Whether this is root on a machine that was started from the image.
bool is_the_box();

} // namespace box
