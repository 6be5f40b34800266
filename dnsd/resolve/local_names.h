#pragma once
// Names that belong to nobody outside: private and special addresses backwards (RFC 6303, 7793), localhost, invalid,
// test (RFC 6761), local (6762), onion (7686), home.arpa (8375), resolver.arpa (9462), alt (9476). They are answered
// here and never forwarded: outside, they only tell strangers what the school asks.

#include "dnsd/resolve/answer.h"

#include <optional>
#include <string_view>

namespace dnsd::resolve
{

/// The answer when the name is such a one; `name` in wire form and lower case.
std::optional<Answer> answer_local_name(std::string_view name, std::uint16_t type);

} // namespace dnsd::resolve
