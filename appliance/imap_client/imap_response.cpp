#include "appliance/imap_client/imap_response.h"

#include "appliance/base/cursor.h"
#include "appliance/base/text.h"

#include <algorithm>
#include <array>
#include <memory_resource>
#include <utility>

namespace imap_client
{

/// A page of a mailbox has thousands of values: they stand together, and their texts stay where they arrived.
class ImapResponse::Storage
{
public:
    explicit Storage(std::string bytes) : text(std::move(bytes)) {}

    std::span<ImapValue const> keep(std::span<ImapValue const> values)
    {
        if (values.empty()) return {};
        auto* const place = std::pmr::polymorphic_allocator<ImapValue>(&memory_).allocate(values.size());
        std::uninitialized_copy(values.begin(), values.end(), place);
        return {place, values.size()};
    }

    std::string text;

private:
    static constexpr std::size_t first_block = 4096;
    std::pmr::monotonic_buffer_resource memory_{first_block};
};
static_assert(std::is_trivially_destructible_v<ImapValue>);

namespace
{
constexpr auto atom_bytes = base::ByteSet::range(0x21, 0xff).without(base::ByteSet("(){\"[]\x7f"));
constexpr std::size_t usual_values = 32;  ///< that wait for the end of their lists
constexpr std::size_t deepest_list = 220; ///< 100 parts deep, two lists each
constexpr std::uint64_t largest_literal = std::uint64_t{2} << 30;

class Parser
{
public:
    explicit Parser(std::string text)
        : storage_(std::make_shared<ImapResponse::Storage>(std::move(text))), cursor_(storage_->text)
    {
    }

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
        waiting_.reserve(usual_values);
        while (cursor_.take(' ')) {
            if (cursor_.at_end()) break; // a blank at the end is common
            if (!value(0)) return std::nullopt;
        }
        if (!cursor_.at_end()) return std::nullopt;
        response.values = storage_->keep(waiting_);
        response.storage = storage_;
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

    /// The value is then the last that waits.
    bool value(std::size_t depth)
    {
        if (depth > deepest_list) return false;
        if (cursor_.take('(')) return list(depth);
        if (cursor_.take('"')) return quoted();
        if (cursor_.peek() == '{') return literal();
        return atom();
    }

    bool list(std::size_t depth)
    {
        auto const begin = waiting_.size();
        for (;;) {
            while (cursor_.take(' ')) {
            }
            if (cursor_.take(')')) break;
            if (!value(depth + 1)) return false;
        }
        ImapValue const list(storage_->keep(std::span(waiting_).subspan(begin)));
        waiting_.resize(begin);
        waiting_.push_back(list);
        return true;
    }

    /// A string with escapes is shortened where it stands: the cursor is behind it then.
    bool quoted()
    {
        constexpr base::ByteSet special("\"\\");
        auto const begin = cursor_.offset();
        auto end = begin + cursor_.take_until(special).size();
        while (!cursor_.take('"')) {
            if (!cursor_.take('\\')) return false;
            auto const escaped = cursor_.take_one(special);
            if (!escaped) return false;
            auto const more = cursor_.take_until(special);
            auto& text = storage_->text;
            text[end++] = *escaped;
            std::copy(more.begin(), more.end(), text.begin() + static_cast<std::ptrdiff_t>(end));
            end += more.size();
        }
        add(ImapValue::Kind::string, begin, end);
        return true;
    }

    bool literal()
    {
        cursor_.take('{');
        auto const size = cursor_.take_number(largest_literal);
        if (!size || !cursor_.take('}')) return false;
        if (!cursor_.take("\r\n") && !cursor_.take('\n')) return false;
        auto const bytes = cursor_.take_bytes(static_cast<std::size_t>(*size));
        if (!bytes) return false;
        waiting_.emplace_back(ImapValue::Kind::string, *bytes);
        return true;
    }

    /// With a section in brackets: "BODY[HEADER.FIELDS (DATE)]<0>".
    bool atom()
    {
        constexpr base::ByteSet section_end("]\r\n");
        auto const begin = cursor_.offset();
        cursor_.take_while(atom_bytes);
        if (cursor_.take('[')) {
            cursor_.take_until(section_end);
            if (!cursor_.take(']')) return false;
            cursor_.take_while(atom_bytes);
        }
        auto const end = cursor_.offset();
        if (begin == end) return false;
        if (end - begin == 3 && base::equal_ignoring_case(std::string_view(storage_->text).substr(begin, 3), "NIL"))
            waiting_.emplace_back();
        else
            add(ImapValue::Kind::atom, begin, end);
        return true;
    }

    void add(ImapValue::Kind kind, std::size_t begin, std::size_t end)
    {
        waiting_.emplace_back(kind, std::string_view(storage_->text).substr(begin, end - begin));
    }

    std::shared_ptr<ImapResponse::Storage> storage_;
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

ImapValue const& ImapValue::item(std::size_t index) const
{
    static ImapValue const nil;
    return index < item_count_ ? items_[index] : nil;
}

bool ImapResponse::is_status() const
{
    constexpr std::array<std::string_view, 5> words = {"OK", "NO", "BAD", "BYE", "PREAUTH"};
    for (auto const word : words)
        if (keyword == word) return true;
    return false;
}

std::optional<ImapResponse> parse_imap_response(std::string text) { return Parser(std::move(text)).response(); }

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
