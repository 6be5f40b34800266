#include "maild/remote/server_reply.h"

#include "appliance/base/cursor.h"
#include "appliance/base/text.h"

#include <algorithm>

namespace maild::remote
{

namespace
{
constexpr std::size_t kept_text = 500; ///< of a reply

/// "5.1.1 " at the front of a reply's text (RFC 2034).
std::string take_enhanced(std::string_view& text, int code)
{
    base::Cursor cursor(text);
    if (!cursor.take(static_cast<char>('0' + code / 100)) || !cursor.take('.') || !cursor.take_number(999) ||
        !cursor.take('.') || !cursor.take_number(999) || !(cursor.take(' ') || cursor.at_end()))
        return {};
    std::string enhanced(base::trim(text.substr(0, cursor.offset())));
    text.remove_prefix(cursor.offset());
    return enhanced;
}
} // namespace

std::string ServerReply::show() const
{
    return std::to_string(code) + ' ' + (enhanced.empty() ? "" : enhanced + ' ') + text;
}

std::string printable(std::string_view text)
{
    std::string result(text.substr(0, kept_text));
    for (auto& c : result)
        if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7E) c = '?';
    return result;
}

bool parse_reply_line(std::string_view line, ReplyLine& to)
{
    auto const code = base::parse_number(line.substr(0, 3), 599);
    to.is_last = line.size() < 4 || line[3] == ' ';
    if (line.size() < 3 || !code || *code < 200 || (!to.is_last && line[3] != '-')) return false;
    to.code = static_cast<int>(*code);
    to.text = line.substr(std::min<std::size_t>(line.size(), 4));
    to.enhanced = take_enhanced(to.text, to.code);
    return true;
}

} // namespace maild::remote
