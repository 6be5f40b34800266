#pragma once
// Zone-file syntax (RFC 1035 5.1 as BIND reads it: $ORIGIN, $TTL, $GENERATE, units of time). One record at a time, so
// that every bad line can be named.

#include "dnsd/zone/wire_record.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dnsd
{

struct ParsedLine {
    std::size_t line = 0; ///< from 1: where the record begins
    WireRecord record;    ///< ttl is `no_ttl` where the text gives none
};
struct BadLine {
    std::size_t line = 0;
    std::string text;
    base::Error error;
};
struct ParsedText {
    std::vector<ParsedLine> records;
    std::vector<BadLine> refused;
};

/// How many records the $GENERATE lines of one text may make.
inline constexpr std::size_t most_generated = 200'000;

/// `zone`: absolute text, the first $ORIGIN; empty: the root.
ParsedText parse_zone_text(std::string_view text, std::string_view zone);

/// Words as a zone file separates them, quotes left on. The views are into `text`.
std::vector<std::string_view> split_words(std::string_view text);

/// "3600", "1h", "1w2d3h4m5s" as seconds.
std::optional<std::uint32_t> read_ttl(std::string_view word);

} // namespace dnsd
