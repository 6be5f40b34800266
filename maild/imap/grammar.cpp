#include "maild/imap/grammar.h"

#include "appliance/base/text.h"
#include "maild/imap/limits.h"
#include "maild/imap/reply.h"
#include "maild/imap/utf7.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>

namespace maild::imap
{

namespace
{
constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr auto number_max = std::numeric_limits<std::uint32_t>::max();

constexpr std::array<std::pair<std::string_view, mailbox::Flag>, 5> system_flags{{
    {"\\Answered", mailbox::flag_answered},
    {"\\Flagged", mailbox::flag_flagged},
    {"\\Deleted", mailbox::flag_deleted},
    {"\\Seen", mailbox::flag_seen},
    {"\\Draft", mailbox::flag_draft},
}};

void add_keyword(mailbox::Flags& flags, std::string keyword)
{
    if (keyword.size() > limits::keyword) throw_no("LIMIT", "The keyword is too long");
    auto const known = [&](std::string const& other) { return base::equal_ignoring_case(other, keyword); };
    if (std::any_of(flags.keywords.begin(), flags.keywords.end(), known)) return;
    if (flags.keywords.size() >= limits::flags_per_message) throw_no("LIMIT", "Too many keywords");
    auto const before = [](std::string const& a, std::string const& b) { return base::lower(a) < base::lower(b); };
    flags.keywords.insert(std::upper_bound(flags.keywords.begin(), flags.keywords.end(), keyword, before), keyword);
}
} // namespace

Parser::Parser(std::string line, LiteralSource& source, Limits limits)
    : lines_{std::move(line)}, cursor_(lines_.back()), source_(source), limits_(limits), bytes_(lines_.back().size())
{
}

void Parser::expected(std::string_view what) const
{
    throw_bad("Expected " + std::string(what) + " at position " + std::to_string(cursor_.offset()));
}

void Parser::must_take(char c)
{
    if (!take(c)) expected(std::string("'") + c + "'");
}

void Parser::must_space()
{
    if (!take(' ')) expected("a space");
}

void Parser::must_end()
{
    while (take(' ')) {
    } // people type it, and some clients send it
    if (!at_end()) expected("the end of the command");
}

std::string Parser::must_tag()
{
    auto const tag = cursor_.take_while(tag_chars);
    if (tag.empty()) expected("a tag");
    return std::string(tag);
}

std::string Parser::must_atom()
{
    auto const atom = cursor_.take_while(atom_chars);
    if (atom.empty()) expected("a word");
    return std::string(atom);
}

std::string Parser::must_astring()
{
    if (peek() == '"' || peek() == '{') return must_string();
    auto const text = cursor_.take_while(astring_chars);
    if (text.empty()) expected("a string");
    return std::string(text);
}

std::string Parser::must_string()
{
    if (peek() == '"') return must_quoted();
    if (peek() == '{') return must_literal();
    expected("a string");
}

std::optional<std::string> Parser::must_nstring()
{
    if (take("NIL")) return std::nullopt;
    return must_string();
}

std::string Parser::must_quoted()
{
    must_take('"');
    std::string text;
    for (;;) {
        text += cursor_.take_until(quoted_specials);
        if (take('"')) return text;
        if (!take('\\')) expected("a closing quote");
        auto const escaped = cursor_.take_one(quoted_specials);
        if (!escaped) expected("a quoted character");
        text += *escaped;
    }
}

Literal Parser::must_literal_size()
{
    bool const is_binary = take('~');
    auto literal = announced_literal(cursor_.rest());
    if (peek() != '{' || !literal || cursor_.rest().find('}') + 1 != cursor_.rest().size()) expected("a literal");
    literal->is_binary = is_binary;
    return *literal;
}

void Parser::next_line()
{
    lines_.push_back(source_.read_rest());
    cursor_ = base::Cursor(lines_.back());
    bytes_ += lines_.back().size();
    if (bytes_ > limits_.command) throw_bad("The command is too long");
}

std::string Parser::must_literal()
{
    auto const literal = must_literal_size();
    if (literal.size > limits_.literal || bytes_ + literal.size > limits_.command)
        throw ClientError(bad("The literal is too large", "TOOBIG"));
    bytes_ += static_cast<std::size_t>(literal.size);
    source_.accept(literal);
    std::string text;
    for (auto piece = source_.read_piece(limits_.literal); !piece.empty();
         piece = source_.read_piece(limits_.literal))
        text += piece;
    next_line();
    if (!literal.is_binary && text.find('\0') != std::string::npos) throw_bad("A NUL byte is not allowed");
    return text;
}

std::optional<std::string> Parser::must_nstring8()
{
    if (peek() == '~') return must_literal();
    return must_nstring();
}

std::string Parser::must_list_mailbox()
{
    std::string name;
    if (peek() == '"' || peek() == '{') {
        name = must_string();
    } else {
        name = cursor_.take_while(list_chars);
        if (name.empty()) expected("a mailbox pattern");
    }
    return must_name(std::move(name));
}

std::string Parser::must_name(std::string text) const
{
    auto name = limits_.names == NameCoding::utf7 ? from_modified_utf7(text) : std::optional(std::move(text));
    if (!name || name->size() > limits::mailbox_name || !base::is_utf8(*name))
        throw_no("CANNOT", "That is no mailbox name");
    return *name;
}

std::string Parser::must_mailbox()
{
    auto name = must_name(must_astring());
    if (base::equal_ignoring_case(name, "INBOX")) return "INBOX";
    if (name.size() > 6 && base::equal_ignoring_case(name.substr(0, 6), "INBOX/")) name.replace(0, 5, "INBOX");
    return name;
}

std::uint32_t Parser::must_number()
{
    auto const number = cursor_.take_number(number_max);
    if (!number) expected("a number");
    return static_cast<std::uint32_t>(*number);
}

std::uint64_t Parser::must_number64()
{
    auto const number = cursor_.take_number(std::numeric_limits<std::int64_t>::max());
    if (!number) expected("a number");
    return *number;
}

std::uint32_t Parser::must_nonzero_number()
{
    auto const number = must_number();
    if (number == 0) throw_bad("0 is not allowed here");
    return number;
}

std::uint32_t Parser::must_sequence_number() { return take('*') ? SequenceSet::last : must_nonzero_number(); }

SequenceSet Parser::must_sequence_set()
{
    if (take('$')) return SequenceSet::of_saved();
    SequenceSet set;
    do {
        auto const first = must_sequence_number();
        set.add(first, take(':') ? must_sequence_number() : first);
    } while (take(','));
    return set;
}

void Parser::must_flag(mailbox::Flags& to)
{
    if (peek() != '\\') return add_keyword(to, must_atom());
    take('\\');
    auto const name = "\\" + must_atom();
    for (auto const& [known, bit] : system_flags) {
        if (!base::equal_ignoring_case(name, known)) continue;
        to.system |= bit;
        return;
    }
    // \Recent cannot be changed, but some clients copy it from what they fetched.
    if (!base::equal_ignoring_case(name, "\\Recent")) throw_bad("Unknown system flag " + name);
}

mailbox::Flags Parser::must_flag_list()
{
    mailbox::Flags flags;
    must_take('(');
    if (take(')')) return flags;
    do must_flag(flags);
    while (take(' '));
    must_take(')');
    return flags;
}

mailbox::Flags Parser::must_store_flags()
{
    if (peek() == '(') return must_flag_list();
    mailbox::Flags flags;
    do must_flag(flags);
    while (take(' '));
    return flags;
}

int Parser::must_digits(std::size_t count)
{
    auto const text = cursor_.take_while(base::digits, count);
    if (text.size() != count) expected(std::to_string(count) + " digits");
    return static_cast<int>(*base::parse_number(text));
}

int Parser::must_month()
{
    for (std::size_t i = 0; i < months.size(); ++i)
        if (take(months[i])) return static_cast<int>(i) + 1;
    expected("a month");
}

message::Day Parser::must_date()
{
    bool const quoted = take('"');
    auto const day = cursor_.take_while(base::digits, 2);
    if (day.empty()) expected("a day");
    message::Day date;
    date.day = static_cast<int>(*base::parse_number(day));
    must_take('-');
    date.month = must_month();
    must_take('-');
    date.year = must_digits(4);
    if (quoted) must_take('"');
    if (!(std::chrono::year(date.year) / date.month / date.day).ok()) throw_bad("There is no such day");
    return date;
}

base::Timestamp Parser::must_date_time()
{
    namespace chrono = std::chrono;
    must_take('"');
    int const day_number = take(' ') ? must_digits(1) : must_digits(2);
    must_take('-');
    int const month_number = must_month();
    must_take('-');
    auto const date = chrono::year(must_digits(4)) / month_number / day_number;
    must_space();
    int const hour = must_digits(2);
    must_take(':');
    int const minute = must_digits(2);
    must_take(':');
    int const second = must_digits(2);
    must_space();
    bool const west = peek() == '-';
    if (!take('-') && !take('+')) expected("a time zone");
    int const zone_hours = must_digits(2);
    int const zone_minutes = must_digits(2);
    must_take('"');
    if (!date.ok() || hour > 23 || minute > 59 || second > 60 || zone_hours > 23 || zone_minutes > 59)
        throw_bad("There is no such date or time");
    auto const zone = chrono::minutes(zone_hours * 60 + zone_minutes);
    auto const local =
        chrono::sys_days(date) + chrono::hours(hour) + chrono::minutes(minute) + chrono::seconds(second);
    return chrono::duration_cast<base::Microseconds>((west ? local + zone : local - zone).time_since_epoch()).count();
}

std::string show_string(std::string_view text)
{
    auto const needs_literal = [](char c) {
        return c == '\r' || c == '\n' || c == '\0' || static_cast<unsigned char>(c) > 126;
    };
    if (std::any_of(text.begin(), text.end(), needs_literal))
        return "{" + std::to_string(text.size()) + "}\r\n" + std::string(text);
    std::string quoted = "\"";
    for (char const c : text) {
        if (quoted_specials.contains(c)) quoted += '\\';
        quoted += c;
    }
    return quoted += '"';
}

std::string show_astring(std::string_view text)
{
    bool const is_atom = !text.empty() && !base::equal_ignoring_case(text, "NIL") &&
                         std::all_of(text.begin(), text.end(), [](char c) { return atom_chars.contains(c); });
    return is_atom ? std::string(text) : show_string(text);
}

std::string show_mailbox(std::string_view utf8_name, NameCoding coding)
{
    if (coding == NameCoding::utf8 && !base::is_ascii(utf8_name)) {
        auto const escaped = base::replace_all(base::replace_all(std::string(utf8_name), "\\", "\\\\"), "\"", "\\\"");
        return '"' + escaped + '"';
    }
    auto const name = coding == NameCoding::utf8 ? std::string(utf8_name) : to_modified_utf7(utf8_name);
    return show_astring(name);
}

std::string show_flags(mailbox::Flags const& flags, bool recent)
{
    std::string text = "(";
    auto const add = [&](std::string_view flag) {
        if (text.size() > 1) text += ' ';
        text += flag;
    };
    for (auto const& [name, bit] : system_flags)
        if ((flags.system & bit) != 0) add(name);
    if (recent) add("\\Recent");
    for (auto const& keyword : flags.keywords) add(keyword);
    return text += ')';
}

std::string show_date_time(base::Timestamp when)
{
    namespace chrono = std::chrono;
    chrono::sys_time<base::Microseconds> const moment{base::Microseconds(when)};
    auto const midnight = chrono::floor<chrono::days>(moment);
    chrono::year_month_day const date(midnight);
    chrono::hh_mm_ss const time(chrono::floor<chrono::seconds>(moment - midnight));
    auto const two = [](long long number, char fill) {
        auto text = std::to_string(number);
        return text.size() < 2 ? fill + text : text;
    };
    auto const year_text = std::to_string(static_cast<int>(date.year()));
    return '"' + two(static_cast<unsigned>(date.day()), ' ') + '-' +
           std::string(months[static_cast<unsigned>(date.month()) - 1]) + '-' +
           std::string(year_text.size() < 4 ? 4 - year_text.size() : 0, '0') + year_text + ' ' +
           two(time.hours().count(), '0') + ':' + two(time.minutes().count(), '0') + ':' +
           two(time.seconds().count(), '0') + " +0000\"";
}

} // namespace maild::imap
