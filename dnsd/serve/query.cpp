#include "dnsd/serve/query.h"

#include <algorithm>
#include <cstring>

namespace dnsd
{

namespace
{
constexpr std::size_t header_size = 12;
constexpr std::size_t opt_size = 11;
constexpr std::size_t record_fixed_size = 10; ///< type, class, TTL, length
constexpr std::uint16_t class_in = 1;
constexpr std::uint16_t class_chaos = 3;

// Header octets 2 and 3 (RFC 1035 4.1.1, RFC 4035 3.1.6 for CD).
constexpr unsigned flag_response = 0x80;
constexpr unsigned mask_opcode = 0x78;
constexpr unsigned flag_authoritative = 0x04;
constexpr unsigned flag_truncated = 0x02;
constexpr unsigned flag_recursion_desired = 0x01;
constexpr unsigned flag_checking_disabled = 0x10;

constexpr std::uint16_t number_at(std::string_view bytes, std::size_t at)
{
    return static_cast<std::uint16_t>(byte_at(bytes, at) << 8U | byte_at(bytes, at + 1));
}

void put_number(std::span<char> bytes, std::size_t at, std::size_t value)
{
    bytes[at] = static_cast<char>(value >> 8U);
    bytes[at + 1] = static_cast<char>(value);
}

// --- reading
// -----------------------------------------------------------------------------------------------------------

/// The question's name in lower case with its suffixes. A question is never compressed.
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
    name.hash[labels] = root_hash;
    for (std::size_t i = labels; i-- > 0;) {
        std::size_t const begin = name.at[i] + std::size_t{1};
        name.hash[i] = add_label(name.hash[i + 1], {name.bytes.data() + begin, name.at[i + 1] - begin});
    }
    return true;
}

/// Steps over the name of a record; a compression pointer must point back.
bool skip_name(std::string_view packet, std::size_t& at)
{
    std::size_t size = 0;
    for (;;) {
        if (at >= packet.size()) return false;
        auto const length = byte_at(packet, at);
        if (length >= 0xC0) {
            if (at + 2 > packet.size() || (number_at(packet, at) & 0x3FFFU) >= at) return false;
            at += 2;
            return true;
        }
        size += length + 1;
        if (length > longest_label || size > longest_name) return false;
        at += length + 1;
        if (length == 0) return at <= packet.size();
    }
}

/// RFC 6891 6.1.2: options are code, length, value; unknown ones are ignored.
bool are_options_well_formed(std::string_view options)
{
    while (!options.empty()) {
        if (options.size() < 4) return false;
        auto const length = number_at(options, 2);
        if (options.size() - 4 < length) return false;
        options.remove_prefix(length + std::size_t{4});
    }
    return true;
}

bool read_edns(std::string_view fixed, std::string_view options, bool root_owner, Query& query)
{
    if (query.has_edns || !root_owner) return false; // RFC 6891 6.1.1: at most one, owned by the root
    query.has_edns = true;
    query.reply_limit = std::clamp<std::size_t>(number_at(fixed, 2), smallest_udp_limit, largest_udp_reply);
    query.edns_version = static_cast<std::uint8_t>(fixed[5]);
    query.dnssec_ok = (byte_at(fixed, 6) & 0x80U) != 0;
    return are_options_well_formed(options);
}

/// Everything behind the question, to the last octet.
bool read_records(std::size_t count, Query& query)
{
    auto const packet = query.packet;
    auto at = query.question_end;
    for (; count > 0; --count) {
        auto const owner_at = at;
        if (!skip_name(packet, at) || packet.size() - at < record_fixed_size) return false;
        auto const fixed = packet.substr(at, record_fixed_size);
        at += record_fixed_size;
        auto const length = number_at(fixed, 8);
        if (packet.size() - at < length) return false;
        auto const data = packet.substr(at, length);
        at += length;
        if (number_at(fixed, 0) == type::opt && !read_edns(fixed, data, packet[owner_at] == '\0', query))
            return false;
    }
    return at == packet.size();
}

// --- writing
// -----------------------------------------------------------------------------------------------------------

struct ReplyHead {
    Rcode rcode = Rcode::no_error;
    bool authoritative = false;
    bool truncated = false;
    std::size_t answers = 0;
    std::size_t authorities = 0;
    std::size_t additionals = 0;
    unsigned extended_rcode = 0; ///< its upper eight bits, in OPT
};

/// Header and the question exactly as it was asked (upper and lower case too). Gives the size so far.
std::size_t put_head(Query const& query, ReplyHead const& head, std::span<char> reply)
{
    auto const size = std::max(query.question_end, header_size);
    std::memcpy(reply.data(), query.packet.data(), size);
    auto const asked = byte_at(query.packet, 2);
    reply[2] =
        static_cast<char>(flag_response | (asked & (mask_opcode | flag_recursion_desired)) |
                          (head.authoritative ? flag_authoritative : 0) | (head.truncated ? flag_truncated : 0));
    reply[3] =
        static_cast<char>((byte_at(query.packet, 3) & flag_checking_disabled) | static_cast<unsigned>(head.rcode));
    put_number(reply, 4, query.question_end > 0 ? 1 : 0);
    put_number(reply, 6, head.answers);
    put_number(reply, 8, head.authorities);
    put_number(reply, 10, head.additionals + (query.has_edns ? 1 : 0));
    return size;
}

/// RFC 6891 6.1.2; only when the question had one.
std::size_t put_opt(Query const& query, unsigned extended_rcode, std::span<char> reply, std::size_t at)
{
    if (!query.has_edns) return at;
    constexpr char opt[opt_size] = {
        0, 0, type::opt, largest_udp_reply >> 8U, static_cast<char>(largest_udp_reply & 0xFFU), 0, 0, 0, 0, 0, 0};
    std::memcpy(reply.data() + at, opt, opt_size);
    reply[at + 5] = static_cast<char>(extended_rcode);
    if (query.dnssec_ok) reply[at + 7] = static_cast<char>(0x80);
    return at + opt_size;
}

std::size_t put_empty(Query const& query, ReplyHead const& head, std::span<char> reply)
{
    return put_opt(query, head.extended_rcode, reply, put_head(query, head, reply));
}

std::size_t put_error(Query const& query, Rcode rcode, std::span<char> reply)
{
    ReplyHead head;
    head.rcode = rcode;
    return put_empty(query, head, reply);
}

/// Moves the compression pointers of a copied answer that was made for a name `by` octets shorter than the
/// question's.
void shift_pointers(Chosen const& chosen, std::size_t copied, std::size_t by, std::span<char> sections)
{
    auto const& answer = *chosen.answer;
    std::string_view const positions(chosen.bytes->data() + answer.begin + answer.size,
                                     answer.shifts * std::size_t{2});
    for (std::size_t i = 0; i < positions.size(); i += 2) {
        std::size_t const at = number_at(positions, i);
        if (at >= copied) return;
        auto const pointer = static_cast<std::size_t>(static_cast<unsigned char>(sections[at])) << 8U |
                             static_cast<unsigned char>(sections[at + 1]);
        put_number(sections, at, pointer + by);
    }
}

/// Copies the ready answer: whole, or without what may be left out, or only "ask again by TCP".
std::size_t put_answer(Query const& query, Chosen const& chosen, std::span<char> reply)
{
    auto const& answer = *chosen.answer;
    ReplyHead head{answer.rcode,       answer.authoritative, false, answer.answers,
                   answer.authorities, answer.additionals,   0};
    auto const room = query.reply_limit - query.question_end - (query.has_edns ? opt_size : 0);
    std::size_t copied = answer.size;
    if (copied > room) {
        copied = answer.needed;
        head.additionals = answer.needed_additionals;
    }
    if (copied > room) {
        head = {answer.rcode, answer.authoritative, true, 0, 0, 0, 0};
        return put_empty(query, head, reply);
    }
    auto const at = put_head(query, head, reply);
    std::memcpy(reply.data() + at, chosen.bytes->data() + answer.begin, copied);
    if (auto const by = query.name.size - chosen.name_size; by > 0 && answer.shifts > 0)
        shift_pointers(chosen, copied, by, reply.subspan(at));
    return put_opt(query, 0, reply, at + copied);
}

/// Types that ask for something else than records.
Rcode check_type(std::uint16_t type)
{
    switch (type) {
    case type::opt:
    case type::tkey:
    case type::tsig: return Rcode::form_error;
    case type::maila:
    case type::mailb: return Rcode::not_implemented;
    case type::axfr:
    case type::ixfr: return Rcode::refused; // todo: zone transfer; secondaries cannot copy our zones yet
    default: return Rcode::no_error;
    }
}
} // namespace

Rcode read_query(std::string_view packet, Transport transport, Query& query)
{
    query.packet = packet;
    query.reply_limit = smallest_udp_limit;
    if ((byte_at(packet, 2) & mask_opcode) != 0) return Rcode::not_implemented;
    if (number_at(packet, 4) != 1) return Rcode::form_error; // RFC 9619
    std::size_t at = header_size;
    if (!read_name(packet, at, query.name) || packet.size() - at < 4) return Rcode::form_error;
    query.type = number_at(packet, at);
    query.klass = number_at(packet, at + 2);
    query.question_end = at + 4;
    std::size_t const authorities = number_at(packet, 8);
    bool const carries_answers = number_at(packet, 6) > 0 || (authorities > 0 && query.type != type::ixfr);
    bool const good = !carries_answers && read_records(authorities + number_at(packet, 10), query);
    if (transport == Transport::tcp) query.reply_limit = largest_message;
    return good ? Rcode::no_error : Rcode::form_error;
}

std::size_t Responder::answer(ZoneSet const& zones, std::string_view packet, Transport transport,
                              std::span<char> reply) const
{
    // Too short, or an answer itself: silence, so that nobody can make two servers talk to each other for ever.
    if (packet.size() < header_size || (byte_at(packet, 2) & flag_response) != 0) return 0;
    Query query;
    if (auto const rcode = read_query(packet, transport, query); rcode != Rcode::no_error)
        return put_error(query, rcode, reply);
    if (query.edns_version > 0) { // BADVERS is 16: upper bits 1, lower bits 0
        ReplyHead head;
        head.extended_rcode = 1;
        return put_empty(query, head, reply);
    }
    if (auto const rcode = check_type(query.type); rcode != Rcode::no_error) return put_error(query, rcode, reply);
    if (query.klass == class_chaos) return answer_chaos(query, reply);
    if (query.klass != class_in) return put_error(query, Rcode::refused, reply);
    return answer_zone(zones, query, reply);
}

std::size_t Responder::answer_zone(ZoneSet const& zones, Query const& query, std::span<char> reply) const
{
    auto const* entry = zones.find(query.name);
    if (entry && query.type == type::ds && entry->name == query.name.whole())
        if (auto const* above = zones.find(query.name, true)) entry = above;
    if (!entry) return put_error(query, Rcode::refused, reply);
    if (!entry->zone) return put_error(query, Rcode::server_failure, reply);
    return put_answer(query, entry->zone->choose(query.name, query.type), reply);
}

/// TXT for version.bind and id.server, so that a class can see which server answers.
std::size_t Responder::answer_chaos(Query const& query, std::span<char> reply) const
{
    using namespace std::string_view_literals;
    auto const name = query.name.whole();
    bool const version = name == "\7version\4bind\0"sv || name == "\7version\6server\0"sv;
    bool const identity = name == "\2id\6server\0"sv || name == "\10hostname\4bind\0"sv;
    bool const asked_for_text = query.type == type::txt || query.type == type::any;
    if (!(version || identity) || !asked_for_text) return put_error(query, Rcode::refused, reply);
    auto const text = std::string_view(version ? version_ : server_id_).substr(0, 200);
    ReplyHead head;
    head.authoritative = true;
    head.answers = 1;
    auto at = put_head(query, head, reply);
    constexpr char record[] = {'\xC0', header_size, 0, type::txt, 0, class_chaos, 0, 0, 0, 0};
    std::memcpy(reply.data() + at, record, sizeof record);
    at += sizeof record;
    put_number(reply, at, text.size() + 1);
    reply[at + 2] = static_cast<char>(text.size());
    std::memcpy(reply.data() + at + 3, text.data(), text.size());
    return put_opt(query, 0, reply, at + 3 + text.size());
}

} // namespace dnsd
