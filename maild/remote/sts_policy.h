#pragma once
// MTA-STS (RFC 8461): the TXT record and the policy file of a domain, read and judged. Fetching: sts.h.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace maild::remote
{

enum class StsMode { none, testing, enforce };

struct StsPolicy {
    StsMode mode = StsMode::none;
    std::uint32_t max_age = 0;   ///< seconds
    std::vector<std::string> mx; ///< patterns, lower case

    /// 4.1: one of the patterns fits; "*." stands for one label.
    bool allows(std::string_view host) const;
};

/// The id of the one TXT record that begins with "v=STSv1"; nothing when there is none, or more than one (3.1).
std::optional<std::string> parse_sts_record(std::vector<std::string> const& texts);
/// Nothing when it is no policy (3.2). Unknown keys and the first of doubled ones are kept to as the RFC has it.
std::optional<StsPolicy> parse_sts_policy(std::string_view text);

} // namespace maild::remote
