#include "appliance/imap_client/imap_response.h"

#include "appliance/base/cursor.h"
#include "appliance/base/text.h"

#include <array>
#include <iterator>

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
            if (!value(response.values.emplace_back(), 0)) return std::nullopt;
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
            constexpr base::ByteSet code_end("]");
            response.code = cursor_.take_until(code_end);
            if (!cursor_.take(']')) return std::nullopt;
            cursor_.take(' ');
        }
        response.text = cursor_.rest();
        return response;
    }

    bool value(ImapValue& to, std::size_t depth)
    {
        if (depth > deepest_list) return false;
        if (cursor_.take('(')) return list(to, depth);
        if (cursor_.take('"')) return quoted(to);
        if (cursor_.peek() == '{') return literal(to);
        return atom(to);
    }

    /// A page of a mailbox has thousands of lists: each gets its memory at once, when its length is known.
    bool list(ImapValue& to, std::size_t depth)
    {
        to.kind = ImapValue::Kind::list;
        auto const begin = static_cast<std::ptrdiff_t>(waiting_.size());
        for (;;) {
            while (cursor_.take(' ')) {
            }
            if (cursor_.take(')')) break;
            ImapValue item;
            if (!value(item, depth + 1)) return false;
            waiting_.push_back(std::move(item));
        }
        auto const first = waiting_.begin() + begin;
        to.items.assign(std::make_move_iterator(first), std::make_move_iterator(waiting_.end()));
        waiting_.erase(first, waiting_.end());
        return true;
    }

    bool quoted(ImapValue& to)
    {
        constexpr base::ByteSet special("\"\\");
        to.kind = ImapValue::Kind::string;
        auto const plain = cursor_.rest().substr(0, cursor_.rest().find('"'));
        if (plain.size() < cursor_.rest().size() && plain.find('\\') == std::string_view::npos) { // nearly all
            to.text = plain;
            cursor_.take_bytes(plain.size() + 1);
            return true;
        }
        for (;;) {
            to.text += cursor_.take_until(special);
            if (cursor_.take('"')) return true;
            if (!cursor_.take('\\')) return false;
            auto const escaped = cursor_.take_one(special);
            if (!escaped) return false;
            to.text += *escaped;
        }
    }

    bool literal(ImapValue& to)
    {
        cursor_.take('{');
        auto const size = cursor_.take_number(largest_literal);
        if (!size || !cursor_.take('}')) return false;
        if (!cursor_.take("\r\n") && !cursor_.take('\n')) return false;
        auto const bytes = cursor_.take_bytes(static_cast<std::size_t>(*size));
        if (!bytes) return false;
        to.kind = ImapValue::Kind::string;
        to.text = *bytes;
        return true;
    }

    /// With a section in brackets: "BODY[HEADER.FIELDS (DATE)]<0>".
    bool atom(ImapValue& to)
    {
        constexpr base::ByteSet section_end("]\r\n");
        to.text = cursor_.take_while(atom_bytes);
        if (cursor_.take('[')) {
            to.text.append("[").append(cursor_.take_until(section_end));
            if (!cursor_.take(']')) return false;
            to.text.append("]").append(cursor_.take_while(atom_bytes));
        }
        if (to.text.empty()) return false;
        if (to.text.size() == 3 && base::equal_ignoring_case(to.text, "NIL"))
            to.text.clear();
        else
            to.kind = ImapValue::Kind::atom;
        return true;
    }

    std::vector<ImapValue> waiting_; ///< items of the lists that are not closed yet
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
