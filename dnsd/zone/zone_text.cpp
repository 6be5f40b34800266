#include "dnsd/zone/zone_text.h"

#include "appliance/base/text.h"
#include "appliance/net/address.h"
#include "dnsd/zone/generate.h"
#include "dnsd/zone/name.h"
#include "dnsd/zone/rdata_text.h"
#include "dnsd/zone/soa.h"
#include "dnsd/zone/zone_words.h"

#include <algorithm>
#include <span>

namespace dnsd
{

namespace
{
using Words = std::span<std::string_view const>;
constexpr std::uint64_t longest_ttl = 0x7FFFFFFF; // RFC 2181 section 8
constexpr std::size_t most_shown = 200;
constexpr auto example = "write for example: pc1 A 192.168.10.20";

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::optional<std::uint64_t> seconds_of(char unit)
{
    switch (lower_byte(unit)) {
    case 's': return 1;
    case 'm': return 60;
    case 'h': return 3600;
    case 'd': return 86400;
    case 'w': return 604800;
    default: return std::nullopt;
    }
}

std::string cut(std::string_view text) { return std::string(base::trim(text).substr(0, most_shown)); }

/// What may stand between name and type, in any order.
struct Preamble {
    std::optional<std::uint32_t> ttl;
    std::size_t words = 0;
};

base::Result<std::uint32_t> must_be_ttl(std::string_view word)
{
    if (net::IpAddress::parse(word))
        return base::refused(std::string(word), "the type of the record is missing", example);
    if (auto const ttl = read_ttl(word)) return *ttl;
    return base::refused(std::string(word), "the time to live must be from 0 to 2147483647 seconds",
                         "3600 is one hour");
}

base::Result<Preamble> read_preamble(Words words)
{
    Preamble preamble;
    bool has_class = false;
    for (auto const& word : words) {
        auto const upper = word.size() < 12 ? base::upper(word) : std::string();
        if (!has_class && (upper == "IN" || upper == "CLASS1")) {
            has_class = true;
        } else if (!has_class && (upper == "CH" || upper == "HS" || upper == "CS" || upper.starts_with("CLASS"))) {
            return base::refused(std::string(word), "only records of class IN are kept");
        } else if (!preamble.ttl && is_digit(word[0])) {
            auto const ttl = must_be_ttl(word);
            if (!ttl) return ttl.error();
            preamble.ttl = *ttl;
        } else {
            break;
        }
        ++preamble.words;
    }
    return preamble;
}

base::Result<std::uint16_t> must_be_type(Words words)
{
    if (words.empty()) return base::refused("DNS", "the type of the record is missing", example);
    if (auto const type = read_type(words[0])) {
        if (!is_question_type(*type)) return *type;
        return base::refused(cut(words[0]), "this type stands in questions only, not in a zone");
    }
    if (net::IpAddress::parse(words[0]))
        return base::refused(std::string(words[0]), "the type of the record is missing", example);
    return base::refused(cut(words[0]), "there is no record type of that name", example);
}

/// The reader of one text: what one line leaves for the next.
class ZoneFile
{
public:
    explicit ZoneFile(std::string_view zone) : origin_(must_wire_name(zone.empty() ? "." : zone)), previous_(origin_)
    {
    }

    ParsedText read(std::string_view text)
    {
        EntryReader reader(text);
        Entry entry;
        while (reader.next(entry)) {
            auto const taken = take(entry);
            if (!taken) result_.refused.push_back({entry.line, cut(entry.text), taken.error()});
        }
        return std::move(result_);
    }

private:
    base::Result<void> take(Entry const& entry)
    {
        if (entry.fault) return base::refused(cut(entry.text), entry.fault, "count the brackets and the quotes");
        Words const words(entry.words);
        if (words[0].starts_with('$') && !entry.begins_blank) return directive(entry.line, words);
        if (entry.begins_blank) return record(entry.line, words);
        auto owner = read_name(words[0], origin_);
        if (!owner) return owner.error();
        previous_ = std::move(*owner);
        return record(entry.line, words.subspan(1));
    }

    base::Result<void> directive(std::size_t line, Words words)
    {
        auto const name = base::upper(words[0]);
        if (name == "$GENERATE") return generate(line, words.subspan(1));
        if (name == "$INCLUDE")
            return base::refused(cut(words[0]), "$INCLUDE is not followed", "paste the other file here");
        if (name != "$ORIGIN" && name != "$TTL")
            return base::refused(cut(words[0]), "this directive is not known",
                                 "use $ORIGIN, $TTL and $GENERATE only");
        if (words.size() != 2) return base::refused(cut(words[0]), "this directive needs exactly one value");
        if (name == "$TTL") {
            auto const ttl = must_be_ttl(words[1]);
            if (!ttl) return ttl.error();
            default_ttl_ = *ttl;
            return {};
        }
        auto origin = read_name(words[1], origin_);
        if (!origin) return origin.error();
        origin_ = std::move(*origin);
        return {};
    }

    /// [TTL] [class] type data, for the name in previous_.
    base::Result<void> record(std::size_t line, Words words)
    {
        auto const preamble = read_preamble(words);
        if (!preamble) return preamble.error();
        words = words.subspan(preamble->words);
        auto const type = must_be_type(words);
        if (!type) return type.error();
        auto rdata = read_rdata(*type, words.subspan(1), origin_);
        if (!rdata) return rdata.error();
        auto const ttl = ttl_for(*type, preamble->ttl, *rdata);
        result_.records.push_back({line, {previous_, *type, ttl, std::move(*rdata)}});
        return {};
    }

    /// As BIND: $TTL, else the TTL of the record before, else the SOA's minimum.
    std::uint32_t ttl_for(std::uint16_t type, std::optional<std::uint32_t> own, std::string const& rdata)
    {
        if (own) {
            last_ttl_ = own;
            return *own;
        }
        if (default_ttl_) return *default_ttl_;
        if (!last_ttl_ && type == type::soa) last_ttl_ = soa_minimum(rdata);
        return last_ttl_.value_or(no_ttl);
    }

    base::Result<void> generate(std::size_t line, Words words)
    {
        constexpr auto pattern = "write for example: $GENERATE 1-50 pc$ A 192.168.10.$";
        auto const range = words.size() < 4 ? std::nullopt : read_range(words[0]);
        if (!range) return base::refused("$GENERATE", "it needs a range, a name, a type and the data", pattern);
        if (range->count() > most_generated - generated_)
            return base::refused(cut(words[0]), "this would make too many records", "make the range smaller");
        generated_ += range->count();
        for (std::uint64_t number = range->first; number <= range->last; number += range->step)
            if (auto made = generate_one(line, words.subspan(1), static_cast<std::uint32_t>(number)); !made)
                return made;
        return {};
    }

    base::Result<void> generate_one(std::size_t line, Words patterns, std::uint32_t number)
    {
        std::vector<std::string> texts;
        for (auto const& pattern : patterns) {
            auto text = fill_in(pattern, number);
            if (!text)
                return base::refused(cut(pattern), "this cannot be filled in with numbers",
                                     "$ stands for the number, ${10} for the number plus 10");
            texts.push_back(std::move(*text));
        }
        auto owner = read_name(texts[0], origin_);
        if (!owner) return owner.error();
        previous_ = std::move(*owner);
        std::vector<std::string_view> words(texts.begin() + 1, texts.end());
        unquote_last(words);
        return record(line, words);
    }

    /// BIND takes the data as one word, so data of several words stands in quotes there: "10 mail$".
    static void unquote_last(std::vector<std::string_view>& words)
    {
        auto last = words.empty() ? std::string_view() : words.back();
        bool const is_text = std::any_of(words.begin(), words.end(), [](auto word) {
            auto const type = base::upper(word);
            return type == "TXT" || type == "SPF" || type == "HINFO" || type == "CAA";
        });
        if (is_text || last.size() < 2 || last.front() != '"' || last.back() != '"') return;
        last.remove_prefix(1);
        last.remove_suffix(1);
        words.pop_back();
        for (auto const& word : split_words(last)) words.push_back(word);
    }

    std::string origin_;   ///< wire form, as the next
    std::string previous_; ///< the name that a line without a name belongs to
    std::optional<std::uint32_t> default_ttl_;
    std::optional<std::uint32_t> last_ttl_;
    std::size_t generated_ = 0;
    ParsedText result_;
};
} // namespace

std::optional<std::uint32_t> read_ttl(std::string_view word)
{
    std::uint64_t total = 0;
    bool any = false;
    while (!word.empty()) {
        std::size_t digits = 0;
        while (digits < word.size() && is_digit(word[digits])) ++digits;
        auto const number = base::parse_number(word.substr(0, digits), longest_ttl);
        if (!number) return std::nullopt;
        word.remove_prefix(digits);
        auto const unit = word.empty() ? 1 : seconds_of(word[0]);
        if (!unit || (word.empty() && any)) return std::nullopt;
        if (!word.empty()) word.remove_prefix(1);
        total += *number * *unit;
        any = true;
        if (total > longest_ttl) return std::nullopt;
    }
    return any ? std::optional(static_cast<std::uint32_t>(total)) : std::nullopt;
}

std::vector<std::string_view> split_words(std::string_view text)
{
    EntryReader reader(text);
    Entry entry;
    return reader.next(entry) && !entry.fault ? std::move(entry.words) : std::vector<std::string_view>();
}

ParsedText parse_zone_text(std::string_view text, std::string_view zone)
{
    if (auto const nul = text.find('\0'); nul != std::string_view::npos) {
        auto const line = base::split(text.substr(0, nul), '\n').size();
        return {{},
                {{line, "", base::refused("zone file", "a zero byte stands in the text", "send a plain text file")}}};
    }
    return ZoneFile(zone).read(text);
}

} // namespace dnsd
