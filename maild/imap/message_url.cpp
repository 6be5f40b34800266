#include "maild/imap/message_url.h"

#include "appliance/base/cursor.h"
#include "appliance/base/text.h"
#include "maild/imap/limits.h"
#include "maild/imap/reply.h"

#include <limits>

namespace maild::imap
{

namespace
{
constexpr std::uint64_t number_max = std::numeric_limits<std::uint32_t>::max();

/// For texts that hold no literal.
class NoLiterals final : public LiteralSource
{
public:
    void accept(Literal const&) override { throw_bad("A literal cannot stand here"); }
    std::string_view read_piece(std::size_t) override { return {}; }
    std::string read_rest() override { return {}; }
};

std::optional<std::string> percent_decoded(std::string_view text)
{
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded += text[i];
            continue;
        }
        auto const byte = base::from_hex(text.substr(i + 1, 2));
        if (!byte || byte->size() != 1 || byte->front() == '\0') return std::nullopt;
        decoded += *byte;
        i += 2;
    }
    return decoded;
}

/// The text of a section is that between the brackets of FETCH.
std::optional<Section> parse_section(std::string_view text)
{
    auto const decoded = percent_decoded(text);
    if (!decoded || decoded->find_first_of("\r\n{") != std::string::npos) return std::nullopt;
    try {
        NoLiterals none;
        Parser parser("BODY.PEEK[" + *decoded + "]", none, {limits::url, limits::url});
        auto const items = must_fetch_items(parser);
        if (!parser.at_end() || items.size() != 1 || items.front().partial) return std::nullopt;
        return items.front().section;
    } catch (ClientError const&) { // what FETCH would refuse is no URL of ours
        return std::nullopt;
    }
}

/// "OFFSET" or "OFFSET.LENGTH".
std::optional<Partial> parse_partial(std::string_view text)
{
    base::Cursor cursor(text);
    auto const offset = cursor.take_number(number_max);
    if (!offset) return std::nullopt;
    Partial partial{*offset, std::numeric_limits<std::uint64_t>::max()};
    if (cursor.take('.')) {
        auto const count = cursor.take_number(number_max);
        if (!count || *count == 0) return std::nullopt;
        partial.count = *count;
    }
    return cursor.at_end() ? std::optional(partial) : std::nullopt;
}

/// A piece behind the mailbox: "UID=20", "SECTION=1.2", "PARTIAL=0.1024".
bool take_parameter(MessageUrl& url, std::string_view piece)
{
    auto const equals = piece.find('=');
    if (equals == std::string_view::npos) return false;
    auto const name = base::upper(piece.substr(0, equals));
    auto const value = piece.substr(equals + 1);
    if (name == "UID") {
        auto const uid = base::parse_number(value, number_max);
        url.uid = static_cast<mailbox::Uid>(uid.value_or(0));
        return uid && url.uid != 0;
    }
    if (name == "SECTION") {
        url.section = parse_section(value);
        return url.section.has_value();
    }
    if (name != "PARTIAL") return false; // URLAUTH is not offered
    url.partial = parse_partial(value);
    return url.partial.has_value();
}

/// "INBOX;UIDVALIDITY=3": what comes before "/;UID=".
bool take_mailbox(MessageUrl& url, std::string_view text)
{
    auto const semicolon = text.find(';');
    auto const name = percent_decoded(text.substr(0, semicolon));
    if (!name || !base::is_utf8(*name)) return false;
    url.mailbox = *name;
    if (semicolon == std::string_view::npos) return true;
    base::Cursor cursor(text.substr(semicolon + 1));
    if (!cursor.take("UIDVALIDITY=")) return false;
    auto const number = cursor.take_number(number_max);
    if (!number || !cursor.at_end()) return false;
    url.uid_validity = static_cast<std::uint32_t>(*number);
    return true;
}
} // namespace

std::optional<MessageUrl> parse_message_url(std::string_view text)
{
    MessageUrl url;
    if (text.size() > limits::url) return std::nullopt;
    base::Cursor cursor(text);
    if (cursor.take("imap://")) {
        url.server = cursor.take_until(base::ByteSet("/"));
        if (url.server.empty()) return std::nullopt;
    }
    cursor.take('/');
    auto rest = cursor.rest();
    auto const lowered = base::lower(rest);
    auto const uid_at = lowered.starts_with(";uid=") ? 0 : lowered.find("/;uid=");
    if (uid_at == std::string::npos || !take_mailbox(url, rest.substr(0, uid_at))) return std::nullopt;
    if (!url.server.empty() && url.mailbox.empty()) return std::nullopt;
    rest.remove_prefix(uid_at + (uid_at == 0 && rest.front() == ';' ? 1 : 2));
    for (std::size_t end = 0; end != std::string_view::npos;) {
        end = rest.find("/;");
        if (!take_parameter(url, rest.substr(0, end))) return std::nullopt;
        if (end != std::string_view::npos) rest.remove_prefix(end + 2);
    }
    return url.uid != 0 ? std::optional(std::move(url)) : std::nullopt;
}

} // namespace maild::imap
