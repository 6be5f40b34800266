#include "dnsd/zone/rdata_text.h"

#include "appliance/base/text.h"
#include "appliance/net/address.h"
#include "dnsd/zone/ldns_ptr.h"
#include "dnsd/zone/name.h"
#include "dnsd/zone/record.h"
#include "dnsd/zone/wire_record.h"
#include "dnsd/zone/zone_text.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>

namespace dnsd
{

namespace
{
using Words = std::span<std::string_view const>;

/// What a wrong line of that type probably lacks.
struct TypeHint {
    std::uint16_t type;
    char const* why;
    char const* to_do;
};
constexpr TypeHint hints[] = {
    {1, "this is not an IPv4 address", "write four numbers from 0 to 255 with dots, for example 192.168.10.20"},
    {28, "this is not an IPv6 address", "write for example 2001:db8::20"},
    {15, "an MX record needs a number and the name of the mail server", "write for example: @ MX 10 mail"},
    {33, "an SRV record needs priority, weight, port and the name of the server",
     "write for example: _imaps._tcp SRV 0 1 993 mail"},
    {5, "a CNAME record needs exactly one name", "write for example: web CNAME www"},
    {39, "a DNAME record needs exactly one name", "write for example: old DNAME new"},
    {2, "an NS record needs exactly one name", "write for example: @ NS ns2"},
    {12, "a PTR record needs exactly one name", "write the full name with a dot at its end"},
    {16, "the text is not closed or too long", "put the text in double quotes, each piece at most 255 characters"},
    {6, "an SOA record needs two names and five numbers",
     "write for example: @ SOA ns hostmaster 1 3600 900 1209600 300"},
    {257, "a CAA record needs a number, a word and a text in double quotes",
     "write for example: @ CAA 0 issue \"letsencrypt.org\""},
    {43, "a DS record needs key tag, algorithm, digest type and digest",
     "copy the line from the other server's output"},
    {65, "an HTTPS record needs a number, a name and its parameters", "write for example: www HTTPS 1 . alpn=h2"},
    {52, "a TLSA record needs three numbers and the digest in hexadecimal digits",
     "write for example: _25._tcp.mail TLSA 3 1 1 0123..."},
};

std::string joined(Words words)
{
    std::string text;
    for (auto const& word : words) {
        if (!text.empty()) text += ' ';
        text += word;
    }
    return text;
}

base::Error misfit(std::uint16_t type, Words words)
{
    auto const what =
        show_type(type) + (words.empty() ? "" : " " + joined(words.first(std::min<std::size_t>(words.size(), 8))));
    for (auto const& hint : hints)
        if (hint.type == type) return base::refused(what, hint.why, hint.to_do);
    return base::refused(what, "the data does not fit the type");
}

void add_number(std::string& wire, std::uint64_t number)
{
    wire += static_cast<char>(number >> 8U);
    wire += static_cast<char>(number & 0xFFU);
}

std::optional<std::string> read_address(int family, std::string_view word)
{
    std::array<char, 16> bytes{};
    std::array<char, 64> text{};
    if (word.size() >= text.size()) return std::nullopt;
    word.copy(text.data(), word.size());
    if (::inet_pton(family, text.data(), bytes.data()) != 1) return std::nullopt;
    return std::string(bytes.data(), family == AF_INET ? 4U : 16U);
}

std::string show_address(int family, std::string_view bytes)
{
    std::array<char, 64> text{};
    ::inet_ntop(family, bytes.data(), text.data(), text.size());
    return text.data();
}

/// Types whose data is numbers of two octets and then one name: their count, else nothing.
std::optional<std::size_t> numbers_before_name(std::uint16_t type)
{
    switch (type) {
    case type::ns:
    case type::cname:
    case type::ptr:
    case type::dname: return 0;
    case type::mx: return 1;
    case type::srv: return 3;
    default: return std::nullopt;
    }
}

base::Result<std::string> read_pointer(std::uint16_t type, std::size_t numbers, Words words, std::string_view origin)
{
    if (words.size() != numbers + 1) return misfit(type, words);
    std::string wire;
    for (std::size_t i = 0; i < numbers; ++i) {
        auto const number = base::parse_number(words[i], 65535);
        if (!number) return misfit(type, words);
        add_number(wire, *number);
    }
    auto name = read_name(words.back(), origin);
    if (!name) return name.error();
    return wire + *name;
}

std::string show_pointer(std::size_t numbers, std::string_view rdata)
{
    std::string text;
    for (std::size_t i = 0; i < numbers; ++i)
        text += std::to_string(byte_at(rdata, 2 * i) * 256 + byte_at(rdata, 2 * i + 1)) + ' ';
    return text + show_name(rdata.substr(2 * numbers));
}

/// One uncompressed name and nothing behind it.
bool is_name(std::string_view wire)
{
    if (wire.size() > longest_name) return false;
    while (!wire.empty() && byte_at(wire, 0) > 0 && byte_at(wire, 0) <= longest_label &&
           byte_at(wire, 0) < wire.size())
        wire.remove_prefix(byte_at(wire, 0) + 1);
    return wire.size() == 1 && wire[0] == '\0';
}

std::string_view view(ldns_rdf const* data)
{
    return {static_cast<char const*>(static_cast<void const*>(ldns_rdf_data(data))), ldns_rdf_size(data)};
}

std::string show_unknown(std::string_view rdata)
{
    return "\\# " + std::to_string(rdata.size()) + (rdata.empty() ? "" : " " + base::hex(rdata));
}

/// The data behind owner, TTL, class and type of a printed record.
std::string data_field(std::string_view printed)
{
    for (int field = 0; field < 4; ++field) {
        auto const tab = printed.find('\t');
        if (tab == std::string_view::npos) return {};
        printed.remove_prefix(tab + 1);
    }
    std::string data;
    bool quoted = false;
    for (char const c : base::trim(printed)) {
        if (c == '"' && !data.ends_with('\\')) quoted = !quoted;
        if (c != '\t')
            data += c;
        else
            data += quoted ? "\\009" : " ";
    }
    return data;
}

/// Nothing when the data does not fit the type.
LdnsRecord record_of(std::uint16_t type, std::string_view rdata)
{
    std::string wire(1, '\0'); // the root as owner, class IN, TTL 0
    add_number(wire, type);
    wire += std::string("\0\1\0\0\0\0", 6);
    add_number(wire, rdata.size());
    wire += rdata;
    ldns_rr* raw = nullptr;
    std::size_t position = 0;
    auto const* bytes = static_cast<std::uint8_t const*>(static_cast<void const*>(wire.data()));
    auto const status = ldns_wire2rr(&raw, bytes, wire.size(), &position, LDNS_SECTION_ANSWER);
    LdnsRecord record(raw);
    return status == LDNS_STATUS_OK && position == wire.size() ? std::move(record) : LdnsRecord();
}

std::string show_by_ldns(std::uint16_t type, std::string_view rdata)
{
    auto const record = record_of(type, rdata);
    if (!record) return show_unknown(rdata);
    LdnsText const text(ldns_rr2str_fmt(ldns_output_format_nocomments, record.get()));
    auto data = text ? data_field(text.get()) : std::string();
    return data.empty() ? show_unknown(rdata) : data;
}

/// ldns takes some records whose last fields are missing.
bool is_complete(std::uint16_t type, std::string_view wire)
{
    auto const record = record_of(type, wire);
    auto const* descriptor = ldns_rr_descript(type);
    return record && ldns_rr_rd_count(record.get()) >= ldns_rr_descriptor_minimum(descriptor);
}

/// ldns cuts numbers that are too large down to the size of their field. They stand at the front of the data.
bool keeps_numbers(Words words, std::string const& shown)
{
    auto const kept = split_words(shown);
    for (std::size_t i = 0; i < std::min<std::size_t>({words.size(), kept.size(), 3}); ++i) {
        auto const after = base::parse_number(kept[i]);
        bool const is_number =
            std::all_of(words[i].begin(), words[i].end(), [](char c) { return c >= '0' && c <= '9'; });
        if (is_number && after && base::parse_number(words[i]) != after) return false;
    }
    return true;
}

std::optional<std::string> parse_by_ldns(std::uint16_t type, Words words, std::string_view origin)
{
    LdnsData const below(ldns_rdf_new_frm_data(LDNS_RDF_TYPE_DNAME, origin.size(), origin.data()));
    ldns_rr* raw = nullptr;
    auto const line = ". 0 IN " + show_type(type) + " " + joined(words);
    auto const status = ldns_rr_new_frm_str(&raw, line.c_str(), 0, below.get(), nullptr);
    LdnsRecord const record(raw);
    if (status != LDNS_STATUS_OK || ldns_rr_get_type(raw) != type || ldns_rr_rd_count(raw) == 0) return std::nullopt;
    ldns_rr2canonical(raw); // names in the data in lower case
    std::string wire;
    // As ldns keeps them, field after field, is the wire form; names are uncompressed.
    for (std::size_t i = 0; i < ldns_rr_rd_count(raw); ++i) wire += view(ldns_rr_rdf(raw, i));
    return wire.size() <= 65535 && is_complete(type, wire) ? std::optional(std::move(wire)) : std::nullopt;
}

/// What ldns writes so that it reads something else again (rare types, numbers out of range) is not taken.
base::Result<std::string> read_by_ldns(std::uint16_t type, Words words, std::string_view origin)
{
    auto wire = parse_by_ldns(type, words, origin);
    if (!wire) return misfit(type, words);
    if (type == type::txt || type == type::soa) return std::move(*wire);
    auto const shown = show_by_ldns(type, *wire);
    if (!keeps_numbers(words, shown) || parse_by_ldns(type, split_words(shown), origin) != wire)
        return misfit(type, words);
    return std::move(*wire);
}
} // namespace

std::optional<std::uint16_t> read_type(std::string_view word)
{
    if (word.empty() || word.size() > 20) return std::nullopt;
    auto const upper = base::upper(word);
    if (upper.starts_with("TYPE") && !base::parse_number(upper.substr(4), 65535)) return std::nullopt;
    auto const type = ldns_get_rr_type_by_name(upper.c_str());
    return type == 0 ? std::nullopt : std::optional(static_cast<std::uint16_t>(type));
}

std::string show_type(std::uint16_t type)
{
    switch (type) {
    case type::a: return "A";
    case type::aaaa: return "AAAA";
    case type::ptr: return "PTR";
    default: break;
    }
    LdnsText const text(ldns_rr_type2str(static_cast<ldns_rr_type>(type)));
    return text.get();
}

base::Result<std::string> read_rdata(std::uint16_t type, Words words, std::string_view origin)
{
    if (words.size() == 2 && words[0] == "\\#" && words[1] == "0" && show_type(type).starts_with("TYPE"))
        return std::string(); // ldns knows no empty data
    if (!words.empty() && words[0] == "\\#") return read_by_ldns(type, words, origin);
    if (type == type::a || type == type::aaaa) {
        auto wire = words.size() == 1 ? read_address(type == type::a ? AF_INET : AF_INET6, words[0]) : std::nullopt;
        if (!wire) return misfit(type, words);
        return std::move(*wire);
    }
    if (auto const numbers = numbers_before_name(type)) return read_pointer(type, *numbers, words, origin);
    return read_by_ldns(type, words, origin);
}

std::string show_rdata(std::uint16_t type, std::string_view rdata)
{
    if (type == type::a && rdata.size() == 4) return show_address(AF_INET, rdata);
    if (type == type::aaaa && rdata.size() == 16) return show_address(AF_INET6, rdata);
    auto const numbers = numbers_before_name(type);
    if (numbers && rdata.size() > 2 * *numbers && is_name(rdata.substr(2 * *numbers)))
        return show_pointer(*numbers, rdata);
    return show_by_ldns(type, rdata);
}

} // namespace dnsd
