#pragma once
// The grammar of what an IMAP server says (RFC 3501 section 9, `response`), read into a tree. What the tree means is
// its reader's: fetch.h, httpd/mail/imap_reading.h, maild/transfer/imap_listing.h.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace imap_client
{

/// NIL, an atom (also numbers, flags, "BODY[1.2]<0>"), a string, or a list. It looks into its response's text, and is
/// good as long as that response.
class ImapValue
{
public:
    enum class Kind : unsigned char { nil, atom, string, list };

    ImapValue() = default;
    ImapValue(Kind its_kind, std::string_view its_text) : text(its_text), kind(its_kind) {}
    explicit ImapValue(std::span<ImapValue const> items)
        : kind(Kind::list), items_(items.data()), item_count_(items.size())
    {
    }

    std::string_view text; ///< of an atom or string, "" for NIL and lists
    Kind kind = Kind::nil;

    bool is_list() const { return kind == Kind::list; }
    bool is_string() const { return kind == Kind::string; }
    /// An atom of these letters, in either case.
    bool is_atom(std::string_view word) const;
    /// The number of an atom, 0 for everything else.
    std::uint64_t number() const;
    std::span<ImapValue const> items() const { return {items_, item_count_}; }
    /// The item, or NIL beyond the end: servers may leave out what is at the end.
    ImapValue const& item(std::size_t index) const;

private:
    ImapValue const* items_ = nullptr;
    std::size_t item_count_ = 0;
};

struct ImapResponse {
    std::string tag;                   ///< "*", "+" or the command's
    std::string keyword;               ///< upper case: OK NO BAD BYE PREAUTH FETCH EXISTS LIST ...
    std::uint32_t number = 0;          ///< in front of EXISTS, EXPUNGE, FETCH
    std::string code;                  ///< of a status: what stands in its brackets
    std::string text;                  ///< of a status or continuation
    std::span<ImapValue const> values; ///< of data, behind the keyword

    bool is_status() const;

    /// What the values look into.
    class Storage;
    std::shared_ptr<Storage const> storage;
};

/// One response, with its literals in place, without the last CRLF. Nothing when it is not the grammar.
std::optional<ImapResponse> parse_imap_response(std::string text);

/// The size that a line announces at its end, "{123}": so many bytes follow, then the line goes on.
std::optional<std::size_t> announced_literal(std::string_view line);

} // namespace imap_client
