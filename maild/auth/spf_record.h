#pragma once
// An SPF record as its grammar has it (RFC 7208 12), and macros (7). Evaluated in spf.h.

#include "appliance/net/address.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace maild::auth
{

struct SpfMechanism {
    enum class Kind { all, include, a, mx, ptr, ip4, ip6, exists };
    char qualifier = '+';
    Kind kind = Kind::all;
    std::string domain;   ///< domain-spec with macros; empty: the current domain
    net::Network network; ///< ip4, ip6
    unsigned prefix4 = 32;
    unsigned prefix6 = 128;
};

struct SpfRecord {
    std::vector<SpfMechanism> mechanisms;
    std::string redirect;
    std::string explanation; ///< exp=

    /// Nothing: a syntax error anywhere (RFC 7208 4.6). `text` with its "v=spf1".
    static std::optional<SpfRecord> parse(std::string_view text);
};
/// "v=spf1", in any case, alone or before a blank (RFC 7208 4.5).
bool is_spf_record(std::string_view text);

/// What macros stand for.
struct SpfMacros {
    std::string sender;
    std::string local_part;
    std::string sender_domain;
    std::string domain;
    net::IpAddress ip;
    std::string helo;
    std::string receiver;              ///< only in explanations
    std::string validated = "unknown"; ///< %{p}
};
/// Nothing: bad syntax. `explanation`: c, r and t are allowed too, and blanks.
enum class SpfText { domain, explanation };
std::optional<std::string> expand_macros(std::string_view text, SpfMacros const& macros, SpfText kind);

} // namespace maild::auth
