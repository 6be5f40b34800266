#include "maild/imap/literal_source.h"

#include "appliance/base/cursor.h"

#include <limits>

namespace maild::imap
{

std::optional<Literal> announced_literal(std::string_view line)
{
    if (line.empty() || line.back() != '}') return std::nullopt;
    auto const begin = line.rfind('{');
    if (begin == std::string_view::npos) return std::nullopt;
    base::Cursor cursor(line.substr(begin + 1));
    if (!base::digits.contains(cursor.peek())) return std::nullopt;
    Literal literal;
    auto const size = cursor.take_number(std::numeric_limits<std::uint64_t>::max());
    if (!size) cursor.take_while(base::digits);
    literal.size = size.value_or(std::numeric_limits<std::uint64_t>::max());
    literal.synchronizing = !cursor.take('+');
    if (!cursor.take('}') || !cursor.at_end()) return std::nullopt;
    return literal;
}

} // namespace maild::imap
