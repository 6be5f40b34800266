#pragma once
// What the web administration asks the desk for: one line of JSON. Not for what is then done (operations.h).

#include "appliance/base/result.h"

#include <map>
#include <string>
#include <string_view>

namespace desk
{

inline constexpr std::size_t longest_request = 64 << 10;
inline constexpr std::size_t most_arguments = 16;
inline constexpr std::size_t largest_file = std::size_t{100} << 20; ///< behind the line, where an operation takes one

struct Request {
    std::string session;   ///< the token of somebody's web session
    std::string language;  ///< "id" or "en": of the sentences in the answer
    std::string operation; ///< "queue.hold"
    std::map<std::string, std::string, std::less<>> arguments = {};
};

/// Reads {"session": ..., "language": ..., "operation": ..., "arguments": {...}}. Refused: anything else, unknown
/// members, nested values, control characters, text that is not UTF-8.
base::Result<Request> parse_request(std::string_view line);
/// The line for it, without a line end.
std::string show(Request const& request);

} // namespace desk
