#include "dnsd/sign/key_plan.h"

#include <algorithm>

namespace dnsd
{

namespace
{
using namespace std::chrono_literals;

constexpr std::chrono::hours zsk_lifetime{90 * 24};
/// Parents that give a DS more than two days are rare; theirs is not ours to know.
constexpr std::chrono::hours parent_ds_ttl{48};
constexpr std::chrono::hours least_lag{1};
constexpr std::chrono::hours most_lag{24};

base::Timestamp after(base::Timestamp when, base::Microseconds delay) { return when + delay.count(); }

bool has(std::vector<ZoneKey> const& keys, KeyRole role, KeyState state)
{
    return std::any_of(keys.begin(), keys.end(),
                       [&](ZoneKey const& key) { return key.role == role && key.state == state; });
}

std::optional<KeyStep> zsk_step(SignedZone const& zone, std::vector<ZoneKey> const& keys, ZoneKey const& key,
                                Delays const& delays)
{
    switch (key.state) {
    case KeyState::published: return KeyStep{KeyAction::activate_zsk, key.tag, after(key.since, delays.keys)};
    case KeyState::active:
        if (has(keys, KeyRole::zsk, KeyState::published)) return std::nullopt;
        return KeyStep{KeyAction::make_zsk, 0, after(key.since, zsk_lifetime)};
    case KeyState::retired: // a look at all signatures, begun when it signed no more, has replaced the last one
        if (!zone.pass_began || *zone.pass_began < key.since || !zone.pass_ended) return std::nullopt;
        return KeyStep{KeyAction::forget_zsk, key.tag, *zone.pass_ended};
    case KeyState::unused: return KeyStep{KeyAction::remove, key.tag, after(key.since, delays.zone)};
    case KeyState::ready: break;
    }
    return std::nullopt;
}

std::optional<KeyStep> ksk_step(std::vector<ZoneKey> const& keys, ZoneKey const& key, Delays const& delays)
{
    if (key.state == KeyState::published) {
        // The first one: answers from before the zone was signed must be forgotten before there is a DS.
        bool const is_first = !has(keys, KeyRole::ksk, KeyState::active);
        return KeyStep{KeyAction::make_ready, key.tag, after(key.since, is_first ? delays.zone : delays.keys)};
    }
    if (key.state == KeyState::retired) return KeyStep{KeyAction::remove, key.tag, after(key.since, delays.parent)};
    return std::nullopt;
}
} // namespace

Delays delays_of(SignedZone const& zone, std::uint32_t soa_refresh)
{
    base::Microseconds const lag =
        std::clamp<std::chrono::seconds>(std::chrono::seconds(soa_refresh), least_lag, most_lag);
    auto const longest = std::chrono::seconds(std::max(zone.longest_ttl, key_ttl));
    return {std::chrono::seconds(key_ttl) + lag, longest + lag, parent_ds_ttl + lag};
}

std::vector<KeyStep> next_steps(SignedZone const& zone, std::vector<ZoneKey> const& keys, Delays const& delays)
{
    std::vector<KeyStep> steps;
    if (zone.leaves_at) {
        if (*zone.leaves_at > 0) steps.push_back({KeyAction::leave, 0, *zone.leaves_at});
        return steps;
    }
    for (auto const& key : keys) {
        auto const step = key.role == KeyRole::zsk ? zsk_step(zone, keys, key, delays) : ksk_step(keys, key, delays);
        if (step) steps.push_back(*step);
    }
    std::stable_sort(steps.begin(), steps.end(), [](auto const& a, auto const& b) { return a.when < b.when; });
    return steps;
}

std::string_view name_of(KeyAction action)
{
    switch (action) {
    case KeyAction::make_zsk: return "make-zsk";
    case KeyAction::activate_zsk: return "activate-zsk";
    case KeyAction::forget_zsk: return "forget-zsk";
    case KeyAction::make_ready: return "make-ready";
    case KeyAction::remove: return "remove";
    case KeyAction::leave: return "leave";
    }
    return {};
}

bool is_offered_to_parent(std::vector<ZoneKey> const& keys, ZoneKey const& key)
{
    if (key.role != KeyRole::ksk) return false;
    return key.state == (has(keys, KeyRole::ksk, KeyState::ready) ? KeyState::ready : KeyState::active);
}

} // namespace dnsd
