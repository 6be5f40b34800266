#pragma once
// The grammar of what an IMAP server says (RFC 3501 section 9, `response`), read into a tree. What the tree means is
// its reader's: httpd/mail/imap_reading.h, maild/transfer/imap_source.cpp.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imap_client
{

/// NIL, an atom (also numbers, flags, "BODY[1.2]<0>"), a string, or a list.
struct ImapValue {
    enum class Kind { nil, atom, string, list };
    Kind kind = Kind::nil;
    std::string text;
    std::vector<ImapValue> items;

    bool is_list() const { return kind == Kind::list; }
    bool is_string() const { return kind == Kind::string; }
    /// An atom of these letters, in either case.
    bool is_atom(std::string_view word) const;
    /// The number of an atom, 0 for everything else.
    std::uint64_t number() const;
    /// Text of an atom or string, "" for NIL and lists.
    std::string const& text_or_empty() const;
    /// The item, or NIL beyond the end: servers may leave out what is at the end.
    ImapValue const& item(std::size_t index) const;
};

struct ImapResponse {
    std::string tag;               ///< "*", "+" or the command's
    std::string keyword;           ///< upper case: OK NO BAD BYE PREAUTH FETCH EXISTS LIST ...
    std::uint32_t number = 0;      ///< in front of EXISTS, EXPUNGE, FETCH
    std::string code;              ///< of a status: what stands in its brackets
    std::string text;              ///< of a status or continuation
    std::vector<ImapValue> values; ///< of data, behind the keyword

    bool is_status() const;
};

/// One response, with its literals in place, without the last CRLF. Nothing when it is not the grammar.
std::optional<ImapResponse> parse_imap_response(std::string_view text);

/// The size that a line announces at its end, "{123}": so many bytes follow, then the line goes on.
std::optional<std::size_t> announced_literal(std::string_view line);

} // namespace imap_client
