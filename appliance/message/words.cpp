#include "appliance/message/words.h"

#include "appliance/base/cursor.h"
#include "appliance/base/text.h"
#include "appliance/message/charset.h"
#include "appliance/message/transfer.h"

#include <optional>
#include <vector>

namespace message
{

namespace
{
constexpr std::size_t encoded_word_max = 64; // RFC 2047 section 2 allows 75; the field's name stands on the line too
constexpr std::size_t plain_word_max = 70;   // longer ASCII words are encoded too, so that they can be folded
constexpr std::string_view word_begin = "=?utf-8?";

constexpr base::ByteSet charset_bytes = base::letters | base::digits | base::ByteSet("-_.:+*'()/");
constexpr base::ByteSet blanks(" \t\r\n");
// RFC 2047 section 5 (3): what needs no escape in a phrase, the strictest place.
constexpr base::ByteSet bare_in_word = base::letters | base::digits | base::ByteSet("!*+-/");
constexpr base::ByteSet atom_bytes = base::letters | base::digits | base::ByteSet("!#$%&'*+-/=?^_`{|}~");

struct EncodedWord {
    std::string_view charset;
    char encoding = 'Q';
    std::string_view text;
};

/// RFC 2047 section 2, without its length limit.
std::optional<EncodedWord> take_encoded_word(base::Cursor& cursor)
{
    EncodedWord word;
    if (!cursor.take("=?")) return std::nullopt;
    word.charset = cursor.take_while(charset_bytes, 60);
    word.charset = word.charset.substr(0, word.charset.find('*')); // RFC 2231 section 5: a language follows
    if (!cursor.take('?')) return std::nullopt;
    auto const encoding = cursor.take_one(base::ByteSet("qQbB"));
    if (!encoding || !cursor.take('?')) return std::nullopt;
    word.encoding = *encoding == 'q' || *encoding == 'Q' ? 'Q' : 'B';
    word.text = cursor.take_until(base::ByteSet("?\r\n"));
    if (!cursor.take("?=")) return std::nullopt;
    return word;
}

std::string bytes_of_word(EncodedWord const& word)
{
    if (word.encoding == 'B') return decode_base64(word.text);
    std::string text(word.text);
    for (char& c : text)
        if (c == '_') c = ' ';
    text += "=\n"; // keeps blanks at the end
    return decode_quoted_printable(text);
}

void append_visible(std::string& out, std::string_view utf8)
{
    for (char const c : utf8) {
        auto const byte = static_cast<unsigned char>(c);
        out += byte < 0x20 || byte == 0x7F ? ' ' : c;
    }
}

/// The words since the last plain text that are in one charset.
struct Run {
    std::string charset;
    std::string bytes;

    void flush(std::string& out)
    {
        append_visible(out, to_utf8(bytes, charset));
        bytes.clear();
    }
    void add(EncodedWord const& word, std::string& out)
    {
        if (!base::equal_ignoring_case(charset, word.charset)) flush(out);
        charset = word.charset;
        bytes += bytes_of_word(word);
    }
};

bool is_blank(std::string_view text)
{
    for (char const c : text)
        if (!blanks.contains(c)) return false;
    return true;
}

bool is_printable_ascii(std::string_view text)
{
    for (char const c : text)
        if (c < 0x20 || c > 0x7E) return false;
    return true;
}

bool needs_encoding(std::string_view word)
{
    return word.size() > plain_word_max || !is_printable_ascii(word) || word.find("=?") != std::string_view::npos;
}

std::string quoted_form(std::string_view character)
{
    if (character == " ") return "_";
    constexpr std::string_view hex = "0123456789ABCDEF";
    std::string out;
    for (char const c : character) {
        auto const value = static_cast<unsigned char>(c);
        if (bare_in_word.contains(c)) {
            out += c;
        } else {
            out += '=';
            out += hex[value >> 4];
            out += hex[value & 15];
        }
    }
    return out;
}

/// Cuts UTF-8 into encoded words at character borders, put together with blanks.
std::string encode_q(std::string_view utf8)
{
    std::size_t const room = encoded_word_max - word_begin.size() - 4;
    std::string out, word;
    auto flush = [&] {
        out.append(out.empty() ? "" : " ").append(word_begin).append("Q?").append(word).append("?=");
        word.clear();
    };
    while (!utf8.empty()) {
        std::size_t const length = std::max<std::size_t>(base::utf8_sequence(utf8), 1);
        std::string const form = quoted_form(utf8.substr(0, length));
        if (word.size() + form.size() > room) flush();
        word += form;
        utf8.remove_prefix(length);
    }
    flush();
    return out;
}

std::string encode_b(std::string_view utf8)
{
    std::size_t const room = (encoded_word_max - word_begin.size() - 4) / 4 * 3;
    std::string out;
    while (!utf8.empty()) {
        std::size_t size = 0;
        while (size < utf8.size()) {
            std::size_t const length = std::max<std::size_t>(base::utf8_sequence(utf8.substr(size)), 1);
            if (size + length > room) break;
            size += length;
        }
        out.append(out.empty() ? "" : " ").append(word_begin).append("B?");
        out.append(base::base64(utf8.substr(0, size))).append("?=");
        utf8.remove_prefix(size);
    }
    return out;
}

/// Q where most of it stays readable, B where Q would be longer.
std::string encode_all(std::string_view utf8)
{
    std::size_t escapes = 0;
    for (char const c : utf8)
        if (!bare_in_word.contains(c) && c != ' ') ++escapes;
    return escapes * 6 > utf8.size() ? encode_b(utf8) : encode_q(utf8);
}

std::string visible_utf8(std::string_view text)
{
    std::string out;
    append_visible(out, scrub_utf8(text));
    return out;
}

std::string quoted_string(std::string_view text)
{
    std::string out = "\"";
    for (char const c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

bool is_atoms(std::string_view text)
{
    if (text.empty() || text.front() == ' ' || text.back() == ' ' || text.find("  ") != std::string_view::npos)
        return false;
    for (char const c : text)
        if (!atom_bytes.contains(c) && c != ' ') return false;
    return true;
}
} // namespace

std::size_t encoded_word_length(std::string_view text)
{
    base::Cursor cursor(text);
    return take_encoded_word(cursor) ? cursor.offset() : 0;
}

std::string decode_words(std::string_view raw)
{
    std::string out;
    Run run;
    bool after_word = false;
    while (!raw.empty()) {
        std::size_t begin = raw.find("=?");
        base::Cursor cursor(raw.substr(std::min(begin, raw.size())));
        auto const word = take_encoded_word(cursor);
        if (!word && begin != std::string_view::npos) begin += 2;
        std::string_view const plain = raw.substr(0, begin);
        if (!after_word || !word || !is_blank(plain)) {
            run.flush(out);
            append_visible(out, guess_utf8(plain));
        }
        if (word) run.add(*word, out);
        after_word = word.has_value();
        raw.remove_prefix(std::min(raw.size(), plain.size() + (word ? cursor.offset() : 0)));
    }
    run.flush(out);
    return out;
}

std::string encode_text(std::string_view utf8)
{
    std::string const text = visible_utf8(utf8);
    std::size_t first = std::string::npos, last = 0; // of the words that need it
    for (std::size_t at = 0; at < text.size();) {
        std::size_t const end = std::min(text.find(' ', at), text.size());
        if (needs_encoding(std::string_view(text).substr(at, end - at))) {
            first = std::min(first, at);
            last = end;
        }
        at = end + 1;
    }
    if (first == std::string::npos) return text;
    return text.substr(0, first) + encode_all(std::string_view(text).substr(first, last - first)) + text.substr(last);
}

std::string encode_phrase(std::string_view utf8)
{
    std::string const text(base::trim(visible_utf8(utf8)));
    if (text.empty()) return {};
    if (!is_printable_ascii(text) || text.size() > 200 || text.find("=?") != std::string::npos)
        return encode_all(text);
    return is_atoms(text) ? text : quoted_string(text);
}

} // namespace message
