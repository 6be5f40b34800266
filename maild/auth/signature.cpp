#include "maild/auth/signature.h"

#include "appliance/base/text.h"
#include "maild/auth/limits.h"
#include "maild/auth/tag_list.h"

#include <map>

namespace maild::auth
{

namespace
{
constexpr std::size_t mark_length = 8; // RFC 6008 4
constexpr std::uint64_t latest = 999'999'999'999;

std::optional<Canonical> parse_form(std::string_view text)
{
    if (text == "simple") return Canonical::simple;
    if (text == "relaxed") return Canonical::relaxed;
    return std::nullopt;
}

/// c=header/body; the body is simple when not said.
bool read_forms(TagList const& tags, Signature& signature)
{
    auto const text = tags.value_or("c", "simple/simple");
    auto const slash = text.find('/');
    auto const header = parse_form(text.substr(0, slash));
    auto const body = slash == std::string_view::npos ? Canonical::simple : parse_form(text.substr(slash + 1));
    if (!header || !body) return false;
    signature.header_form = *header;
    signature.body_form = *body;
    return true;
}

bool read_number(TagList const& tags, std::string_view name, std::uint64_t most, std::optional<std::uint64_t>& number)
{
    auto const* tag = tags.find(name);
    if (!tag) return true;
    number = base::parse_number(tag->value, most);
    return number.has_value();
}

/// i= must be of the signing domain or below it (RFC 6376 3.5).
bool read_identity(TagList const& tags, Signature& signature)
{
    auto const* tag = tags.find("i");
    signature.identity = tag ? std::string(tag->value) : '@' + signature.domain;
    if (!tag) return true;
    auto const at = tag->value.rfind('@');
    if (at == std::string_view::npos) return false;
    auto const domain = dns_domain(tag->value.substr(at + 1));
    return domain == signature.domain || domain.ends_with('.' + signature.domain);
}

bool read_fields(TagList const& tags, Signature& signature, SignatureKind kind)
{
    bool has_from = false;
    for (auto const name : colon_list(tags.value_or("h", ""))) {
        if (name.empty() || signature.fields.size() == limits::signed_fields) return false;
        has_from = has_from || base::equal_ignoring_case(name, "from");
        // RFC 8617 4.1.2: the seals are sealed apart.
        if (kind == SignatureKind::arc && base::equal_ignoring_case(name, "arc-seal")) return false;
        signature.fields.push_back(base::lower(name));
    }
    return has_from || (kind == SignatureKind::arc && !signature.fields.empty());
}

bool has_dns_query(std::string_view methods)
{
    for (auto const method : colon_list(methods))
        if (base::equal_ignoring_case(method, "dns/txt")) return true;
    return false;
}

/// The tags into the signature; the word for what is wrong.
char const* read_tags(TagList const& tags, SignatureKind kind, Signature& signature)
{
    if (kind == SignatureKind::dkim && tags.value_or("v", "") != "1") return "version not understood";
    auto const algorithm = parse_algorithm(tags.value_or("a", ""));
    if (!algorithm) return "algorithm not known";
    signature.algorithm = *algorithm;
    signature.domain = dns_domain(tags.value_or("d", ""));
    signature.selector = dns_domain(tags.value_or("s", ""));
    if (signature.domain.empty() || signature.selector.empty()) return "no domain or selector";
    auto const value = base::from_base64(without_space(tags.value_or("b", "")));
    auto const hash = base::from_base64(without_space(tags.value_or("bh", "")));
    if (!value || value->empty() || !hash || hash->empty()) return "no signature or body hash";
    signature.value = *value;
    signature.body_hash = *hash;
    signature.mark = without_space(tags.value_or("b", "")).substr(0, mark_length);
    if (!read_forms(tags, signature)) return "canonicalization not known";
    if (!read_fields(tags, signature, kind)) return "From is not signed";
    if (kind == SignatureKind::dkim && !read_identity(tags, signature)) return "identity of another domain";
    if (!has_dns_query(tags.value_or("q", "dns/txt"))) return "query not known";
    if (!read_number(tags, "l", UINT64_MAX, signature.body_length) ||
        !read_number(tags, "t", latest, signature.made) || !read_number(tags, "x", latest, signature.expires))
        return "bad number";
    if (signature.made && signature.expires && *signature.expires < *signature.made)
        return "expires before it is made";
    return nullptr;
}
} // namespace

ParsedSignature parse_signature(std::string_view value, SignatureKind kind)
{
    ParsedSignature parsed;
    auto const tags = value.size() <= limits::field ? TagList::parse(value) : std::nullopt;
    if (!tags) {
        parsed.fault = "syntax error";
        return parsed;
    }
    Signature signature;
    auto const* fault = read_tags(*tags, kind, signature);
    parsed.domain = signature.domain;
    parsed.selector = signature.selector;
    if (fault)
        parsed.fault = fault;
    else
        parsed.signature = std::move(signature);
    return parsed;
}

std::string without_value(std::string_view field)
{
    auto const colon = std::min(field.find(':'), field.size());
    auto const value = field.substr(std::min(colon + 1, field.size()));
    auto const tags = TagList::parse(value);
    auto const* tag = tags ? tags->find("b") : nullptr;
    if (!tag) return std::string(field);
    auto const start = colon + 1;
    return std::string(field.substr(0, start + tag->value_begin)) + std::string(field.substr(start + tag->value_end));
}

std::string header_digest(Message const& message, Signature const& signature, std::string_view own_field)
{
    Digest digest(hash_of(signature.algorithm));
    std::map<std::string, std::vector<message::HeaderField const*>> left;
    for (auto const& field : message.header().fields()) left[base::lower(field.name)].push_back(&field);
    for (auto const& name : signature.fields) {
        auto const found = left.find(name);
        if (found == left.end() || found->second.empty()) continue; // a name without a field: must stay without
        digest.add(canonical_field(message.raw(*found->second.back()), signature.header_form));
        found->second.pop_back();
    }
    auto own = canonical_field(without_value(own_field), signature.header_form);
    own.resize(own.size() - 2); // its CRLF is not signed
    digest.add(own);
    return digest.finish();
}

} // namespace maild::auth
