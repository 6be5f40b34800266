#include "maild/auth/spf.h"

#include "appliance/base/text.h"
#include "maild/auth/limits.h"
#include "maild/auth/message.h"
#include "maild/auth/spf_record.h"

#include <algorithm>

namespace maild::auth
{

namespace
{
using Kind = SpfMechanism::Kind;

/// Ends the whole evaluation (temperror, permerror) from wherever it is found.
struct Ended {
    Verdict verdict;
};

Verdict verdict_of(char qualifier)
{
    switch (qualifier) {
    case '-': return Verdict::fail;
    case '~': return Verdict::softfail;
    case '?': return Verdict::neutral;
    default: return Verdict::pass;
    }
}

/// One check_host() with all that it includes.
class Evaluation
{
public:
    Evaluation(SpfMacros macros, Dns& dns) : macros_(std::move(macros)), dns_(dns) {}

    SpfResult run(std::string const& domain)
    {
        SpfResult result;
        result.domain = domain;
        // RFC 7208 4.3: no name that DNS could have, or a single label.
        if (domain.empty() || domain.find('.') == std::string::npos) return result;
        try {
            result.verdict = check(domain, 0);
        } catch (Ended const& ended) {
            result.verdict = ended.verdict;
        }
        if (result.verdict == Verdict::fail) result.explanation = explain();
        return result;
    }

private:
    Verdict check(std::string const& domain, unsigned depth)
    {
        auto const text = find_record(domain);
        if (!text) return Verdict::none;
        auto const record = SpfRecord::parse(*text);
        if (!record) throw Ended{Verdict::permerror};
        for (auto const& mechanism : record->mechanisms) {
            macros_.domain = domain;
            if (!matches(mechanism, domain, depth)) continue;
            if (depth == 0) explanation_ = {record->explanation, domain};
            return verdict_of(mechanism.qualifier);
        }
        if (record->redirect.empty()) return Verdict::neutral;
        count_lookup();
        macros_.domain = domain;
        auto const target = dns_domain(expand(record->redirect));
        auto const verdict = target.empty() ? Verdict::none : check(target, depth);
        if (verdict == Verdict::none) throw Ended{Verdict::permerror}; // 6.1
        return verdict;
    }

    /// RFC 7208 4.4, 4.5.
    std::optional<std::string> find_record(std::string const& domain)
    {
        auto const answer = dns_.texts(domain);
        if (answer.failed) throw Ended{Verdict::temperror};
        std::optional<std::string> found;
        for (auto const& text : answer.records) {
            if (!is_spf_record(text)) continue;
            if (found) throw Ended{Verdict::permerror};
            found = text;
        }
        return found;
    }

    bool matches(SpfMechanism const& mechanism, std::string const& domain, unsigned depth)
    {
        switch (mechanism.kind) {
        case Kind::all: return true;
        case Kind::ip4:
        case Kind::ip6: return mechanism.network.contains(macros_.ip) && is_family(mechanism.kind);
        default: break;
        }
        count_lookup();
        auto const target = mechanism.domain.empty() ? domain : dns_domain(expand(mechanism.domain));
        if (mechanism.kind == Kind::include) return includes(target, depth);
        if (target.empty()) return false; // 4.8: no name that DNS could have
        switch (mechanism.kind) {
        case Kind::a: return has_address(target, mechanism, true);
        case Kind::mx: return has_exchanger(target, mechanism);
        case Kind::ptr: return is_validated(target);
        case Kind::exists: return !ask(dns_.addresses(target, Family::v4)).empty();
        default: return false;
        }
    }

    bool is_family(Kind kind) const { return macros_.ip.is_v4() == (kind == Kind::ip4); }

    /// RFC 7208 5.2.
    bool includes(std::string const& target, unsigned depth)
    {
        auto const verdict = target.empty() ? Verdict::none : check(target, depth + 1);
        if (verdict == Verdict::none) throw Ended{Verdict::permerror};
        return verdict == Verdict::pass;
    }

    bool has_address(std::string const& name, SpfMechanism const& mechanism, bool may_be_void)
    {
        constexpr unsigned v4_offset = 96;
        bool const v4 = macros_.ip.is_v4();
        auto const answer = dns_.addresses(name, v4 ? Family::v4 : Family::v6);
        auto const& addresses = may_be_void ? ask(answer) : must_not_fail(answer).records;
        return std::any_of(addresses.begin(), addresses.end(), [&](auto const& address) {
            return net::Network{address, v4 ? mechanism.prefix4 + v4_offset : mechanism.prefix6}.contains(macros_.ip);
        });
    }

    bool has_exchanger(std::string const& target, SpfMechanism const& mechanism)
    {
        auto const answer = dns_.exchangers(target);
        auto const names = ask(answer);
        if (names.size() > limits::spf_names) throw Ended{Verdict::permerror};
        return std::any_of(names.begin(), names.end(),
                           [&](auto const& name) { return !name.empty() && has_address(name, mechanism, false); });
    }

    /// RFC 7208 5.5: names of the address that lead back to it; faults of DNS are no match.
    std::vector<std::string> validated_names()
    {
        auto const answer = dns_.names_of(macros_.ip);
        std::vector<std::string> names;
        for (std::size_t i = 0; i < answer.records.size() && i < limits::spf_names; ++i) {
            auto const name = dns_domain(answer.records[i]);
            if (name.empty()) continue;
            auto const back = dns_.addresses(name, macros_.ip.is_v4() ? Family::v4 : Family::v6);
            if (std::find(back.records.begin(), back.records.end(), macros_.ip) != back.records.end())
                names.push_back(name);
        }
        return names;
    }

    bool is_validated(std::string const& target)
    {
        auto const names = validated_names();
        return std::any_of(names.begin(), names.end(),
                           [&](auto const& name) { return name == target || name.ends_with('.' + target); });
    }

    std::string expand(std::string const& text)
    {
        if (base::lower(text).find("%{p") != std::string::npos) {
            auto const names = validated_names();
            if (!names.empty()) macros_.validated = names.front();
        }
        auto name = expand_macros(text, macros_, SpfText::domain).value_or("");
        while (name.size() > limits::spf_expanded) { // 7.3: labels go from the left
            auto const dot = name.find('.');
            if (dot == std::string::npos) return {};
            name.erase(0, dot + 1);
        }
        return name;
    }

    void count_lookup()
    {
        if (++lookups_ > limits::spf_lookups) throw Ended{Verdict::permerror};
    }

    template <class T>
    T const& must_not_fail(T const& answer)
    {
        if (answer.failed) throw Ended{Verdict::temperror};
        return answer;
    }

    template <class T>
    std::vector<T> const& ask(Answer<T> const& answer)
    {
        if (must_not_fail(answer).records.empty() && ++voids_ > limits::spf_void_lookups)
            throw Ended{Verdict::permerror};
        return answer.records;
    }

    /// RFC 7208 6.2: the domain's own words; anything wrong with them means none.
    std::string explain()
    {
        if (explanation_.text.empty()) return {};
        macros_.domain = explanation_.domain;
        auto const target = dns_domain(expand(explanation_.text));
        auto const answer = target.empty() ? Texts() : dns_.texts(target);
        if (answer.records.size() != 1 || !base::is_ascii(answer.records.front())) return {};
        auto const text = expand_macros(answer.records.front(), macros_, SpfText::explanation).value_or("");
        return text.substr(0, limits::spf_explanation);
    }

    struct Explanation {
        std::string text;
        std::string domain;
    };

    SpfMacros macros_;
    Dns& dns_;
    unsigned lookups_ = 0;
    unsigned voids_ = 0;
    Explanation explanation_;
};

SpfResult evaluate(SpfQuery const& query, std::string local_part, std::string const& domain, Dns& dns)
{
    SpfMacros macros;
    macros.local_part = local_part.empty() ? "postmaster" : std::move(local_part);
    macros.sender_domain = domain;
    macros.sender = macros.local_part + '@' + domain;
    macros.ip = query.ip;
    macros.helo = query.helo;
    macros.receiver = query.receiver;
    return Evaluation(std::move(macros), dns).run(domain);
}
} // namespace

SpfResult check_spf(SpfQuery const& query, Dns& dns)
{
    auto const at = query.sender.rfind('@');
    if (at == std::string::npos) return check_spf_helo(query, dns);
    return evaluate(query, query.sender.substr(0, at), dns_domain(query.sender.substr(at + 1)), dns);
}

SpfResult check_spf_helo(SpfQuery const& query, Dns& dns)
{
    return evaluate(query, "postmaster", dns_domain(query.helo), dns);
}

} // namespace maild::auth
