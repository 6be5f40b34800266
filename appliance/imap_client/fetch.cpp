#include "appliance/imap_client/fetch.h"

#include "appliance/base/text.h"
#include "appliance/message/date.h"

#include <algorithm>

namespace imap_client
{

ImapValue const& fetch_item(ImapResponse const& fetch, std::string_view name)
{
    static ImapValue const nil;
    if (fetch.values.empty()) return nil;
    auto const items = fetch.values.front().items();
    for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
        auto const key = items[i].text;
        bool const prefix = name.ends_with('[') && base::equal_ignoring_case(key.substr(0, name.size()), name);
        if (prefix || base::equal_ignoring_case(key, name)) return items[i + 1];
    }
    return nil;
}

base::Timestamp read_internal_date(std::string_view value)
{
    std::string text(base::trim(value)); // a day of one digit has a space in front
    constexpr std::size_t date_length = 11;
    std::replace(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(std::min(date_length, text.size())), '-',
                 ' ');
    auto const date = message::parse_date(text);
    return date ? date->when : 0;
}

} // namespace imap_client
