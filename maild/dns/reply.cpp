#include "maild/dns/reply.h"

#include "appliance/base/text.h"
#include "dnsd/zone/ldns_ptr.h"
#include "maild/limits.h"

#include <algorithm>

namespace maild::dns
{

namespace
{
constexpr std::size_t header_size = 12;
constexpr std::uint16_t edns_size = 1232; ///< no fragments on any path (DNS flag day 2020)
/// More records than an honest answer has; RFC 7672 and 8461 need a handful.
constexpr std::size_t records_max = 512;

struct FreePacket {
    void operator()(ldns_pkt* packet) const { ldns_pkt_free(packet); }
};
using Packet = std::unique_ptr<ldns_pkt, FreePacket>;

unsigned number16(std::string_view bytes, std::size_t at)
{
    return static_cast<unsigned>(static_cast<unsigned char>(bytes[at])) << 8U |
           static_cast<unsigned char>(bytes[at + 1]);
}

std::string bytes_of(ldns_rdf const* data)
{
    return {reinterpret_cast<char const*>(ldns_rdf_data(data)), ldns_rdf_size(data)};
}

/// A name in wire form, comparable.
std::string wire_name(ldns_rdf const* name) { return base::lower(bytes_of(name)); }

std::string shown(std::string_view wire)
{
    std::string text;
    while (!wire.empty() && wire.front() != '\0') {
        auto const length = static_cast<unsigned char>(wire.front());
        text += (text.empty() ? "" : ".") + std::string(wire.substr(1, length));
        wire.remove_prefix(std::min<std::size_t>(wire.size(), length + 1U));
    }
    return text;
}

std::string data_of(ldns_rr const* record)
{
    std::string data;
    for (std::size_t i = 0; i < ldns_rr_rd_count(record); ++i) data += bytes_of(ldns_rr_rdf(record, i));
    return data;
}

/// The question part of a message that has one and nothing odd in it: name, type, class.
std::string_view question(std::string_view query)
{
    auto end = header_size;
    while (end < query.size() && query[end] != '\0') end += static_cast<unsigned char>(query[end]) + 1U;
    return query.substr(header_size, end + 5 - header_size);
}

std::chrono::seconds negative_ttl(ldns_pkt const* packet)
{
    auto const* authority = ldns_pkt_authority(packet);
    for (std::size_t i = 0; i < ldns_rr_list_rr_count(authority); ++i) {
        auto const* record = ldns_rr_list_rr(authority, i);
        if (ldns_rr_get_type(record) != LDNS_RR_TYPE_SOA || ldns_rr_rd_count(record) != 7) continue;
        return std::chrono::seconds(
            std::min(ldns_rr_ttl(record), ldns_rdf2native_int32(ldns_rr_rdf(record, 6)))); // RFC 2308 5
    }
    return std::chrono::seconds(0);
}

/// Walks from the question along the CNAMEs to the records of the type.
class Walk
{
public:
    Walk(ldns_rr_list const* records, std::string at, Type type) : records_(records), at_(std::move(at)), type_(type)
    {
    }

    void go(Answer& answer)
    {
        for (unsigned steps = 0; steps <= limits::dns_aliases; ++steps) {
            collect(type_, answer.records);
            if (!answer.records.empty() || type_ == Type::cname) break;
            std::vector<std::string> next;
            collect(Type::cname, next);
            if (next.size() != 1) break; // RFC 1034 3.6.2: there is one at most
            answer.is_alias = true;
            at_ = base::lower(next.front());
        }
        answer.name = shown(at_);
        answer.ttl = std::chrono::seconds(ttl_.value_or(0));
    }

private:
    void collect(Type type, std::vector<std::string>& to)
    {
        for (std::size_t i = 0; i < ldns_rr_list_rr_count(records_); ++i) {
            auto const* record = ldns_rr_list_rr(records_, i);
            if (ldns_rr_get_type(record) != static_cast<ldns_rr_type>(type) ||
                ldns_rr_get_class(record) != LDNS_RR_CLASS_IN || wire_name(ldns_rr_owner(record)) != at_)
                continue;
            to.push_back(data_of(record));
            ttl_ = std::min(ttl_.value_or(UINT32_MAX), ldns_rr_ttl(record));
        }
    }

    ldns_rr_list const* records_;
    std::string at_;
    Type type_;
    std::optional<std::uint32_t> ttl_;
};

Reply refuses(unsigned code)
{
    return {Reply::Kind::refuses, {.reason = "the DNS resolver answered with error " + std::to_string(code)}};
}
} // namespace

std::string make_query(std::string const& name, Type type, std::uint16_t id, Edns edns)
{
    dnsd::LdnsData owner(ldns_dname_new_frm_str((name + '.').c_str()));
    if (!owner) return {};
    Packet const packet(
        ldns_pkt_query_new(owner.release(), static_cast<ldns_rr_type>(type), LDNS_RR_CLASS_IN, LDNS_RD));
    if (!packet) return {};
    ldns_pkt_set_id(packet.get(), id);
    ldns_pkt_set_ad(packet.get(), 1);
    if (edns == Edns::with) ldns_pkt_set_edns_udp_size(packet.get(), edns_size);
    std::uint8_t* made = nullptr;
    std::size_t size = 0;
    if (ldns_pkt2wire(&made, packet.get(), &size) != LDNS_STATUS_OK) return {};
    std::unique_ptr<std::uint8_t, void (*)(void*)> const owned(made, std::free);
    return {reinterpret_cast<char const*>(made), size};
}

bool is_reply_to(std::string_view query, std::string_view message)
{
    if (message.size() < header_size || query.size() < header_size) return false;
    auto const flags = number16(message, 2);
    bool const is_response = (flags & 0x8000U) != 0 && (flags & 0x7800U) == 0;
    if (!is_response || number16(message, 0) != number16(query, 0) || number16(message, 4) != 1) return false;
    auto const asked = question(query);
    return base::equal_ignoring_case(asked, message.substr(header_size, asked.size()));
}

std::optional<Reply> read_reply(std::string_view query, std::string_view message)
{
    if (!is_reply_to(query, message)) return std::nullopt;
    auto const asked = question(query);
    auto const code = number16(message, 2) & 0x000FU;
    if ((number16(message, 2) & 0x0200U) != 0) return Reply{Reply::Kind::truncated, {}};
    bool const had_edns = number16(query, 10) != 0;
    if (had_edns && (code == LDNS_RCODE_FORMERR || code == LDNS_RCODE_NOTIMPL))
        return Reply{Reply::Kind::no_edns, {}};
    if (code != LDNS_RCODE_NOERROR && code != LDNS_RCODE_NXDOMAIN) return refuses(code);
    if (number16(message, 6) + number16(message, 8) + number16(message, 10) > records_max) return std::nullopt;
    ldns_pkt* got = nullptr;
    auto const* bytes = reinterpret_cast<std::uint8_t const*>(message.data());
    auto const status = ldns_wire2pkt(&got, bytes, message.size());
    Packet const packet(got);
    if (status != LDNS_STATUS_OK || !packet) return std::nullopt;
    Reply reply{Reply::Kind::answer, {}};
    auto const type = static_cast<Type>(number16(asked, asked.size() - 4));
    Walk(ldns_pkt_answer(packet.get()), base::lower(asked.substr(0, asked.size() - 4)), type).go(reply.answer);
    auto& answer = reply.answer;
    answer.authenticated = ldns_pkt_ad(packet.get()) != 0;
    answer.outcome = !answer.records.empty()       ? Outcome::found
                     : code == LDNS_RCODE_NXDOMAIN ? Outcome::no_name
                                                   : Outcome::no_data;
    if (answer.outcome == Outcome::found) return reply;
    bool const is_said = ldns_rr_list_rr_count(ldns_pkt_authority(packet.get())) > 0 || code == LDNS_RCODE_NXDOMAIN;
    if (answer.is_alias && !is_said) {
        reply.alias = answer.name;
        return reply;
    }
    auto const negative = negative_ttl(packet.get());
    answer.ttl = answer.is_alias ? std::min(answer.ttl, negative) : negative;
    return reply;
}

} // namespace maild::dns
