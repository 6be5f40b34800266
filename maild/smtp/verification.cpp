#include "maild/smtp/verification.h"

#include "appliance/base/log.h"
#include "appliance/base/secret.h"
#include "appliance/net/stream.h"
#include "maild/auth/limits.h"
#include "maild/auth/results.h"
#include "maild/dns/answer.h"

#include <algorithm>
#include <chrono>

namespace maild::smtp
{

namespace
{
using auth::Verdict;

/// The questions of one message: answers are kept (the resolver keeps them too), and when the time for all of them is
/// over nobody is asked any more.
class BoundedDns final : public auth::Dns
{
public:
    explicit BoundedDns(dns::Resolver& resolver, std::chrono::milliseconds time)
        : resolver_(resolver), until_(std::chrono::steady_clock::now() + time)
    {
    }

    auth::Texts texts(std::string const& name) override { return take(ask(name, dns::Type::txt), dns::texts); }
    auth::Names names_of(net::IpAddress const& address) override
    {
        return take(ask(reverse_name(address), dns::Type::ptr), dns::names);
    }
    auth::Addresses addresses(std::string const& name, auth::Family family) override
    {
        return take(ask(name, family == auth::Family::v4 ? dns::Type::a : dns::Type::aaaa), dns::addresses);
    }
    auth::Names exchangers(std::string const& name) override
    {
        auto const answer = ask(name, dns::Type::mx);
        auto list = dns::mail_exchangers(answer);
        std::stable_sort(list.begin(), list.end(),
                         [](auto const& a, auto const& b) { return a.preference < b.preference; });
        auth::Names names{answer.outcome == dns::Outcome::failed, {}};
        for (auto const& one : list) names.records.push_back(one.host);
        return names;
    }

private:
    dns::Answer ask(std::string const& name, dns::Type type)
    {
        if (std::chrono::steady_clock::now() >= until_) return {};
        return resolver_.query(name, type);
    }

    template <class Records>
    static auto take(dns::Answer const& answer, Records&& records)
        -> auth::Answer<typename std::decay_t<decltype(records(answer))>::value_type>
    {
        return {answer.outcome == dns::Outcome::failed, records(answer)};
    }

    static std::string reverse_name(net::IpAddress const& address)
    {
        constexpr std::string_view hex = "0123456789abcdef";
        auto const& bytes = address.bytes();
        constexpr std::size_t v4_offset = 12;
        std::string name;
        for (std::size_t i = bytes.size(); i-- > (address.is_v4() ? v4_offset : 0);) {
            if (address.is_v4())
                name += std::to_string(bytes[i]) + '.';
            else
                name += {hex[bytes[i] & 0xFU], '.', hex[bytes[i] >> 4U], '.'};
        }
        return name + (address.is_v4() ? "in-addr.arpa" : "ip6.arpa");
    }

    dns::Resolver& resolver_;
    std::chrono::steady_clock::time_point until_;
};

std::string domain_of(std::string const& address)
{
    auto const at = address.rfind('@');
    return at == std::string::npos ? std::string() : auth::dns_domain(address.substr(at + 1));
}

auth::Findings too_busy(Stranger const& stranger)
{
    auth::Findings findings;
    findings.sender = stranger.sender;
    findings.helo = stranger.hello;
    findings.spf.verdict = findings.spf_helo.verdict = findings.dmarc.verdict = Verdict::temperror;
    findings.dmarc.reason = "too many messages at once";
    auth::DkimResult& dkim = findings.dkim.emplace_back();
    dkim.verdict = Verdict::temperror;
    dkim.reason = findings.dmarc.reason;
    return findings;
}

auth::Findings examine(Stranger const& stranger, auth::Message const& message, auth::Dns& dns,
                       auth::PublicSuffixes const& suffixes, base::Timestamp now)
{
    constexpr long long hundred = 100;
    auth::Findings findings;
    findings.sender = stranger.sender;
    findings.helo = stranger.hello;
    auth::SpfQuery const query{stranger.peer, stranger.hello, stranger.sender, stranger.host};
    findings.spf = auth::check_spf(query, dns);
    if (!stranger.sender.empty()) findings.spf_helo = auth::check_spf_helo(query, dns);
    findings.dkim = auth::verify_dkim(message, dns, now);
    findings.arc = auth::verify_arc(message, dns);
    findings.dmarc = auth::check_dmarc({.from_domain = message.from_domain(),
                                        .spf = findings.spf,
                                        .dkim = findings.dkim,
                                        .sample = static_cast<unsigned>(base::random_key() % hundred)},
                                       suffixes, dns);
    return findings;
}

bool speaks_for_sender(auth::Findings const& findings)
{
    auto const domain = domain_of(findings.sender);
    if (domain.empty()) return false;
    if (findings.spf.verdict == Verdict::pass) return true;
    return std::any_of(findings.dkim.begin(), findings.dkim.end(), [&](auto const& signature) {
        return signature.verdict == Verdict::pass &&
               (signature.domain == domain || domain.ends_with('.' + signature.domain));
    });
}

/// RFC 7489 6.6.2 step 6. A list that seals what it changed (ARC) may be an honest one: Junk instead of a refusal.
void apply_policy(auth::Findings const& findings, Verified& verified)
{
    if (findings.dmarc.verdict != Verdict::fail || findings.dmarc.wanted == auth::DmarcPolicy::none) return;
    if (findings.dmarc.wanted == auth::DmarcPolicy::quarantine || findings.arc.verdict == Verdict::pass) {
        verified.junk = true;
        return;
    }
    verified.refusal = Reply{550, "5.7.1",
                             "The From field does not belong to the sender, and the domain " + findings.dmarc.domain +
                                 " asks that such mail be refused (DMARC)"};
}

struct Busy {
    explicit Busy(std::atomic<unsigned>& the_count) : count(the_count), taken(++count) {}
    ~Busy() { --count; }
    Busy(Busy const&) = delete;
    Busy& operator=(Busy const&) = delete;
    std::atomic<unsigned>& count;
    unsigned taken;
};
} // namespace

DmarcMode parse_dmarc_mode(std::string_view setting)
{
    if (setting == "off") return DmarcMode::off;
    return setting == "mark" ? DmarcMode::mark : DmarcMode::enforce;
}

Verified Verification::run(Stranger const& stranger, queue::SpoolBody& body, DmarcMode mode)
{
    Busy const busy(busy_);
    BoundedDns dns(resolver_, auth::limits::whole);
    auth::Message const message([&](std::uint64_t offset, std::size_t most) { return body.read(offset, most); });
    auto const findings = busy.taken > auth::limits::at_once
                              ? too_busy(stranger)
                              : examine(stranger, message, dns, suffixes_, clock_.now());
    Verified verified;
    verified.results = auth::results_field(stranger.host, findings);
    verified.sender_verified = speaks_for_sender(findings);
    if (mode == DmarcMode::enforce) apply_policy(findings, verified);
    return verified;
}

} // namespace maild::smtp
