#pragma once
// The TSIG keys that the school knows: one file each in dns-keys/, readable by the keeper only, written as BIND
// writes keys, so that it can be handed to the other side as it is.

#include "appliance/base/result.h"
#include "dnsd/keep/tsig.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dnsd
{

class TsigKeys
{
public:
    explicit TsigKeys(std::string folder) : folder_(std::move(folder)) {}

    /// `name` in wire form. Reads the file: a key that was added a moment ago works.
    std::optional<TsigKey> find(std::string_view name) const;
    /// By name. Throws base::Failure where this user may not read them.
    std::vector<TsigKey> all() const;

    /// A new key called "dhcp" or "school-a.example"; without `secret` (octets) a random one. Refused: a name with
    /// other than letters, digits, '-', '_' and '.', a name that is taken, a secret that is too short.
    base::Result<TsigKey> add(std::string_view name, TsigAlgorithm algorithm,
                              std::optional<std::string> secret) const;
    base::Result<void> remove(std::string_view name) const;

private:
    std::string file_of(std::string_view name) const;

    std::string folder_;
};

/// "dhcp": a key's name as people write it.
std::string show_key_name(std::string_view wire);
/// key "dhcp" { algorithm hmac-sha256; secret "..."; };
std::string show_key(TsigKey const& key);
std::optional<TsigKey> parse_key(std::string_view text);

} // namespace dnsd
