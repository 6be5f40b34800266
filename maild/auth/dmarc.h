#pragma once
// DMARC (RFC 7489): what the domain of the From field wants done with mail that nothing speaks for.

#include "maild/auth/dkim.h"
#include "maild/auth/public_suffix.h"
#include "maild/auth/spf.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace maild::auth
{

enum class DmarcPolicy { none, quarantine, reject };
std::string_view show(DmarcPolicy policy);

struct DmarcRecord {
    DmarcPolicy policy = DmarcPolicy::none;
    DmarcPolicy subdomain_policy = DmarcPolicy::none;
    bool strict_dkim = false;
    bool strict_spf = false;
    unsigned percent = 100;

    /// Nothing: no DMARC record (RFC 7489 6.3). A wrong p= with a rua= counts as p=none (6.6.3).
    static std::optional<DmarcRecord> parse(std::string_view text);
};

struct DmarcResult {
    Verdict verdict = Verdict::none;
    DmarcPolicy asked = DmarcPolicy::none;  ///< p= or sp= that applies
    DmarcPolicy wanted = DmarcPolicy::none; ///< after pct=; what is to be done when the verdict is fail
    std::string domain;                     ///< of the From field
    std::string reason;
};

struct DmarcQuery {
    std::string from_domain; ///< empty: no domain, or several
    SpfResult const& spf;    ///< of MAIL FROM
    std::vector<DkimResult> const& dkim;
    unsigned sample = 0; ///< 0 to 99, by chance
};
DmarcResult check_dmarc(DmarcQuery const& query, PublicSuffixes const& suffixes, Dns& dns);

} // namespace maild::auth
