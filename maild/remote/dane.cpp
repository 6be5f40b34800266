#include "maild/remote/dane.h"

namespace maild::remote
{

namespace
{
constexpr std::uint8_t dane_ta = 2;
constexpr std::uint8_t dane_ee = 3;
constexpr std::size_t sha256_size = 32;
constexpr std::size_t sha512_size = 64;
} // namespace

bool is_usable(dns::TlsaRecord const& record)
{
    if ((record.usage != dane_ta && record.usage != dane_ee) || record.selector > 1) return false;
    switch (record.matching_type) {
    case 0: return !record.data.empty();
    case 1: return record.data.size() == sha256_size;
    case 2: return record.data.size() == sha512_size;
    default: return false;
    }
}

Dane find_dane(dns::Resolver& resolver, MailHost const& host, std::string const& domain)
{
    if (!host.authenticated) return {};
    // 2.2.2: the end of the aliases first, then the name itself.
    std::vector<std::string> bases = {host.canonical};
    if (host.canonical != host.name) bases.push_back(host.name);
    for (auto const& base : bases) {
        auto const name = '_' + std::to_string(host.endpoint.port) + "._tcp." + base;
        auto const answer = resolver.query(name, dns::Type::tlsa);
        if (answer.outcome == dns::Outcome::failed) return {Dane::Kind::failed};
        if (answer.outcome != dns::Outcome::found || !answer.authenticated) continue;
        Dane dane{Dane::Kind::unusable, {.name = base}};
        for (auto const& record : dns::tlsa_records(answer))
            if (is_usable(record))
                dane.peer.tlsa.push_back({record.usage, record.selector, record.matching_type, record.data});
        if (dane.peer.tlsa.empty()) return dane;
        dane.kind = Dane::Kind::usable;
        if (host.name != base) dane.peer.also.push_back(host.name);
        if (!domain.empty()) dane.peer.also.push_back(domain);
        return dane;
    }
    return {};
}

} // namespace maild::remote
