#pragma once
// Some fields of a header, byte for byte as they stand (RFC 3501 6.4.5: BODY[HEADER.FIELDS (...)]).

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace message
{

using FieldChoice = std::function<bool(std::string_view name)>;

/// The lines of the chosen fields and the empty line.
std::string filter_fields(std::string_view header, FieldChoice const& is_wanted);

/// The same for a header as nearly all are, and quickly. Nothing: a line is odd, it must be looked at with care.
std::optional<std::string> try_filter_plain_fields(std::string_view header, FieldChoice const& is_wanted);

} // namespace message
