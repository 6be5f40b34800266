#pragma once
// Other programs of the image's Debian, run to their end.

#include <string>
#include <string_view>
#include <vector>

namespace box
{

/// The exit code; 127 when the program is not there. No shell in between.
int run(std::vector<std::string> const& words);

/// Whether this is root on a machine that was started from the image.
bool is_the_box();

/// After a change of the setting `key`: those of the machine are applied by the image's unit, at once. Else nothing.
void follow_setting(std::string_view key);

} // namespace box
