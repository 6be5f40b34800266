#include "maild/auth/spf_record.h"

#include "appliance/base/cursor.h"
#include "appliance/base/text.h"
#include "maild/auth/limits.h"

#include <array>

namespace maild::auth
{

namespace
{
using Kind = SpfMechanism::Kind;
constexpr base::ByteSet name_byte = base::letters | base::digits | base::ByteSet("-_.");
constexpr base::ByteSet label_byte = base::letters | base::digits | base::ByteSet("-");
constexpr std::string_view version = "v=spf1";

struct KindName {
    std::string_view name;
    Kind kind;
};
constexpr std::array<KindName, 8> kinds = {{{"all", Kind::all},
                                            {"include", Kind::include},
                                            {"a", Kind::a},
                                            {"mx", Kind::mx},
                                            {"ptr", Kind::ptr},
                                            {"ip4", Kind::ip4},
                                            {"ip6", Kind::ip6},
                                            {"exists", Kind::exists}}};

/// toplabel: letters and digits, not only digits; no hyphen at its ends.
bool is_top_label(std::string_view label)
{
    bool has_other = false;
    for (char const c : label) {
        if (!label_byte.contains(c)) return false;
        has_other = has_other || !base::digits.contains(c);
    }
    return has_other && label.front() != '-' && label.back() != '-';
}

/// domain-spec: macros that can be read, ending in a macro or in "." and a top label.
bool is_domain_spec(std::string_view text)
{
    if (text.empty() || !expand_macros(text, {}, SpfText::domain)) return false;
    if (text.ends_with('}') || text.ends_with("%%") || text.ends_with("%_") || text.ends_with("%-")) return true;
    if (text.ends_with('.')) text.remove_suffix(1);
    auto const dot = text.rfind('.');
    return dot != std::string_view::npos && dot + 1 < text.size() && is_top_label(text.substr(dot + 1));
}

/// "24" without leading zeros.
std::optional<unsigned> parse_prefix(std::string_view text, unsigned most)
{
    if (text.size() > 1 && text.front() == '0') return std::nullopt;
    auto const number = base::parse_number(text, most);
    return number ? std::optional(static_cast<unsigned>(*number)) : std::nullopt;
}

/// Takes "/24", "//64" or "/24//64" off the end of `text`.
bool take_dual_prefix(std::string_view& text, SpfMechanism& mechanism)
{
    constexpr unsigned v4_bits = 32;
    constexpr unsigned v6_bits = 128;
    auto const slashes = text.find("//");
    // "/" inside macros ("%{d/}") lies before "}".
    auto const after_macros = text.rfind('}') == std::string_view::npos ? 0 : text.rfind('}') + 1;
    if (slashes != std::string_view::npos && slashes >= after_macros) {
        auto const prefix = parse_prefix(text.substr(slashes + 2), v6_bits);
        if (!prefix) return false;
        mechanism.prefix6 = *prefix;
        text = text.substr(0, slashes);
    }
    auto const slash = text.find('/', after_macros);
    if (slash == std::string_view::npos) return true;
    auto const prefix = parse_prefix(text.substr(slash + 1), v4_bits);
    if (!prefix) return false;
    mechanism.prefix4 = *prefix;
    text = text.substr(0, slash);
    return true;
}

bool read_network(std::string_view text, SpfMechanism& mechanism)
{
    constexpr unsigned v4_offset = 96;
    bool const v4 = mechanism.kind == Kind::ip4;
    auto const slash = text.find('/');
    auto const address = net::IpAddress::parse(text.substr(0, slash));
    if (!address || (text.find(':') == std::string_view::npos) != v4) return false;
    unsigned prefix = v4 ? 32 : 128;
    if (slash != std::string_view::npos) {
        auto const given = parse_prefix(text.substr(slash + 1), prefix);
        if (!given) return false;
        prefix = *given;
    }
    mechanism.network = {*address, v4 ? prefix + v4_offset : prefix};
    return true;
}

/// What stands behind the mechanism's name.
bool read_argument(std::string_view rest, SpfMechanism& mechanism)
{
    bool const has_argument = rest.starts_with(':');
    switch (mechanism.kind) {
    case Kind::all: return rest.empty();
    case Kind::ip4:
    case Kind::ip6: return has_argument && read_network(rest.substr(1), mechanism);
    case Kind::include:
    case Kind::exists:
        mechanism.domain = has_argument ? rest.substr(1) : std::string_view();
        return has_argument && is_domain_spec(mechanism.domain);
    case Kind::ptr:
        mechanism.domain = has_argument ? rest.substr(1) : std::string_view();
        return rest.empty() || (has_argument && is_domain_spec(mechanism.domain));
    case Kind::a:
    case Kind::mx:
        if (!take_dual_prefix(rest, mechanism)) return false;
        mechanism.domain = has_argument && !rest.empty() ? rest.substr(1) : std::string_view();
        return rest.empty() ? !has_argument : has_argument && is_domain_spec(mechanism.domain);
    }
    return false;
}

bool read_mechanism(std::string_view term, SpfRecord& record)
{
    SpfMechanism mechanism;
    if (base::ByteSet("+-?~").contains(term.front())) {
        mechanism.qualifier = term.front();
        term.remove_prefix(1);
    }
    auto const end = std::min(term.find_first_of(":/"), term.size());
    for (auto const& [name, kind] : kinds) {
        if (!base::equal_ignoring_case(term.substr(0, end), name)) continue;
        mechanism.kind = kind;
        if (!read_argument(term.substr(end), mechanism)) return false;
        record.mechanisms.push_back(std::move(mechanism));
        return true;
    }
    return false;
}

/// name=value; nothing when the term is a mechanism.
std::optional<bool> read_modifier(std::string_view term, SpfRecord& record)
{
    base::Cursor cursor(term);
    auto const name = cursor.take_while(name_byte);
    if (name.empty() || !base::letters.contains(name.front()) || !cursor.take('=')) return std::nullopt;
    auto const value = cursor.rest();
    bool const redirect = base::equal_ignoring_case(name, "redirect");
    if (!redirect && !base::equal_ignoring_case(name, "exp"))
        return expand_macros(value, {}, SpfText::explanation).has_value();
    auto& place = redirect ? record.redirect : record.explanation;
    if (!place.empty() || !is_domain_spec(value)) return false; // RFC 7208 6: at most once each
    place = value;
    return true;
}
} // namespace

bool is_spf_record(std::string_view text)
{
    return base::equal_ignoring_case(text.substr(0, version.size()), version) &&
           (text.size() == version.size() || text[version.size()] == ' ');
}

std::optional<SpfRecord> SpfRecord::parse(std::string_view text)
{
    if (!is_spf_record(text) || text.size() > limits::spf_record) return std::nullopt;
    SpfRecord record;
    for (auto const term : base::split(text.substr(version.size()), ' ')) {
        if (term.empty()) continue;
        auto const modifier = read_modifier(term, record);
        if (!modifier.value_or(true)) return std::nullopt;
        if (!modifier && !read_mechanism(term, record)) return std::nullopt;
    }
    return record;
}

} // namespace maild::auth
