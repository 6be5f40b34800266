#pragma once
// Reads the IMAP text that ENVELOPE and BODYSTRUCTURE consist of (RFC 3501 section 9: nstring, number, parenthesized
// list) strictly, as a client would.

#include "appliance/base/cursor.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace support
{

struct ImapValue {
    enum class Kind { nil, string, number, list };
    Kind kind = Kind::nil;
    std::string text;
    std::vector<ImapValue> items;

    bool is_nil() const { return kind == Kind::nil; }
    bool is_list() const { return kind == Kind::list; }
    ImapValue const& operator[](std::size_t i) const { return items.at(i); }
};

class ImapText
{
public:
    /// The whole text must be one value; anything illegal gives nothing.
    static std::optional<ImapValue> read(std::string_view text)
    {
        base::Cursor cursor(text);
        auto value = read_value(cursor, 1000);
        if (!value || !cursor.at_end()) return std::nullopt;
        return value;
    }

private:
    static std::optional<ImapValue> read_value(base::Cursor& cursor, int depth)
    {
        if (depth == 0) return std::nullopt;
        if (cursor.take('(')) return read_list(cursor, depth);
        if (cursor.peek() == '"') return read_quoted(cursor);
        if (cursor.peek() == '{') return read_literal(cursor);
        if (cursor.take("NIL")) return ImapValue{};
        auto const digits = cursor.take_while(base::digits);
        if (digits.empty()) return std::nullopt;
        return ImapValue{ImapValue::Kind::number, std::string(digits), {}};
    }

    /// "(a b)", and "((a)(b) c)": lists may follow each other without a blank (addresses, parts of a multipart).
    static std::optional<ImapValue> read_list(base::Cursor& cursor, int depth)
    {
        ImapValue list{ImapValue::Kind::list, {}, {}};
        while (!cursor.take(')')) {
            bool const adjacent = !list.items.empty() && list.items.back().is_list() && cursor.peek() == '(';
            if (!list.items.empty() && !adjacent && !cursor.take(' ')) return std::nullopt;
            auto value = read_value(cursor, depth - 1);
            if (!value) return std::nullopt;
            list.items.push_back(std::move(*value));
        }
        if (list.items.empty()) return std::nullopt;
        return list;
    }

    static std::optional<ImapValue> read_quoted(base::Cursor& cursor)
    {
        constexpr base::ByteSet plain = base::ByteSet::range(1, 127).without(base::ByteSet("\r\n\"\\"));
        ImapValue value{ImapValue::Kind::string, {}, {}};
        cursor.take('"');
        while (!cursor.take('"')) {
            cursor.take('\\');
            auto const special = cursor.take_one(base::ByteSet("\"\\"));
            auto const run = special ? std::string_view() : cursor.take_while(plain);
            if (!special && run.empty()) return std::nullopt;
            if (special) value.text += *special;
            value.text += run;
        }
        return value;
    }

    static std::optional<ImapValue> read_literal(base::Cursor& cursor)
    {
        cursor.take('{');
        auto const size = cursor.take_number(1u << 30);
        if (!size || !cursor.take("}\r\n")) return std::nullopt;
        auto const bytes = cursor.take_bytes(*size);
        if (!bytes || bytes->find('\0') != std::string_view::npos) return std::nullopt;
        return ImapValue{ImapValue::Kind::string, std::string(*bytes), {}};
    }
};

} // namespace support
