#include "maild/imap/object_ids.h"

#include "appliance/base/text.h"

namespace maild::imap
{

namespace
{
std::string show(char letter, std::int64_t number)
{
    return letter + std::to_string(static_cast<std::uint64_t>(number));
}

std::optional<std::int64_t> parse(char letter, std::string_view id)
{
    if (id.empty() || id[0] != letter) return std::nullopt;
    auto const number = base::parse_number(id.substr(1));
    if (!number) return std::nullopt;
    return static_cast<std::int64_t>(*number);
}
} // namespace

std::string show_email_id(std::int64_t body) { return show('M', body); }
std::string show_thread_id(std::int64_t thread) { return show('T', thread); }
std::optional<std::int64_t> parse_email_id(std::string_view id) { return parse('M', id); }
std::optional<std::int64_t> parse_thread_id(std::string_view id) { return parse('T', id); }

} // namespace maild::imap
