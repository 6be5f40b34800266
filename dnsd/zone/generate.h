#pragma once
// BIND's $GENERATE: one line that stands for many records ("$GENERATE 1-50 pc$ A 192.168.10.$").

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dnsd
{

struct GenerateRange {
    std::uint32_t first = 0;
    std::uint32_t last = 0;
    std::uint32_t step = 1;
    std::size_t count() const { return (last - first) / step + 1; }
};
/// "1-50" or "1-50/2"; nothing when it is no range or runs backwards.
std::optional<GenerateRange> read_range(std::string_view word);

/// `pattern` with `$`, `${offset,width,base}` (bases d, o, x, X, n, N) replaced by the number; "\$" and "$$" are a
/// dollar sign. Nothing when the pattern is wrong or the result longer than a name and its escapes can be.
std::optional<std::string> fill_in(std::string_view pattern, std::uint32_t number);

} // namespace dnsd
