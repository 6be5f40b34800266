#include "appliance/message/address_list.h"

#include "appliance/base/text.h"
#include "appliance/message/header.h"
#include "appliance/message/words.h"

#include <set>

namespace message
{

namespace
{
constexpr base::ByteSet blanks(" \t\r\n");
// Everything that ends an atom here: RFC 5322 specials without those that are only punctuation inside words.
constexpr base::ByteSet atom_ends(" \t\r\n()<>@,;:\"[].");
constexpr base::ByteSet plain_word = base::letters | base::digits | base::ByteSet("!#$%&'*+-/=?^_`{|}~");

/// A piece of the text. `kind` is the special itself, 'a' for an atom, 'q' for a quoted string, 'l' for a literal.
struct Token {
    char kind = 'a';
    std::string text;
    bool after_blank = false;
};
using Tokens = std::vector<Token>;

std::string take_comment(base::Cursor& cursor)
{
    std::string text;
    std::size_t depth = 0;
    do {
        char const c = cursor.peek();
        cursor.take_bytes(1);
        if (c == '(' && depth++ == 0) continue;
        if (c == ')' && --depth == 0) break;
        if (c == '\\' && !cursor.at_end())
            text += *cursor.take_bytes(1);
        else
            text += c;
    } while (!cursor.at_end());
    return text;
}

std::string take_quoted(base::Cursor& cursor)
{
    std::string text;
    cursor.take('"');
    while (!cursor.at_end() && !cursor.take('"')) {
        cursor.take('\\');
        if (auto const byte = cursor.take_bytes(1)) text += *byte;
    }
    return text;
}

std::string take_literal(base::Cursor& cursor)
{
    std::string text(cursor.take_until(base::ByteSet("]<>@, ")));
    if (cursor.take(']')) text += ']';
    return text;
}

/// Pieces put together as they were written: blanks between them become one.
std::string joined(Tokens const& tokens, std::size_t begin, std::size_t end)
{
    std::string text;
    for (std::size_t i = begin; i < end; ++i) {
        if (tokens[i].after_blank && !text.empty()) text += ' ';
        text += tokens[i].text;
    }
    return text;
}

/// The same without blanks: they mean nothing in an address (RFC 5322 4.4).
std::string joined_tightly(Tokens const& tokens, std::size_t begin, std::size_t end)
{
    std::string text;
    for (std::size_t i = begin; i < end; ++i) text += tokens[i].text;
    return text;
}

/// Unfolded; other controls go too, tabs become blanks: nothing that is written later can differ from what was
/// checked.
std::string one_line(std::string_view text)
{
    std::string line;
    for (char const c : unfold(text)) {
        if (c == '\t')
            line += ' ';
        else if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F)
            line += c;
    }
    return line;
}

/// Hosts come from strangers: nothing that could end the address early gets into a header that we write.
std::string safe_host(std::string_view host)
{
    bool const literal = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (literal) host = host.substr(1, host.size() - 2);
    std::string safe;
    for (char const c : host)
        if (static_cast<unsigned char>(c) > 0x20 && c != 0x7F &&
            std::string_view("<>@,;()[]\"\\").find(c) == std::string_view::npos)
            safe += c;
    return literal ? '[' + safe + ']' : safe;
}

constexpr std::size_t none = static_cast<std::size_t>(-1);

std::size_t last_at_sign(Tokens const& tokens)
{
    for (std::size_t i = tokens.size(); i-- > 0;)
        if (tokens[i].kind == '@') return i;
    return none;
}

/// Whether a blank between the tokens i-1 and i does not part an address: around "." and "@".
bool belong_together(Tokens const& tokens, std::size_t i)
{
    auto glue = [](Token const& token) { return token.kind == '.' || token.kind == '@'; };
    return !tokens[i].after_blank || glue(tokens[i]) || glue(tokens[i - 1]);
}

class ListParser
{
public:
    explicit ListParser(std::string_view text) : cursor_(text) {}

    AddressList parse()
    {
        while (!cursor_.at_end() && list_.size() < address_list_max) step();
        finish_item();
        end_group();
        return std::move(list_);
    }

private:
    void step()
    {
        bool const blank = !cursor_.take_while(blanks).empty();
        char const c = cursor_.peek();
        if (cursor_.at_end()) return;
        switch (c) {
        case '(': comment_ = take_comment(cursor_); break;
        case '"': words_.push_back({'q', take_quoted(cursor_), blank}); break;
        case '[': words_.push_back({'l', take_literal(cursor_), blank}); break;
        case '<': angle_address(); break;
        case ',':
            cursor_.take(',');
            finish_item();
            break;
        case ';':
            cursor_.take(';');
            finish_item();
            end_group();
            break;
        case ':': colon(blank); break;
        default: word(blank); break;
        }
    }

    void word(bool blank)
    {
        char const c = cursor_.peek();
        if (atom_ends.contains(c)) { // "@", ".", and brackets that close nothing
            cursor_.take(c);
            if (c == '@') have_at_sign_ = true;
            if (c == '@' || c == '.') words_.push_back({c, std::string(1, c), blank});
            return;
        }
        std::size_t const encoded = encoded_word_length(cursor_.rest());
        auto const text = encoded > 0 ? cursor_.take_bytes(encoded).value_or("") : cursor_.take_until(atom_ends);
        words_.push_back({'a', std::string(text), blank});
    }

    /// "Name:" begins a group; elsewhere a colon is only a character.
    void colon(bool blank)
    {
        cursor_.take(':');
        if (in_group_ || have_angle_ || have_at_sign_) {
            words_.push_back({'a', ":", blank});
            return;
        }
        AddressItem group;
        group.kind = AddressItem::Kind::group_begin;
        group.name = joined(words_, 0, words_.size());
        list_.push_back(std::move(group));
        in_group_ = true;
        reset();
    }

    void end_group()
    {
        if (!in_group_) return;
        in_group_ = false;
        AddressItem end;
        end.kind = AddressItem::Kind::group_end;
        list_.push_back(std::move(end));
    }

    /// RFC 5322 angle-addr and obs-angle-addr; an unclosed one ends at "," (but not inside a route) or ";".
    void angle_address()
    {
        if (have_angle_) { // a comma is missing: the words since then are the next one's name
            Tokens name = std::move(words_);
            finish_item();
            words_ = std::move(name);
        }
        cursor_.take('<');
        Tokens tokens;
        std::size_t colon = none;
        while (!cursor_.at_end() && !cursor_.take('>')) {
            cursor_.take_while(blanks);
            char const c = cursor_.peek();
            bool const in_route = !tokens.empty() && tokens.front().kind == '@' && colon == none;
            if (c == '<' || c == ';' || (c == ',' && !in_route)) break;
            if (c == ':' && in_route) colon = tokens.size();
            take_angle_token(tokens);
        }
        item_.name = joined(words_, 0, words_.size());
        if (colon != none) {
            item_.route = joined_tightly(tokens, 0, colon);
            tokens.erase(tokens.begin(), tokens.begin() + static_cast<std::ptrdiff_t>(colon) + 1);
        }
        set_address(tokens, 0, tokens.size());
        have_angle_ = true;
        words_.clear();
    }

    void take_angle_token(Tokens& tokens)
    {
        char const c = cursor_.peek();
        if (cursor_.at_end() || c == '>') return;
        if (c == '(')
            take_comment(cursor_);
        else if (c == '"')
            tokens.push_back({'q', take_quoted(cursor_), false});
        else if (c == '[')
            tokens.push_back({'l', take_literal(cursor_), false});
        else if (atom_ends.contains(c))
            tokens.push_back({c, std::string(cursor_.take_bytes(1).value_or("")), false});
        else
            tokens.push_back({'a', std::string(cursor_.take_until(atom_ends)), false});
    }

    void set_address(Tokens const& tokens, std::size_t begin, std::size_t end)
    {
        std::size_t const at = last_at_sign(tokens);
        std::size_t const local_end = at == none ? end : at;
        item_.mailbox = joined_tightly(tokens, begin, local_end);
        item_.host = at == none ? std::string() : safe_host(joined_tightly(tokens, at + 1, end));
    }

    /// Words without angle brackets: an address, perhaps with a name in front of it ("Budi budi@x").
    void bare_address()
    {
        std::size_t const at = last_at_sign(words_);
        if (at == none) {
            item_.mailbox = joined(words_, 0, words_.size());
            return;
        }
        std::size_t begin = at, end = at + 1;
        while (begin > 0 && belong_together(words_, begin)) --begin;
        while (end < words_.size() && belong_together(words_, end)) ++end;
        item_.name = joined(words_, 0, begin);
        set_address(words_, begin, end);
    }

    void finish_item()
    {
        if (!have_angle_ && !words_.empty()) bare_address();
        bool const empty = item_.mailbox.empty() && item_.host.empty() && item_.name.empty();
        if (!empty || have_angle_) {
            if (item_.name.empty()) item_.name = base::trim(comment_); // "budi@x (Budi Santoso)"
            list_.push_back(std::move(item_));
        }
        reset();
    }

    void reset()
    {
        item_ = {};
        words_.clear();
        comment_.clear();
        have_angle_ = have_at_sign_ = false;
    }

    base::Cursor cursor_;
    AddressList list_;
    AddressItem item_;
    Tokens words_;
    std::string comment_;
    bool have_angle_ = false;
    bool have_at_sign_ = false; // in words_
    bool in_group_ = false;
};

bool is_bare_word(std::string_view text)
{
    for (char const c : text)
        if (!plain_word.contains(c) && c != '.') return false;
    return !text.empty();
}

/// The address SMTP would take, or nothing.
std::optional<Address> usable(AddressItem const& item, Utf8 utf8)
{
    if (!item.host.empty()) return Address::parse(item.address(), utf8);
    if (!is_bare_word(item.mailbox) || item.mailbox.size() > local_part_max) return std::nullopt;
    return Address{item.mailbox, {}};
}

/// The items with their separators; `one` writes a mailbox, `phrase` a group's name.
template <class One, class Phrase>
std::string written(AddressList const& list, One const& one, Phrase const& phrase)
{
    std::string out;
    bool first = true;
    for (auto const& item : list) {
        if (item.kind == AddressItem::Kind::group_end) {
            out += ';';
            first = false;
            continue;
        }
        if (!first) out += ", ";
        first = item.kind == AddressItem::Kind::group_begin;
        if (first)
            out.append(phrase(item.name)).append(": ");
        else
            out += one(item);
    }
    return out;
}
} // namespace

std::string AddressItem::address() const
{
    std::string const local = quote_local_part(mailbox);
    return host.empty() ? local : local + '@' + safe_host(host);
}

AddressList parse_address_list(std::string_view text)
{
    std::string const line = one_line(text);
    return ListParser(line).parse();
}

std::vector<Address> recipients_of(AddressList const& list, Utf8 utf8)
{
    std::vector<Address> recipients;
    std::set<Address> seen;
    for (auto const& item : list) {
        if (item.kind != AddressItem::Kind::mailbox) continue;
        auto address = usable(item, utf8);
        if (address && seen.insert(*address).second) recipients.push_back(*std::move(address));
    }
    return recipients;
}

std::vector<std::string> unusable_in(AddressList const& list, Utf8 utf8)
{
    std::vector<std::string> bad;
    for (auto const& item : list)
        if (item.kind == AddressItem::Kind::mailbox && !usable(item, utf8))
            bad.push_back(item.host.empty() ? one_line(item.mailbox) : one_line(item.mailbox + '@' + item.host));
    return bad;
}

std::string format_address(std::string_view name, std::string_view mailbox, std::string_view host)
{
    AddressItem const item{AddressItem::Kind::mailbox, {}, {}, std::string(mailbox), std::string(host)};
    std::string const phrase = encode_phrase(decode_words(one_line(name)));
    std::string const address = item.address();
    if (!phrase.empty()) return phrase + " <" + address + '>';
    bool const like_word = address.find("=?") != std::string::npos; // must not become half of an encoded word
    return like_word ? '<' + address + '>' : address;
}

std::string format_address_list(AddressList const& list)
{
    return written(
        list, [](AddressItem const& item) { return format_address(item.name, item.mailbox, item.host); },
        [](std::string_view name) {
            std::string const phrase = encode_phrase(decode_words(one_line(name)));
            return phrase.empty() ? std::string("\"\"") : phrase;
        });
}

std::string show_address_list(AddressList const& list)
{
    auto const plain = [](std::string_view name) { return decode_words(one_line(name)); };
    return written(
        list,
        [&](AddressItem const& item) {
            std::string const name = plain(item.name);
            std::string const address =
                item.mailbox.empty() && item.host.empty() ? std::string() : plain(item.address());
            if (name.empty()) return address;
            return address.empty() ? name : name + " <" + address + '>';
        },
        plain);
}

} // namespace message
