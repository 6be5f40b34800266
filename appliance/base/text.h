#pragma once
// Small text helpers used everywhere: ASCII case, splitting, joining, encodings. Not for mail charsets
// (message/charset.h).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace base
{

/// ASCII only, never the locale.
std::string lower(std::string_view text);
std::string upper(std::string_view text);
bool equal_ignoring_case(std::string_view a, std::string_view b);
std::string_view trim(std::string_view text);
bool is_ascii(std::string_view text);
/// Well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms).
bool is_utf8(std::string_view text);
/// The length of the well-formed UTF-8 sequence at the front of the text, 0 when there is none.
std::size_t utf8_sequence(std::string_view text);

std::vector<std::string_view> split(std::string_view text, char separator);
/// Splits at commas, trims each piece, leaves out empty ones.
std::vector<std::string> split_list(std::string_view text);
std::string join(std::vector<std::string> const& parts, std::string_view separator);
/// Puts arguments at {1}, {2}, ... (translators may reorder them). An unknown mark stays as it is.
std::string format(std::string_view pattern, std::vector<std::string> const& arguments);
std::string replace_all(std::string text, std::string_view from, std::string_view to);

/// A whole number without sign and nothing else, at most `most`.
std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t most = UINT64_MAX);
/// "50M", "2G", "1500": bytes, with K, M, G as powers of 1024.
std::optional<std::uint64_t> parse_size(std::string_view text);
/// 52428800 -> "50 MB" (powers of 1024, one decimal below 10).
std::string show_size(std::uint64_t bytes);
/// "90s", "30m", "4h", "5d", "2w", "90": seconds.
std::optional<std::uint64_t> parse_duration(std::string_view text);
/// 1800 -> "30m": the largest unit that divides it; what parse_duration reads.
std::string show_duration(std::uint64_t seconds);

std::string hex(std::string_view bytes);
std::optional<std::string> from_hex(std::string_view text);
/// RFC 4648 section 4, no line breaks.
std::string base64(std::string_view bytes);
/// Strict: padding needed, no other characters.
std::optional<std::string> from_base64(std::string_view text);

/// For logs: quoted when needed, control and non-ASCII bytes as \xNN, cut at `most` bytes.
std::string quoted_for_log(std::string_view text, std::size_t most = 200);
/// For JSON output: a complete string literal.
std::string json_string(std::string_view text);

} // namespace base
