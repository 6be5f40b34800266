#include "maild/remote/sts_policy.h"

#include "appliance/base/cursor.h"
#include "appliance/base/text.h"

#include <algorithm>
#include <utility>

namespace maild::remote
{

namespace
{
constexpr std::size_t id_max = 32;
constexpr std::size_t patterns_max = 100;
constexpr std::uint32_t max_age_max = 31557600; // 3.2: about a year
constexpr base::ByteSet alphanumeric = base::letters | base::digits;

/// "id" of "v=STSv1; id=20261128; ...".
std::optional<std::string> record_id(std::string_view text)
{
    std::optional<std::string> id;
    bool is_first = true;
    for (auto const piece : base::split(text, ';')) {
        auto const field = base::trim(piece);
        if (std::exchange(is_first, false)) {
            if (field != "v=STSv1") return std::nullopt;
            continue;
        }
        auto const equals = field.find('=');
        if (equals == std::string_view::npos || base::trim(field.substr(0, equals)) != "id") continue;
        auto const value = base::trim(field.substr(equals + 1));
        bool const is_good = !value.empty() && value.size() <= id_max &&
                             std::all_of(value.begin(), value.end(), [](char c) { return alphanumeric.contains(c); });
        if (!is_good) return std::nullopt;
        if (!id) id = value;
    }
    return id;
}

bool is_pattern(std::string_view pattern)
{
    if (pattern.starts_with("*.")) pattern.remove_prefix(2);
    if (pattern.empty()) return false;
    for (auto const label : base::split(pattern, '.')) {
        bool const is_good = !label.empty() && std::all_of(label.begin(), label.end(), [](char c) {
            return alphanumeric.contains(c) || c == '-' || c == '_';
        });
        if (!is_good) return false;
    }
    return true;
}
} // namespace

bool StsPolicy::allows(std::string_view host) const
{
    auto const name = base::lower(host);
    return std::any_of(mx.begin(), mx.end(), [&](auto const& pattern) {
        if (!pattern.starts_with("*.")) return pattern == name;
        auto const dot = name.find('.');
        return dot != std::string::npos && dot > 0 &&
               std::string_view(name).substr(dot) == std::string_view(pattern).substr(1);
    });
}

std::optional<std::string> parse_sts_record(std::vector<std::string> const& texts)
{
    std::optional<std::string> found;
    for (auto const& text : texts) {
        if (!text.starts_with("v=STSv1")) continue;
        if (found) return std::nullopt;
        found = text;
    }
    return found ? record_id(*found) : std::nullopt;
}

std::optional<StsPolicy> parse_sts_policy(std::string_view text)
{
    StsPolicy policy;
    std::optional<std::string> version;
    std::optional<StsMode> mode;
    std::optional<std::uint32_t> max_age;
    for (auto const line : base::split(text, '\n')) {
        auto const colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        auto const key = base::trim(line.substr(0, colon));
        auto const value = base::trim(line.substr(colon + 1));
        if (key == "version" && !version) version = value;
        if (key == "mode" && !mode) {
            if (value != "enforce" && value != "testing" && value != "none") return std::nullopt;
            mode = value == "enforce" ? StsMode::enforce : value == "testing" ? StsMode::testing : StsMode::none;
        }
        if (key == "max_age" && !max_age) {
            auto const number = base::parse_number(value, 9'999'999'999);
            if (!number) return std::nullopt;
            max_age = static_cast<std::uint32_t>(std::min<std::uint64_t>(*number, max_age_max));
        }
        if (key == "mx") {
            if (!is_pattern(value) || policy.mx.size() >= patterns_max) return std::nullopt;
            policy.mx.push_back(base::lower(value));
        }
    }
    if (version != "STSv1" || !mode || !max_age) return std::nullopt;
    if (policy.mx.empty() && *mode != StsMode::none) return std::nullopt;
    policy.mode = *mode;
    policy.max_age = *max_age;
    return policy;
}

} // namespace maild::remote
