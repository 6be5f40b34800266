#pragma once
// What everybody does who speaks to the keeper's socket: connects, and puts a message behind its length.

#include "appliance/base/file.h"

#include <string>
#include <string_view>

namespace dnsd
{

/// Connected or refused at once: a Unix socket never keeps us waiting. Non-blocking; not open: there is nobody.
base::Fd connect_to_keeper(std::string const& path);

/// The message behind two octets of length, as by TCP.
std::string framed(std::string_view message);

} // namespace dnsd
