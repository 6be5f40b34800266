#include "maild/mailbox/flags.h"

#include "appliance/base/text.h"

#include <algorithm>

namespace maild::mailbox
{

namespace
{
bool is_keyword(std::string const& keyword) { return !keyword.empty() && keyword.find(' ') == std::string::npos; }

bool is_less(std::string const& a, std::string const& b) { return base::lower(a) < base::lower(b); }

bool has(std::vector<std::string> const& keywords, std::string_view keyword)
{
    return std::any_of(keywords.begin(), keywords.end(),
                       [&](auto const& other) { return base::equal_ignoring_case(other, keyword); });
}
} // namespace

Flags normal(Flags flags)
{
    auto& keywords = flags.keywords;
    if (keywords.empty()) return flags;
    keywords.erase(
        std::remove_if(keywords.begin(), keywords.end(), [](auto const& word) { return !is_keyword(word); }),
        keywords.end());
    std::stable_sort(keywords.begin(), keywords.end(), is_less);
    keywords.erase(std::unique(keywords.begin(), keywords.end(),
                               [](auto const& a, auto const& b) { return base::equal_ignoring_case(a, b); }),
                   keywords.end());
    return flags;
}

Flags changed(Flags const& old, FlagChange change, Flags const& given)
{
    if (change == FlagChange::replace) return normal(given);
    Flags now = old;
    if (change == FlagChange::add) {
        now.system |= given.system;
        now.keywords.insert(now.keywords.end(), given.keywords.begin(), given.keywords.end());
        return normal(std::move(now));
    }
    now.system &= ~given.system;
    auto const gone = [&](auto const& word) { return has(given.keywords, word); };
    now.keywords.erase(std::remove_if(now.keywords.begin(), now.keywords.end(), gone), now.keywords.end());
    return now;
}

Flags masked(Flags const& old, Flags now, FlagMask const& mask)
{
    now.system = (now.system & mask.system) | (old.system & ~mask.system);
    if (!mask.keywords) now.keywords = old.keywords;
    return now;
}

bool is_within_limits(Flags const& flags)
{
    return flags.keywords.size() <= keywords_max &&
           std::all_of(flags.keywords.begin(), flags.keywords.end(),
                       [](auto const& word) { return word.size() <= keyword_bytes_max; });
}

std::string show_keywords(std::vector<std::string> const& keywords) { return base::join(keywords, " "); }

std::vector<std::string> parse_keywords(std::string_view text)
{
    std::vector<std::string> keywords;
    if (text.empty()) return keywords;
    for (auto const word : base::split(text, ' ')) keywords.emplace_back(word);
    return keywords;
}

} // namespace maild::mailbox
