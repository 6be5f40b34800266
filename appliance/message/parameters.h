#pragma once
// Content-Type and Content-Disposition with their parameters (RFC 2045 5.1, RFC 2183, RFC 2231).

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace message
{

inline constexpr std::size_t parameters_max = 200; ///< of one field; later ones are dropped

/// As in the message: name in lower case (with RFC 2231's "*0*" if any), value without quoting, not decoded.
struct Parameter {
    std::string name;
    std::string value;
    bool operator==(Parameter const&) const = default;
};
using Parameters = std::vector<Parameter>;

/// A parameter in UTF-8: continuations joined, charsets and percent signs decoded (RFC 2231), and encoded words too,
/// which the RFC forbids but many programs send. Nothing when it is not there.
std::optional<std::string> decoded_parameter(Parameters const& parameters, std::string_view name);

/// The raw value of the first parameter with exactly this name, or "".
std::string raw_parameter(Parameters const& parameters, std::string_view name);

/// Type and subtype in lower case.
struct ContentType {
    std::string type;
    std::string subtype;
    Parameters parameters;

    bool is(std::string_view wanted_type, std::string_view wanted_subtype) const;
};
/// Nothing when there is no "type/subtype" at the front; then RFC 2045 5.2's default holds.
std::optional<ContentType> parse_content_type(std::string_view value);

/// "attachment" or "inline" or something else, in lower case.
struct Disposition {
    std::string type;
    Parameters parameters;
};
std::optional<Disposition> parse_disposition(std::string_view value);

/// "; name=value", quoted where needed; UTF-8 becomes RFC 2231 ("; filename*=utf-8''..."), in pieces when it is long.
std::string format_parameter(std::string_view name, std::string_view utf8);

} // namespace message
