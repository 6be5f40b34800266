#include "maild/mailbox/rights.h"

namespace maild::mailbox
{

namespace
{
constexpr std::string_view letters_in_order = "lrswipkxtea";
constexpr Rights old_create = right_create | right_delete_mailbox;
constexpr Rights old_delete = right_delete_messages | right_expunge;
} // namespace

std::string show_rights(Rights rights)
{
    std::string text;
    for (std::size_t i = 0; i < letters_in_order.size(); ++i)
        if ((rights & (1U << i)) != 0) text += letters_in_order[i];
    if ((rights & old_create) != 0) text += 'c';
    if ((rights & old_delete) != 0) text += 'd';
    return text;
}

std::optional<Rights> parse_rights(std::string_view letters)
{
    Rights rights = 0;
    for (char const letter : letters) {
        auto const place = letters_in_order.find(letter);
        if (place != std::string_view::npos)
            rights |= 1U << place;
        else if (letter == 'c')
            rights |= old_create;
        else if (letter == 'd')
            rights |= old_delete;
        else
            return std::nullopt;
    }
    return rights;
}

} // namespace maild::mailbox
