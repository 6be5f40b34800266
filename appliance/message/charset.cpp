#include "appliance/message/charset.h"

#include "appliance/base/cursor.h"
#include "appliance/base/text.h"

#include <iconv.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <utility>

namespace message
{

namespace
{
constexpr std::string_view replacement = "\xEF\xBF\xBD"; // U+FFFD

constexpr std::size_t longest_character = 16; // bytes, with the escape sequences around it

constexpr base::ByteSet charset_name_bytes = base::letters | base::digits | base::ByteSet("-_.:+");

struct Alias {
    std::string_view seen;
    std::string_view meant;
};
// What programs write, and what iconv calls it. ISO-8859-1 and ASCII are read as Windows-1252 elsewhere, as browsers
// do.
constexpr Alias aliases[] = {
    {"utf8", "utf-8"},
    {"unicode-1-1-utf-8", "utf-8"},
    {"x-utf-8", "utf-8"},
    {"latin1", "windows-1252"},
    {"latin-1", "windows-1252"},
    {"iso-8859-1", "windows-1252"},
    {"iso8859-1", "windows-1252"},
    {"iso_8859-1", "windows-1252"},
    {"cp1252", "windows-1252"},
    {"cp-1252", "windows-1252"},
    {"win-1252", "windows-1252"},
    {"x-cp1252", "windows-1252"},
    {"ascii", "us-ascii"},
    {"ansi_x3.4-1968", "us-ascii"},
    {"iso646-us", "us-ascii"},
    {"646", "us-ascii"},
    {"iso-8859-8-i", "iso-8859-8"},
    {"iso-8859-8-e", "iso-8859-8"},
    {"iso-8859-6-i", "iso-8859-6"},
    {"ks_c_5601-1987", "cp949"},
    {"ks_c_5601", "cp949"},
    {"euc-kr", "cp949"},
    {"gb2312", "gb18030"},
    {"gbk", "gb18030"},
    {"x-gbk", "gb18030"},
    {"gb_2312-80", "gb18030"},
    {"hz-gb-2312", "gb18030"},
    {"shift_jis", "cp932"},
    {"shift-jis", "cp932"},
    {"x-sjis", "cp932"},
    {"sjis", "cp932"},
    {"windows-31j", "cp932"},
    {"x-euc-jp", "euc-jp"},
    {"iso-2022-jp-ms", "iso-2022-jp-3"},
    {"big5", "big5-hkscs"},
    {"x-big5", "big5-hkscs"},
    {"macintosh", "macintosh"},
    {"x-mac-roman", "macintosh"},
    {"unicode-1-1-utf-7", "utf-7"},
    {"x-mac-cyrillic", "mac-cyrillic"},
    {"x-windows-1251", "windows-1251"},
    {"cp-1251", "windows-1251"},
    {"x-iso-8859-11", "tis-620"},
    {"windows-874", "cp874"},
};
// iconv knows hundreds of converters, some with a bad history; only these families are used on strangers' bytes.
constexpr std::string_view families[] = {"utf-7",       "utf-16",       "utf-32",     "iso-8859-", "iso8859-",
                                         "iso-2022-jp", "iso-2022-kr",  "windows-12", "cp12",      "cp437",
                                         "cp8",         "cp932",        "cp949",      "cp950",     "koi8-",
                                         "gb18030",     "big5",         "euc-jp",     "euc-tw",    "tis-620",
                                         "macintosh",   "mac-cyrillic", "viscii",     "ibm8",      "ibm437"};

// Windows-1252, 0x80 to 0x9F; 0 where it defines nothing.
constexpr std::array<std::uint16_t, 32> windows_1252_high = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

std::string from_windows_1252(std::string_view bytes)
{
    std::string out;
    out.reserve(bytes.size() + bytes.size() / 8);
    for (char const c : bytes) {
        unsigned const byte = static_cast<unsigned char>(c);
        if (byte < 0x80 || byte >= 0xA0)
            append_utf8(out, byte);
        else if (windows_1252_high[byte - 0x80] != 0)
            append_utf8(out, windows_1252_high[byte - 0x80]);
        else
            out += replacement;
    }
    return out;
}

/// The name to go by, in lower case: "utf-8", "us-ascii", "windows-1252", one for iconv, or "" when it is unknown.
std::string canonical(std::string_view charset)
{
    charset = base::trim(charset);
    if (charset.size() >= 2 && charset.front() == '\'' && charset.back() == '\'')
        charset = charset.substr(1, charset.size() - 2);
    if (charset.empty() || charset.size() > 40) return {};
    std::string name = base::lower(charset);
    for (char const c : name)
        if (!charset_name_bytes.contains(c)) return {};
    for (auto const& alias : aliases)
        if (alias.seen == name) name = alias.meant;
    if (name == "utf-8" || name == "us-ascii" || name == "windows-1252") return name;
    for (auto const family : families)
        if (std::string_view(name).substr(0, family.size()) == family) return name;
    return {};
}

/// Owns an iconv descriptor to UTF-8.
class Converter
{
public:
    explicit Converter(std::string const& charset) : handle_(iconv_open("UTF-8", charset.c_str())) {}
    ~Converter()
    {
        if (is_open()) iconv_close(handle_);
    }
    Converter(Converter const&) = delete;
    Converter& operator=(Converter const&) = delete;

    bool is_open() const { return handle_ != invalid(); }

    /// Appends what the bytes are in UTF-8. `unit`: how many bytes to skip where the text is wrong. Gives how many
    /// bytes at the end are the beginning of a character.
    std::size_t convert(std::string_view bytes, std::size_t unit, std::string& out) const
    {
        std::string input(bytes); // iconv wants writable bytes although it does not write
        char* next = input.data();
        std::size_t left = input.size();
        while (left > 0 && step(next, left, out)) {
            std::size_t const skipped = std::min(unit, left);
            next += skipped;
            left -= skipped;
        }
        return left;
    }

    /// What a stateful charset still holds.
    void flush(std::string& out) const
    {
        std::array<char, 64> buffer;
        char* to = buffer.data();
        std::size_t room = buffer.size();
        iconv(handle_, nullptr, nullptr, &to, &room);
        out.append(buffer.data(), buffer.size() - room);
    }

private:
    static iconv_t invalid()
    {
        static iconv_t const none = iconv_open("UTF-8", "x-no-such-charset");
        return none;
    }

    /// Converts until the end (false) or up to bytes that do not convert (true), which got their replacement.
    bool step(char*& next, std::size_t& left, std::string& out) const
    {
        for (;;) {
            std::array<char, 4096> buffer;
            char* to = buffer.data();
            std::size_t room = buffer.size();
            std::size_t const result = iconv(handle_, &next, &left, &to, &room);
            int const fault = errno;
            out.append(buffer.data(), buffer.size() - room);
            if (result != static_cast<std::size_t>(-1)) return false;
            if (fault == E2BIG && room < buffer.size()) continue;
            if (fault == EINVAL && left < longest_character) return false; // cut in the middle of a character
            out += replacement;
            return left > 0;
        }
    }

    iconv_t handle_;
};

std::size_t unit_of(std::string_view name)
{
    if (name.substr(0, 6) == "utf-16") return 2;
    if (name.substr(0, 6) == "utf-32") return 4;
    return 1;
}

std::optional<std::string> through_iconv(std::string_view bytes, std::string const& name)
{
    Converter const converter(name);
    if (!converter.is_open()) return std::nullopt;
    std::string text;
    if (converter.convert(bytes, unit_of(name), text) > 0) text += replacement;
    converter.flush(text);
    return base::is_utf8(text) ? text : scrub_utf8(text);
}

/// How many bytes at the end could be the beginning of a UTF-8 sequence.
std::size_t unfinished_utf8(std::string_view bytes)
{
    for (std::size_t count = 1; count <= std::min<std::size_t>(3, bytes.size()); ++count) {
        auto const byte = static_cast<unsigned char>(bytes[bytes.size() - count]);
        if (byte >= 0xC0) return (byte >= 0xF0 ? 4u : byte >= 0xE0 ? 3u : 2u) > count ? count : 0;
        if (byte < 0x80) return 0;
    }
    return 0;
}
} // namespace

class Utf8Reader::State
{
public:
    explicit State(std::string_view charset) : name_(canonical(charset))
    {
        bool const built_in = name_.empty() || name_ == "utf-8" || name_ == "us-ascii" || name_ == "windows-1252";
        if (!built_in) converter_.emplace(name_);
        if (name_ == "us-ascii" || (converter_ && !converter_->is_open())) name_.clear();
    }

    void feed(std::string_view bytes, std::string& out)
    {
        if (bytes.empty()) return;
        std::string joined;
        if (!held_.empty()) bytes = joined = std::exchange(held_, {}) + std::string(bytes);
        if (name_.empty()) name_ = is_utf8_so_far(bytes) ? "utf-8" : "windows-1252";
        if (name_ == "windows-1252") {
            out += from_windows_1252(bytes);
        } else if (name_ == "utf-8") {
            hold(bytes, unfinished_utf8(bytes));
            out += scrub_utf8(bytes);
        } else {
            std::string text;
            auto const left = converter_->convert(bytes, unit_of(name_), text);
            hold(bytes, left);
            out += scrub_utf8(text);
        }
    }

    void finish(std::string& out)
    {
        auto const held = std::exchange(held_, {});
        bool const through_converter = converter_ && converter_->is_open();
        if (!held.empty()) out += through_converter ? std::string(replacement) : scrub_utf8(held);
        if (!through_converter) return;
        std::string text;
        converter_->flush(text);
        out += scrub_utf8(text);
    }

private:
    static bool is_utf8_so_far(std::string_view bytes)
    {
        return base::is_utf8(bytes.substr(0, bytes.size() - unfinished_utf8(bytes)));
    }

    void hold(std::string_view& bytes, std::size_t count)
    {
        held_ = bytes.substr(bytes.size() - count);
        bytes.remove_suffix(count);
    }

    std::string name_; ///< as canonical() has it; empty: to be guessed
    std::optional<Converter> converter_;
    std::string held_;
};

Utf8Reader::Utf8Reader(std::string_view charset) : state_(std::make_unique<State>(charset)) {}
Utf8Reader::~Utf8Reader() = default;
void Utf8Reader::feed(std::string_view bytes, std::string& out) { state_->feed(bytes, out); }
void Utf8Reader::finish(std::string& out) { state_->finish(out); }

void append_utf8(std::string& out, char32_t code)
{
    if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) {
        out += replacement;
        return;
    }
    auto const last = [&](unsigned shift) { out += static_cast<char>(0x80 | ((code >> shift) & 0x3F)); };
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xC0 | (code >> 6));
        last(0);
    } else if (code < 0x10000) {
        out += static_cast<char>(0xE0 | (code >> 12));
        last(6);
        last(0);
    } else {
        out += static_cast<char>(0xF0 | (code >> 18));
        last(12);
        last(6);
        last(0);
    }
}

std::string to_utf8(std::string_view bytes, std::string_view charset)
{
    std::string const name = canonical(charset);
    if (name == "utf-8") return scrub_utf8(bytes);
    if (name.empty() || name == "us-ascii") return guess_utf8(bytes);
    if (name == "windows-1252") return from_windows_1252(bytes);
    if (auto text = through_iconv(bytes, name)) return *std::move(text);
    return guess_utf8(bytes);
}

std::string guess_utf8(std::string_view bytes)
{
    return base::is_utf8(bytes) ? std::string(bytes) : from_windows_1252(bytes);
}

std::string scrub_utf8(std::string_view bytes)
{
    if (base::is_utf8(bytes)) return std::string(bytes);
    std::string out;
    out.reserve(bytes.size() + 16);
    while (!bytes.empty()) {
        std::size_t const length = base::utf8_sequence(bytes);
        out += length > 0 ? bytes.substr(0, length) : replacement;
        bytes.remove_prefix(length > 0 ? length : 1);
    }
    return out;
}

bool is_known_charset(std::string_view charset)
{
    std::string const name = canonical(charset);
    if (name == "utf-8" || name == "us-ascii" || name == "windows-1252") return true;
    return !name.empty() && Converter(name).is_open();
}

void prepare_charsets()
{
    // Kept for good on purpose: glibc unloads a module whose last descriptor is closed.
    static std::array<Converter, 14> const kept = {
        Converter("utf-16"),       Converter("utf-7"),        Converter("iso-8859-2"),  Converter("iso-8859-15"),
        Converter("windows-1250"), Converter("windows-1251"), Converter("iso-2022-jp"), Converter("cp932"),
        Converter("gb18030"),      Converter("big5-hkscs"),   Converter("cp949"),       Converter("koi8-r"),
        Converter("windows-1256"), Converter("tis-620")};
    static_cast<void>(kept);
}

} // namespace message
