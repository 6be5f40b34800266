#include "maild/auth/arc.h"

#include "appliance/base/text.h"
#include "maild/auth/limits.h"
#include "maild/auth/tag_list.h"

#include <map>
#include <optional>

namespace maild::auth
{

namespace
{
using message::HeaderField;

struct ArcSet {
    HeaderField const* results = nullptr;
    HeaderField const* message_signature = nullptr;
    HeaderField const* seal = nullptr;
};
using Chain = std::map<std::size_t, ArcSet>;

/// i= of a field: in ARC-Authentication-Results the first tag, before the authserv-id.
std::optional<std::size_t> instance_of(std::string_view value)
{
    if (value.size() > limits::field) return std::nullopt;
    auto const first = TagList::parse(value.substr(0, value.find(';')));
    auto const whole = first && first->find("i") ? first : TagList::parse(value);
    auto const number = whole ? base::parse_number(whole->value_or("i", ""), limits::arc_sets) : std::nullopt;
    if (!number || *number == 0) return std::nullopt;
    return static_cast<std::size_t>(*number);
}

/// False: a field without an instance, or twice the same.
bool collect(Message const& message, std::string_view name, HeaderField const* ArcSet::*place, Chain& chain)
{
    for (auto const* field : message.header().all(name)) {
        auto const instance = instance_of(field->raw_value);
        if (!instance) return false;
        auto& slot = chain[*instance].*place;
        if (slot) return false;
        slot = field;
    }
    return true;
}

struct Seal {
    Signature signature; ///< only algorithm, domain, selector, value count
    std::string chain;   ///< cv=
};

std::optional<Seal> parse_seal(std::string_view value)
{
    auto const tags = value.size() <= limits::field ? TagList::parse(value) : std::nullopt;
    if (!tags || tags->find("h")) return std::nullopt; // 4.1.3: h= is not allowed
    auto const algorithm = parse_algorithm(tags->value_or("a", ""));
    auto const bytes = base::from_base64(without_space(tags->value_or("b", "")));
    if (!algorithm || *algorithm == Algorithm::rsa_sha1 || !bytes || bytes->empty()) return std::nullopt;
    Seal seal;
    seal.signature.algorithm = *algorithm;
    seal.signature.value = *bytes;
    seal.signature.domain = dns_domain(tags->value_or("d", ""));
    seal.signature.selector = dns_domain(tags->value_or("s", ""));
    seal.signature.identity = '@' + seal.signature.domain;
    seal.chain = base::lower(tags->value_or("cv", ""));
    if (seal.signature.domain.empty() || seal.signature.selector.empty()) return std::nullopt;
    return seal;
}

ArcResult broken(ArcResult result, std::string reason, Verdict verdict = Verdict::fail)
{
    result.verdict = verdict;
    result.reason = std::move(reason);
    return result;
}

/// RFC 8617 5.1.1: all sets up to the seal's, the seal itself without its b=.
std::string sealed_digest(Message const& message, Chain const& chain, std::size_t last)
{
    Digest digest(Hash::sha256);
    for (auto const& [instance, set] : chain) {
        if (instance > last) break;
        for (auto const* field : {set.results, set.message_signature, set.seal}) {
            bool const is_own = field == set.seal && instance == last;
            auto const raw = message.raw(*field);
            auto text = canonical_field(is_own ? without_value(raw) : std::string(raw), Canonical::relaxed);
            if (is_own) text.resize(text.size() - 2);
            digest.add(text);
        }
    }
    return digest.finish();
}

/// RFC 8617 5.2, steps 2 and 3. The reason why the chain is broken, or nothing.
char const* fault_of(Chain const& chain)
{
    std::size_t expected = 1;
    for (auto const& [instance, set] : chain) {
        if (instance != expected++ || !set.results || !set.message_signature || !set.seal)
            return "a set is not whole";
        auto const seal = parse_seal(set.seal->raw_value);
        if (!seal) return "a seal is not understood";
        if (seal->chain != (instance == 1 ? "none" : "pass")) return "the chain was broken before";
    }
    return nullptr;
}

DkimResult check_message_signature(Message const& message, HeaderField const& field, Dns& dns)
{
    std::vector<Candidate> candidates(1);
    auto parsed = parse_signature(field.raw_value, SignatureKind::arc);
    if (!parsed.signature || parsed.signature->algorithm == Algorithm::rsa_sha1) {
        candidates[0].result.verdict = Verdict::permerror;
        return candidates[0].result;
    }
    candidates[0].field = message.raw(field);
    candidates[0].signature = std::move(*parsed.signature);
    fetch_key(candidates[0], dns);
    check_signatures(message, candidates);
    return candidates[0].result;
}

Verdict check_seal(Message const& message, Chain const& chain, std::size_t instance, Dns& dns)
{
    Candidate candidate;
    candidate.signature = parse_seal(chain.at(instance).seal->raw_value)->signature;
    fetch_key(candidate, dns);
    if (!candidate.key) return candidate.result.verdict;
    auto const digest = sealed_digest(message, chain, instance);
    bool const good = is_signature(*candidate.key, candidate.signature.algorithm, digest, candidate.signature.value);
    return good ? Verdict::pass : Verdict::fail;
}
} // namespace

ArcResult verify_arc(Message const& message, Dns& dns)
{
    ArcResult result;
    Chain chain;
    bool const whole = collect(message, "ARC-Authentication-Results", &ArcSet::results, chain) &&
                       collect(message, "ARC-Message-Signature", &ArcSet::message_signature, chain) &&
                       collect(message, "ARC-Seal", &ArcSet::seal, chain);
    if (!whole) return broken(result, "a field is not understood or comes twice");
    if (chain.empty()) return result;
    result.sets = chain.size();
    if (auto const* fault = fault_of(chain)) return broken(result, fault);
    if (result.sets > limits::arc_checks) return broken(result, "the chain is too long");
    result.sealer = parse_seal(chain.at(result.sets).seal->raw_value)->signature.domain;

    auto const last = check_message_signature(message, *chain.at(result.sets).message_signature, dns);
    if (last.verdict == Verdict::temperror) return broken(result, "no answer from DNS", Verdict::temperror);
    if (last.verdict != Verdict::pass) return broken(result, "the message was changed after the last seal");
    for (std::size_t instance = result.sets; instance > 0; --instance) {
        auto const seal = check_seal(message, chain, instance, dns);
        if (seal == Verdict::temperror) return broken(result, "no answer from DNS", Verdict::temperror);
        if (seal != Verdict::pass) return broken(result, "seal " + std::to_string(instance) + " did not verify");
    }
    result.verdict = Verdict::pass;
    return result;
}

} // namespace maild::auth
