#include "dnsd/serve/query.h"

#include "dnsd/serve/octets.h"
#include "dnsd/zone/wire_record.h"

#include <algorithm>

namespace dnsd
{

namespace
{
constexpr std::size_t type_and_class = 4;
constexpr std::size_t record_fixed_size = 10; ///< type, class, TTL, length
constexpr std::uint16_t class_any = 255;
constexpr std::size_t pointer_mark = 0xC0;

/// The question's name in lower case with its suffixes. A question is never compressed: there is nothing before it.
bool read_name(std::string_view packet, std::size_t& at, QuestionName& name)
{
    std::size_t size = 0;
    std::size_t labels = 0;
    for (;;) {
        if (at >= packet.size()) return false;
        auto const length = byte_at(packet, at);
        if (length > longest_label || size + length + 1 > longest_name || at + 1 + length > packet.size())
            return false;
        name.at[labels] = static_cast<std::uint8_t>(size);
        name.bytes[size++] = packet[at++];
        if (length == 0) break;
        for (std::size_t i = 0; i < length; ++i) name.bytes[size++] = lower_byte(packet[at++]);
        ++labels;
    }
    name.size = size;
    name.labels = labels;
    name.make_hashes();
    return true;
}

/// Steps over the name of a record. Pointers are followed, each further back than the one before: no loop, no name
/// over 255 octets.
bool skip_name(std::string_view packet, std::size_t& at)
{
    std::size_t size = 0;
    std::size_t end = 0; ///< behind the first pointer
    auto earliest = at;  ///< pointers must lead before it
    for (auto here = at;;) {
        if (here >= packet.size()) return false;
        auto const length = byte_at(packet, here);
        if (length >= pointer_mark) {
            if (here + 2 > packet.size()) return false;
            std::size_t const target = number_at(packet, here) & 0x3FFFU;
            if (target >= earliest || target < header_size) return false;
            if (end == 0) end = here + 2;
            here = earliest = target;
            continue;
        }
        size += length + 1;
        if (length > longest_label || size > longest_name) return false;
        here += length + 1;
        if (length != 0) continue;
        if (here > packet.size()) return false;
        at = end == 0 ? here : end;
        return true;
    }
}

/// RFC 6891 6.1.1: at most one, in the additional section, owned by the root.
bool read_edns(std::string_view fixed, std::string_view options, bool root_owner, Query& query)
{
    if (query.has_edns || !root_owner) return false;
    query.reply_limit = std::clamp<std::size_t>(number_at(fixed, 2), smallest_udp_limit, largest_udp_reply);
    query.edns_version = static_cast<std::uint8_t>(fixed[5]);
    query.dnssec_ok = (byte_at(fixed, 6) & 0x80U) != 0;
    query.has_edns = read_options(options, query.options);
    return query.has_edns;
}

struct Sections {
    std::size_t before; ///< records of the answer and authority sections
    std::size_t additional;
};

/// Everything behind the question, to the last octet.
bool read_records(Sections count, Query& query)
{
    auto const packet = query.packet;
    auto at = query.question_end;
    for (std::size_t left = count.before + count.additional; left > 0; --left) {
        auto const owner_at = at;
        if (!skip_name(packet, at) || packet.size() - at < record_fixed_size) return false;
        auto const fixed = packet.substr(at, record_fixed_size);
        at += record_fixed_size;
        auto const length = number_at(fixed, 8);
        if (packet.size() - at < length) return false;
        auto const data = packet.substr(at, length);
        at += length;
        auto const type = number_at(fixed, 0);
        bool const additional = left <= count.additional;
        if (type == type::opt && (!additional || !read_edns(fixed, data, byte_at(packet, owner_at) == 0, query)))
            return false;
        if (type == type::tsig) { // RFC 8945 5.1: only once, and as the very last record
            if (!additional || left != 1 || number_at(fixed, 2) != class_any) return false;
            query.has_tsig = true;
        }
    }
    return at == packet.size();
}

bool read_question(Query& query)
{
    auto at = header_size;
    if (!read_name(query.packet, at, query.name) || query.packet.size() - at < type_and_class) return false;
    query.type = number_at(query.packet, at);
    query.klass = number_at(query.packet, at + 2);
    query.question_end = at + type_and_class;
    return true;
}

/// An ordinary question has nothing in its answer and authority sections, IXFR the client's SOA (RFC 1995 3);
/// NOTIFY (RFC 1996 3.7) and UPDATE (RFC 2136 2) have records there.
bool may_carry(Query const& query, std::size_t answers, std::size_t authorities)
{
    if (query.opcode != opcode::query) return true;
    return answers == 0 && (authorities == 0 || query.type == type::ixfr);
}
} // namespace

bool is_question(std::string_view packet)
{
    return packet.size() >= header_size && (byte_at(packet, 2) & flag_response) == 0;
}

Rcode read_query(std::string_view packet, Transport transport, Query& query)
{
    query.packet = packet;
    query.opcode = static_cast<std::uint8_t>(byte_at(packet, 2) >> 3U & 0x0FU);
    bool const known =
        query.opcode == opcode::query || query.opcode == opcode::notify || query.opcode == opcode::update;
    auto const refuse = known ? Rcode::form_error : Rcode::not_implemented;
    std::size_t const questions = number_at(packet, 4);
    if (questions > 1 || (questions == 1 && !read_question(query))) return refuse; // RFC 9619
    std::size_t const answers = number_at(packet, 6);
    std::size_t const authorities = number_at(packet, 8);
    if (!may_carry(query, answers, authorities)) return refuse;
    bool const good = read_records({answers + authorities, number_at(packet, 10)}, query);
    if (transport != Transport::udp) query.reply_limit = largest_message;
    if (!good) query.has_edns = false; // its record may be one of two
    // RFC 7873 5.4: without a question only a server cookie can be asked for.
    bool const asks = questions == 1 || query.options.client_cookie.size() > 0;
    return known && good && asks ? Rcode::no_error : refuse;
}

} // namespace dnsd
