// The registry of settings: one line a row.

#include "appliance/directory/settings.h"

#include <algorithm>

namespace directory
{

namespace
{
using Kind = SettingType::Kind;
[[maybe_unused]] constexpr SettingType yes_no{Kind::yes_no};
[[maybe_unused]] constexpr SettingType words{Kind::words};
[[maybe_unused]] constexpr SettingType domain{Kind::domain};
[[maybe_unused]] constexpr SettingType address{Kind::address};
[[maybe_unused]] constexpr SettingType text{Kind::text};
[[maybe_unused]] constexpr SettingType secret{Kind::secret};
[[maybe_unused]] constexpr SettingType by_setup{Kind::by_setup};

[[maybe_unused]] constexpr SettingType number(std::uint64_t least, std::uint64_t most)
{
    return {Kind::number, least, most};
}
[[maybe_unused]] constexpr SettingType size(std::uint64_t least, std::uint64_t most)
{
    return {Kind::size, least, most};
}
/// In seconds.
[[maybe_unused]] constexpr SettingType duration(std::uint64_t least, std::uint64_t most)
{
    return {Kind::duration, least, most};
}
[[maybe_unused]] constexpr SettingType choice(std::string_view choices) { return {Kind::choice, 0, 0, choices}; }

// Sorted by subject; a new row goes to its subject. Keys are never renamed.
// clang-format off
constexpr SettingRow rows[] = {
    {"school.name", text, "", "The name of the school, as pages show it."},
    {"domain", by_setup, "", "The domain of the school."},
    {"hostname", by_setup, "", "The name of this box."},
    {"address", by_setup, "", "The address of this box with its network."},
    {"gateway", by_setup, "", "The way to the Internet."},
    {"forwarders", by_setup, "", "The name servers asked for other names, as chosen at setup."},
    {"language", by_setup, "id", "The language of the school."},
    {"lab", by_setup, "no", "Practice mode: easy passwords are accepted."},
    {"trace.keep", duration(86400, 400 * 86400), "30d", "How long 'kotakpos trace' knows what became of a message."},
    {"mail.outside", choice("direct offline"), "direct", "Mail for other domains: direct sends it to their servers, offline refuses it."},
    {"mail.dmarc", choice("off mark enforce"), "enforce", "Mail from outside: enforce does what the sender's domain asks (DMARC), mark only notes it, off looks nothing up."},
    {"mail.dmarc.publish", choice("none quarantine reject off"), "quarantine", "What others are asked to do with mail that only pretends to be ours (DMARC)."},
    {"mail.spf", text, "", "Further servers that send for the school, for the SPF record, like include:relay.example; off: no record."},
    {"mail.sts", choice("off none testing enforce"), "testing", "MTA-STS for mail to us; enforce only with a certificate that the whole world trusts."},
    {"mail.catch-all", address, "", "Who gets the mail for addresses that do not exist; empty: such mail is refused."},
};
// clang-format on
} // namespace

std::span<SettingRow const> setting_rows() { return rows; }

SettingRow const* find_setting(std::string_view key)
{
    auto const found =
        std::find_if(std::begin(rows), std::end(rows), [&](auto const& row) { return row.key == key; });
    return found == std::end(rows) ? nullptr : found;
}

} // namespace directory
