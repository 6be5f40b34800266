#pragma once
// Translating sentences that were put together before the language was known ("the port is taken by nginx (pid
// 812)").

#include "appliance/i18n/catalog.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace i18n
{

/// The translation of the sentence, or of the pattern that it was made from; else the sentence itself.
std::string translate(i18n::Catalog const& catalog, std::string const& sentence);

/// What stands at {1}, {2}, ... of the pattern, or nothing when the sentence is another one.
std::optional<std::vector<std::string>> match_pattern(std::string_view pattern, std::string_view sentence);

} // namespace i18n
