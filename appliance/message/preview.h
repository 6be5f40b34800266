#pragma once
// The first words of a message, for lists and PREVIEW (RFC 8970).

#include "appliance/message/mime.h"

#include <string>
#include <string_view>

namespace message
{

/// One line of at most `most` characters (not bytes), white space collapsed; "" when there is no text to read.
std::string preview(std::string_view message, Part const& root, std::size_t most = 120);

} // namespace message
