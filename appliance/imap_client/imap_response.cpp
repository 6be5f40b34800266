#include "appliance/imap_client/imap_response.h"

#include "appliance/base/cursor.h"
#include "appliance/base/text.h"

#include <array>

namespace imap_client
{

namespace
{
constexpr auto atom_bytes = base::ByteSet::range(0x21, 0xff).without(base::ByteSet("(){\"[]\x7f"));
constexpr std::size_t deepest_list = 220; ///< 100 parts deep, two lists each
constexpr std::uint64_t largest_literal = std::uint64_t{2} << 30;

class Parser
{
public:
    explicit Parser(std::string_view text) : cursor_(text) {}

    std::optional<ImapResponse> response()
    {
        ImapResponse response;
        response.tag = cursor_.take_while(atom_bytes);
        if (response.tag.empty()) return std::nullopt;
        if (response.tag == "+") {
            cursor_.take(' ');
            response.text = cursor_.rest();
            return response;
        }
        if (!cursor_.take(' ')) return std::nullopt;
        if (auto const number = cursor_.take_number(UINT32_MAX)) {
            response.number = static_cast<std::uint32_t>(*number);
            if (!cursor_.take(' ')) return std::nullopt;
        }
        response.keyword = base::upper(cursor_.take_while(atom_bytes));
        if (response.keyword.empty()) return std::nullopt;
        if (response.is_status()) return status(std::move(response));
        while (cursor_.take(' ')) {
            if (cursor_.at_end()) break; // a blank at the end is common
            auto parsed = value(0);
            if (!parsed) return std::nullopt;
            response.values.push_back(std::move(*parsed));
        }
        if (!cursor_.at_end()) return std::nullopt;
        return response;
    }

private:
    /// resp-text: ["[" resp-text-code "]" SP] text
    std::optional<ImapResponse> status(ImapResponse response)
    {
        cursor_.take(' ');
        if (cursor_.take('[')) {
            response.code = cursor_.take_until(base::ByteSet("]"));
            if (!cursor_.take(']')) return std::nullopt;
            cursor_.take(' ');
        }
        response.text = cursor_.rest();
        return response;
    }

    std::optional<ImapValue> value(std::size_t depth)
    {
        if (depth > deepest_list) return std::nullopt;
        if (cursor_.take('(')) return list(depth);
        if (cursor_.take('"')) return quoted();
        if (cursor_.peek() == '{') return literal();
        return atom();
    }

    std::optional<ImapValue> list(std::size_t depth)
    {
        ImapValue list{ImapValue::Kind::list, {}, {}};
        for (;;) {
            while (cursor_.take(' ')) {
            }
            if (cursor_.take(')')) return list;
            auto item = value(depth + 1);
            if (!item) return std::nullopt;
            list.items.push_back(std::move(*item));
        }
    }

    std::optional<ImapValue> quoted()
    {
        constexpr base::ByteSet special("\"\\");
        ImapValue string{ImapValue::Kind::string, {}, {}};
        for (;;) {
            string.text += cursor_.take_until(special);
            if (cursor_.take('"')) return string;
            if (!cursor_.take('\\')) return std::nullopt;
            auto const escaped = cursor_.take_one(special);
            if (!escaped) return std::nullopt;
            string.text += *escaped;
        }
    }

    std::optional<ImapValue> literal()
    {
        cursor_.take('{');
        auto const size = cursor_.take_number(largest_literal);
        if (!size || !cursor_.take('}')) return std::nullopt;
        if (!cursor_.take("\r\n") && !cursor_.take('\n')) return std::nullopt;
        auto const bytes = cursor_.take_bytes(static_cast<std::size_t>(*size));
        if (!bytes) return std::nullopt;
        return ImapValue{ImapValue::Kind::string, std::string(*bytes), {}};
    }

    /// With a section in brackets: "BODY[HEADER.FIELDS (DATE)]<0>".
    std::optional<ImapValue> atom()
    {
        ImapValue atom{ImapValue::Kind::atom, std::string(cursor_.take_while(atom_bytes)), {}};
        if (cursor_.take('[')) {
            atom.text += "[" + std::string(cursor_.take_until(base::ByteSet("]\r\n")));
            if (!cursor_.take(']')) return std::nullopt;
            atom.text += "]" + std::string(cursor_.take_while(atom_bytes));
        }
        if (atom.text.empty()) return std::nullopt;
        if (base::equal_ignoring_case(atom.text, "NIL")) return ImapValue{};
        return atom;
    }

    base::Cursor cursor_;
};
} // namespace

bool ImapValue::is_atom(std::string_view word) const
{
    return kind == Kind::atom && base::equal_ignoring_case(text, word);
}

std::uint64_t ImapValue::number() const
{
    return kind == Kind::atom ? base::parse_number(text, std::uint64_t{1} << 62).value_or(0) : 0;
}

std::string const& ImapValue::text_or_empty() const
{
    static std::string const empty;
    return kind == Kind::atom || kind == Kind::string ? text : empty;
}

ImapValue const& ImapValue::item(std::size_t index) const
{
    static ImapValue const nil;
    return index < items.size() ? items[index] : nil;
}

bool ImapResponse::is_status() const
{
    constexpr std::array<std::string_view, 5> words = {"OK", "NO", "BAD", "BYE", "PREAUTH"};
    for (auto const word : words)
        if (keyword == word) return true;
    return false;
}

std::optional<ImapResponse> parse_imap_response(std::string_view text) { return Parser(text).response(); }

std::optional<std::size_t> announced_literal(std::string_view line)
{
    if (!line.ends_with('}')) return std::nullopt;
    auto const open = line.rfind('{');
    if (open == std::string_view::npos) return std::nullopt;
    auto const size = base::parse_number(line.substr(open + 1, line.size() - open - 2), largest_literal);
    if (!size) return std::nullopt;
    return static_cast<std::size_t>(*size);
}

} // namespace imap_client
