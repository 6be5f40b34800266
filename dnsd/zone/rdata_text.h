#pragma once
// The data of a record between zone-file words and wire form. The usual types are read here, all others by ldns.

#include "appliance/base/result.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace dnsd
{

/// "MX", "mx" and "TYPE15" are 15; nothing for words that are no type.
std::optional<std::uint16_t> read_type(std::string_view word);
/// "MX", or "TYPE65300" (RFC 3597).
std::string show_type(std::uint16_t type);

/// The wire form of the data, names in lower case. `words` as they stand in a zone file (quotes included), names
/// without a dot at the end are below `origin` (wire form). `\# 3 010203` is understood for every type. The error's
/// `what` is the words, its `why` says what such a record needs.
base::Result<std::string> read_rdata(std::uint16_t type, std::span<std::string_view const> words,
                                     std::string_view origin);
/// One line for a zone file, names absolute; data that does not fit its type as `\# ...`.
std::string show_rdata(std::uint16_t type, std::string_view rdata);

} // namespace dnsd
