#pragma once
// Owner names as the database orders them: byte-wise comparison of keys is the canonical order of DNSSEC
// (RFC 4034 6.1).

#include <string>
#include <string_view>

namespace dnsd
{

/// The key of `name` relative to `zone` (both wire form, lower case, `name` in `zone`): its labels from the zone
/// downwards, each followed by a zero byte. Inside a label the bytes 0 and 1 become 1 1 and 1 2. The zone's own name
/// is "". Everything at and below a name begins with its key.
std::string zone_key(std::string_view name, std::string_view zone);

/// Back to wire form.
std::string key_name(std::string_view key, std::string_view zone);

/// The key of the name above; "" stays "".
std::string_view parent_key(std::string_view key);

/// The name's first label, which is the last of its key, is "*".
bool is_wildcard_key(std::string_view key);

/// The first key behind the name and everything below it: what is there lies in [key, key_after_all_below(key)).
std::string key_after_all_below(std::string_view key);

} // namespace dnsd
