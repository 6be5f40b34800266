#include "maild/remote/tls_policy.h"

#include "appliance/base/text.h"
#include "appliance/message/header.h"

namespace maild::remote
{

namespace
{
TlsDecision verified(MailHost const& host, TlsDecision decision, char const* by)
{
    decision.demand.least = Security::verified;
    decision.demand.peer.name = host.name;
    decision.demand.peer.verify = true;
    decision.demand.by = by;
    return decision;
}

TlsDecision obstacle(char const* status, char const* why) { return {{}, status, why}; }

TlsDecision by_route(Route const& route, MailHost const& host, TlsWish wish)
{
    TlsDecision decision;
    decision.demand.start = route.start;
    decision.demand.try_tls = route.tls != TlsRule::never;
    if (route.tls == TlsRule::verified || (wish == TlsWish::required && route.tls != TlsRule::never))
        return verified(host, decision, wish == TlsWish::required ? "REQUIRETLS" : "route");
    if (wish == TlsWish::required)
        return obstacle("5.7.30", "the way to the other server cannot be secured as the sender asked");
    decision.demand.by = "route";
    if (route.tls == TlsRule::encrypted || route.start == TlsStart::at_once)
        decision.demand.least = Security::encrypted;
    return decision;
}

char const* const not_named = "the domain's MTA-STS policy does not name this mail server";

/// RFC 8461 5: as if there were no policy, but the administrator can read what it would have done.
TlsDecision testing(MailHost const& host, TlsDecision decision, bool is_named)
{
    if (!is_named) decision.warning = not_named;
    decision.demand.peer.name = host.name;
    decision.demand.peer.verify = true;
    decision.demand.by = "MTA-STS";
    decision.demand.is_testing = true;
    return decision;
}

TlsDecision by_dane(Dane const& dane, TlsDecision decision)
{
    decision.demand.by = "DANE";
    decision.demand.least = dane.kind == Dane::Kind::usable ? Security::verified : Security::encrypted;
    if (dane.kind == Dane::Kind::usable) decision.demand.peer = dane.peer;
    return decision;
}
} // namespace

TlsWish tls_wish(bool require_tls, std::string_view header)
{
    if (require_tls) return TlsWish::required;
    auto const parsed = message::Header::parse(header);
    auto const fields = parsed.all("TLS-Required");
    return fields.size() == 1 && base::lower(fields.front()->value()) == "no" ? TlsWish::optional : TlsWish::usual;
}

TlsDecision decide_tls(Route const& route, Destination const& destination, MailHost const& host, TlsWish wish)
{
    TlsDecision usual;
    usual.demand.peer.name = host.name.starts_with('[') ? "" : host.name;
    usual.demand.start = route.start;
    if (!route.is_by_mx() || route.tls != TlsRule::opportunistic) {
        auto decision = by_route(route, host, wish);
        if (decision.demand.peer.name.empty()) decision.demand.peer.name = usual.demand.peer.name;
        return decision;
    }
    if (wish == TlsWish::optional) return usual;
    auto const& dane = host.dane;
    if (dane.kind == Dane::Kind::failed) // RFC 7672 2.1.1: else who can disturb DNS could switch DANE off
        return obstacle("4.7.5", "the security records of the other server cannot be asked for");
    if (dane.kind == Dane::Kind::usable) return by_dane(dane, usual);
    bool const is_named = destination.sts && destination.sts->allows(host.name);
    if (dane.kind == Dane::Kind::none && destination.sts && destination.sts->mode == StsMode::enforce)
        return is_named ? verified(host, usual, "MTA-STS") : obstacle("4.7.5", not_named);
    if (wish == TlsWish::required) // RFC 8689 4.2.1: the server's name must have come on a secure way
        return host.authenticated || is_named
                   ? verified(host, usual, "REQUIRETLS")
                   : obstacle("5.7.30", "the way to the other server cannot be secured as the sender asked");
    if (dane.kind == Dane::Kind::unusable) return by_dane(dane, usual);
    return destination.sts ? testing(host, usual, is_named) : usual;
}

} // namespace maild::remote
