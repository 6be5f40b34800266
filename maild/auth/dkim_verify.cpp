#include "maild/auth/dkim.h"

#include "appliance/base/secret.h"
#include "appliance/base/text.h"
#include "maild/auth/limits.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace maild::auth
{

namespace
{
/// Clocks differ.
constexpr std::uint64_t clock_error_seconds = 300;
constexpr std::uint64_t second = 1'000'000;

void set(DkimResult& result, Verdict verdict, std::string reason)
{
    result.verdict = verdict;
    result.reason = std::move(reason);
}

/// RFC 8301: SHA-1 counts as not signed. RFC 6376 3.5: t= and x=.
bool is_in_time(Candidate& candidate, base::Timestamp now)
{
    auto const seconds = static_cast<std::uint64_t>(std::max<base::Timestamp>(now, 0)) / second;
    auto const& signature = candidate.signature;
    if (signature.algorithm == Algorithm::rsa_sha1)
        set(candidate.result, Verdict::permerror, "rsa-sha1 is not safe");
    else if (signature.expires && *signature.expires + clock_error_seconds < seconds)
        set(candidate.result, Verdict::fail, "signature expired");
    else if (signature.made && *signature.made > seconds + clock_error_seconds)
        set(candidate.result, Verdict::permerror, "signature from the future");
    else
        return true;
    return false;
}

char const* word_for(KeyFault fault)
{
    switch (fault) {
    case KeyFault::none: return "";
    case KeyFault::syntax: return "key record not understood";
    case KeyFault::revoked: return "key revoked";
    case KeyFault::unusable: return "key of a kind or size that is not taken";
    case KeyFault::not_email: return "key is not for mail";
    }
    return "";
}

/// RFC 6376 8.15: somebody added a From field that the signature does not cover.
bool covers_every_from(Message const& message, Signature const& signature)
{
    auto const signed_from = std::count(signature.fields.begin(), signature.fields.end(), "from");
    return static_cast<std::size_t>(signed_from) >= message.from_fields();
}

void conclude(Message const& message, Candidate& candidate, std::string const& body_hash, std::uint64_t body_size)
{
    auto& result = candidate.result;
    auto const& signature = candidate.signature;
    if (signature.body_length && *signature.body_length > body_size)
        return set(result, Verdict::permerror, "body shorter than signed");
    if (!base::equal_secret(body_hash, signature.body_hash))
        return set(result, Verdict::fail, "body hash did not verify");
    auto const digest = header_digest(message, signature, candidate.field);
    if (!is_signature(*candidate.key, signature.algorithm, digest, signature.value))
        return set(result, Verdict::fail, "signature did not verify");
    // Good, but not for what a reader sees.
    if (signature.body_length && *signature.body_length < body_size)
        return set(result, Verdict::policy, "text was added behind the signed part");
    if (!covers_every_from(message, signature)) return set(result, Verdict::policy, "a From field is not signed");
    set(result, Verdict::pass, {});
}

void fill(DkimResult& result, Signature const& signature)
{
    result.domain = signature.domain;
    result.selector = signature.selector;
    result.identity = signature.identity;
    result.algorithm = show(signature.algorithm);
    result.mark = signature.mark;
}
} // namespace

void fetch_key(Candidate& candidate, Dns& dns)
{
    auto const& signature = candidate.signature;
    auto& result = candidate.result;
    auto const answer = dns.texts(signature.key_name());
    if (answer.failed) return set(result, Verdict::temperror, "no answer from DNS");
    if (answer.records.empty()) return set(result, Verdict::permerror, "no key for the signature");
    // RFC 6376 3.6.2.2: several records are undefined; the first that is a key counts.
    auto parsed = parse_key_record(answer.records.front());
    for (std::size_t i = 1; parsed.fault == KeyFault::syntax && i < answer.records.size(); ++i)
        parsed = parse_key_record(answer.records[i]);
    if (parsed.fault != KeyFault::none) return set(result, Verdict::permerror, word_for(parsed.fault));
    auto const& record = parsed.record;
    bool const for_hash = hash_of(signature.algorithm) == Hash::sha1 ? record.for_sha1 : record.for_sha256;
    if (!for_hash || record.is_ed25519 != (signature.algorithm == Algorithm::ed25519_sha256))
        return set(result, Verdict::permerror, "key is for another algorithm");
    if (record.strict_identity &&
        !base::equal_ignoring_case(std::string_view(signature.identity).substr(signature.identity.rfind('@') + 1),
                                   signature.domain))
        return set(result, Verdict::permerror, "identity of a subdomain");
    result.testing = record.testing;
    candidate.key = std::move(parsed.record);
}

void check_signatures(Message const& message, std::vector<Candidate>& candidates)
{
    using Form = std::tuple<Hash, Canonical, std::uint64_t>;
    auto const form_of = [](Signature const& signature) {
        return Form{hash_of(signature.algorithm), signature.body_form, signature.body_length.value_or(UINT64_MAX)};
    };
    std::map<Form, BodyHash> hashes;
    for (auto const& candidate : candidates) {
        if (!candidate.key) continue;
        auto const& signature = candidate.signature;
        hashes.try_emplace(form_of(signature), hash_of(signature.algorithm), signature.body_form,
                           signature.body_length);
    }
    if (hashes.empty()) return;
    message.each_body_piece([&](std::string_view piece) {
        for (auto& [form, hash] : hashes) hash.add(piece);
    });
    std::map<Form, std::string> digests;
    for (auto& [form, hash] : hashes) digests[form] = hash.finish();
    for (auto& candidate : candidates) {
        if (!candidate.key) continue;
        auto const form = form_of(candidate.signature);
        conclude(message, candidate, digests[form], hashes.at(form).canonical_size());
    }
}

std::vector<DkimResult> verify_dkim(Message const& message, Dns& dns, base::Timestamp now)
{
    std::vector<Candidate> candidates;
    for (auto const* field : message.header().all("DKIM-Signature")) {
        if (candidates.size() == limits::signatures) break;
        auto parsed = parse_signature(field->raw_value, SignatureKind::dkim);
        auto& candidate = candidates.emplace_back();
        candidate.field = message.raw(*field);
        candidate.result.domain = parsed.domain;
        candidate.result.selector = parsed.selector;
        if (!parsed.signature) {
            set(candidate.result, Verdict::permerror, parsed.fault);
            continue;
        }
        candidate.signature = std::move(*parsed.signature);
        fill(candidate.result, candidate.signature);
        if (is_in_time(candidate, now)) fetch_key(candidate, dns);
    }
    check_signatures(message, candidates);
    std::vector<DkimResult> results;
    for (auto& candidate : candidates) results.push_back(std::move(candidate.result));
    return results;
}

} // namespace maild::auth
