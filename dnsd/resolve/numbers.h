#pragma once
// What the resolver counts as lines of text, for run/dnsd.sock (serve/control.h).

#include "dnsd/resolve/resolver.h"

#include <string>

namespace dnsd
{

/// "resolver-hits 12", ..., and for each forwarder "forwarder ADDRESS:PORT up|down MICROSECONDS".
std::string show_numbers(ResolverNumbers const& numbers);

} // namespace dnsd
