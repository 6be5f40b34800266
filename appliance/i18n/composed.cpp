#include "appliance/i18n/composed.h"

#include "appliance/base/text.h"

namespace i18n
{

namespace
{
/// Longer ones first where one is the beginning of another.
constexpr std::string_view patterns[] = {
    "{1}, line {2}, key '{3}'",
    "{1}, line {2}",
    "{1}, key '{2}'",
    "line {1}",
    "column '{1}'",
    "'{1}' is not a good value",
    "'{1}' takes no value",
    "'{1}' needs a value",
    "there is no command '{1}'",
    "there is no option '{1}' here",
    "write a number from {1} to {2}",
    "write a size from {1} to {2}, like 50M",
    "write a time from {1} to {2}, like 30m",
    "write one of: {1}",
    "write {1}",
    "{1} leads back to it: mail would go round",
    "use {1}",
    "the port is taken by {1}",
    "another DHCP server answers in this network ({1})",
    "stop that program, or change {1}.listen in kotakpos.conf",
    "the appliance runs already (process {1})",
    "the reply is an error, code {1}",
    "SMTP answered: {1}",
    "IMAP answered: {1}",
    "TLS failed: {1}",
    "the connection broke: {1}",
};
constexpr std::size_t hole_size = 3; // "{1}"
} // namespace

std::optional<std::vector<std::string>> match_pattern(std::string_view pattern, std::string_view sentence)
{
    auto hole = pattern.find('{');
    if (!sentence.starts_with(pattern.substr(0, hole))) return std::nullopt;
    sentence.remove_prefix(pattern.substr(0, hole).size());
    std::vector<std::string> found;
    while (hole != std::string_view::npos) {
        pattern.remove_prefix(hole + hole_size);
        hole = pattern.find('{');
        auto const literal = pattern.substr(0, hole);
        bool const is_last = hole == std::string_view::npos;
        if (is_last && !sentence.ends_with(literal)) return std::nullopt;
        auto const end = is_last ? sentence.size() - literal.size() : sentence.find(literal);
        if (end == std::string_view::npos || end == 0) return std::nullopt;
        found.emplace_back(sentence.substr(0, end));
        sentence.remove_prefix(end + literal.size());
    }
    return sentence.empty() ? std::optional(found) : std::nullopt;
}

std::string translate(i18n::Catalog const& catalog, std::string const& sentence)
{
    auto const whole = catalog.text(sentence);
    if (whole != sentence) return whole;
    for (auto const pattern : patterns) {
        auto const parts = match_pattern(pattern, sentence);
        if (!parts) continue;
        std::vector<std::string> translated;
        for (auto const& part : *parts) translated.push_back(catalog.text(part));
        return base::format(catalog.text(pattern), translated);
    }
    return sentence;
}

} // namespace i18n
