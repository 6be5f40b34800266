#pragma once
// The words of IMAP commands: one function per rule of RFC 3501 section 9 (with RFC 9051's clarifications). Each
// must_ function throws ClientError when the text is not the rule. FETCH items and SEARCH keys are in fetch_items.h
// and search_keys.h, on top of this.

#include "appliance/base/clock.h"
#include "appliance/base/cursor.h"
#include "appliance/message/date.h"
#include "maild/imap/literal_source.h"
#include "maild/imap/sequence_set.h"
#include "maild/mailbox/ids.h"

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace maild::imap
{

inline constexpr base::ByteSet list_wildcards{"%*"};
inline constexpr base::ByteSet quoted_specials{"\"\\"};
/// ATOM-CHAR: printable ASCII but "(){ %*\"\\]".
inline constexpr base::ByteSet atom_chars = base::ByteSet::range(0x21, 0x7E).without(base::ByteSet("(){%*\"\\]"));
/// ASTRING-CHAR also takes "]"; 8-bit is taken for clients that send UTF-8 without asking.
inline constexpr base::ByteSet astring_chars = atom_chars | base::ByteSet("]") | base::ByteSet::range(0x80, 0xFF);
inline constexpr base::ByteSet list_chars = astring_chars | list_wildcards;
inline constexpr base::ByteSet tag_chars =
    astring_chars.without(base::ByteSet("+")).without(base::ByteSet::range(0x80, 0xFF));

/// How a mailbox name looks on the wire.
enum class NameCoding {
    utf7, ///< modified UTF-7 (RFC 3501 5.1.3); raw UTF-8 is taken too
    utf8, ///< RFC 9051 and RFC 6855, once enabled
};

/// One command: its first line, and whatever follows a literal. Not copied, not moved: views point inside.
class Parser
{
public:
    struct Limits {
        std::size_t literal; ///< bytes of one literal
        std::size_t command; ///< bytes of the whole command
        NameCoding names = NameCoding::utf7;
    };

    Parser(std::string line, LiteralSource& source, Limits limits);
    Parser(Parser const&) = delete;
    Parser& operator=(Parser const&) = delete;

    bool at_end() const { return cursor_.at_end(); }
    char peek() const { return cursor_.peek(); }
    bool take(char c) { return cursor_.take(c); }
    bool take(std::string_view word) { return cursor_.take(word); }
    std::string_view take_while(base::ByteSet const& set) { return cursor_.take_while(set); }
    void must_take(char c);
    void must_space();
    void must_end();

    std::string must_tag();
    std::string must_atom();
    std::string must_astring();
    std::string must_string();
    std::optional<std::string> must_nstring();
    /// nstring or literal8 (RFC 3516): may hold NUL bytes when it is one.
    std::optional<std::string> must_nstring8();
    std::string must_list_mailbox();
    /// The next byte begins a literal: "{" or "~{".
    bool at_literal() const { return peek() == '{' || peek() == '~'; }
    /// In UTF-8, INBOX in capitals.
    std::string must_mailbox();
    std::uint32_t must_number();
    std::uint32_t must_nonzero_number();
    std::uint64_t must_number64();
    /// One of a set: "*" is SequenceSet::last.
    std::uint32_t must_sequence_number();
    SequenceSet must_sequence_set();
    /// One flag into `to`.
    void must_flag(mailbox::Flags& to);
    /// "(" [flag *(SP flag)] ")".
    mailbox::Flags must_flag_list();
    /// Of STORE: a list, or flags without brackets.
    mailbox::Flags must_store_flags();
    /// `"21-Nov-2026 22:25:00 +0700"`.
    base::Timestamp must_date_time();
    /// `21-Nov-2026`, with or without quotes.
    message::Day must_date();

    /// "{n}" or "{n+}" at the end of the line, or with "~" before it a literal8: for APPEND, which reads the bytes
    /// from source() itself and then calls next_line().
    Literal must_literal_size();
    LiteralSource& source() { return source_; }
    void next_line();

private:
    std::string must_name(std::string text) const;
    std::string must_quoted();
    std::string must_literal();
    int must_month();
    int must_digits(std::size_t count);
    [[noreturn]] void expected(std::string_view what) const;

    std::deque<std::string> lines_; ///< a deque: the cursor's line never moves
    base::Cursor cursor_;
    LiteralSource& source_;
    Limits limits_;
    std::size_t bytes_ = 0; ///< so far
};

/// As in a reply: quoted, or a literal when quoting cannot hold it.
std::string show_string(std::string_view text);
/// As in a reply: an atom where possible, else as show_string.
std::string show_astring(std::string_view text);
/// UTF-8 name as it goes to the client: an atom where possible, else quoted.
std::string show_mailbox(std::string_view utf8_name, NameCoding coding = NameCoding::utf7);
/// "(\Seen $Forwarded)".
std::string show_flags(mailbox::Flags const& flags, bool recent);
/// `"21-Nov-2026 22:25:00 +0000"` with its quotes.
std::string show_date_time(base::Timestamp when);

} // namespace maild::imap
