#include "maild/auth/dmarc.h"

#include "appliance/base/text.h"
#include "maild/auth/limits.h"
#include "maild/auth/tag_list.h"

namespace maild::auth
{

namespace
{
std::optional<DmarcPolicy> parse_policy(std::string_view text)
{
    for (auto const policy : {DmarcPolicy::none, DmarcPolicy::quarantine, DmarcPolicy::reject})
        if (base::equal_ignoring_case(text, show(policy))) return policy;
    return std::nullopt;
}

struct Found {
    bool failed = false;
    std::optional<DmarcRecord> record;
};

/// RFC 7489 6.6.3: several records are none.
Found look_up(std::string const& domain, Dns& dns)
{
    auto const answer = dns.texts("_dmarc." + domain);
    Found found{answer.failed, std::nullopt};
    for (auto const& text : answer.records) {
        auto const record = DmarcRecord::parse(text);
        if (record && found.record) return {};
        if (record) found.record = record;
    }
    return found;
}

DmarcPolicy weaker(DmarcPolicy policy)
{
    return policy == DmarcPolicy::reject ? DmarcPolicy::quarantine : DmarcPolicy::none;
}
} // namespace

std::string_view show(DmarcPolicy policy)
{
    switch (policy) {
    case DmarcPolicy::none: return "none";
    case DmarcPolicy::quarantine: return "quarantine";
    case DmarcPolicy::reject: return "reject";
    }
    return "none";
}

std::optional<DmarcRecord> DmarcRecord::parse(std::string_view text)
{
    auto const tags = text.size() <= limits::record ? TagList::parse(text) : std::nullopt;
    if (!tags || tags->tags().empty() || tags->tags().front().name != "v" || tags->tags().front().value != "DMARC1")
        return std::nullopt;
    DmarcRecord record;
    auto const policy = parse_policy(tags->value_or("p", ""));
    if (!policy && tags->value_or("rua", "").empty()) return std::nullopt;
    record.policy = policy.value_or(DmarcPolicy::none);
    record.subdomain_policy = parse_policy(tags->value_or("sp", "")).value_or(record.policy);
    record.strict_dkim = base::equal_ignoring_case(tags->value_or("adkim", "r"), "s");
    record.strict_spf = base::equal_ignoring_case(tags->value_or("aspf", "r"), "s");
    constexpr unsigned all = 100;
    record.percent = static_cast<unsigned>(base::parse_number(tags->value_or("pct", "100"), all).value_or(all));
    return record;
}

DmarcResult check_dmarc(DmarcQuery const& query, PublicSuffixes const& suffixes, Dns& dns)
{
    DmarcResult result;
    result.domain = query.from_domain;
    auto const end = [&](Verdict verdict, char const* reason) {
        result.verdict = verdict;
        result.reason = reason;
        return result;
    };
    if (query.from_domain.empty()) return end(Verdict::permerror, "no single From domain");
    auto const organization = suffixes.organizational_domain(query.from_domain);
    auto found = look_up(query.from_domain, dns);
    bool const of_parent = !found.failed && !found.record && organization != query.from_domain;
    if (of_parent) found = look_up(organization, dns);
    if (found.failed) return end(Verdict::temperror, "no answer from DNS");
    if (!found.record) return result;

    auto const& record = *found.record;
    auto const aligned = [&](std::string const& domain, bool strict) {
        return domain == query.from_domain ||
               (!strict && !domain.empty() && suffixes.organizational_domain(domain) == organization);
    };
    result.asked = of_parent ? record.subdomain_policy : record.policy;
    result.wanted = query.sample < record.percent ? result.asked : weaker(result.asked);
    bool doubtful = query.spf.verdict == Verdict::temperror && aligned(query.spf.domain, record.strict_spf);
    if (query.spf.verdict == Verdict::pass && aligned(query.spf.domain, record.strict_spf))
        return end(Verdict::pass, "");
    for (auto const& signature : query.dkim) {
        if (!aligned(signature.domain, record.strict_dkim)) continue;
        if (signature.verdict == Verdict::pass) return end(Verdict::pass, "");
        doubtful = doubtful || signature.verdict == Verdict::temperror;
    }
    if (doubtful) return end(Verdict::temperror, "no answer from DNS"); // 6.6.2: it may yet have passed
    return end(Verdict::fail, "");
}

} // namespace maild::auth
