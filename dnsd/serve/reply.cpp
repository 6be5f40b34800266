#include "dnsd/serve/reply.h"

#include "dnsd/serve/octets.h"
#include "dnsd/zone/wire_record.h"

#include <cstring>

namespace dnsd
{

namespace
{
constexpr unsigned mask_opcode = 0x78;
constexpr unsigned mask_rcode = 0x0F;
constexpr char pointer_to_question[] = {'\xC0', header_size};
} // namespace

std::size_t put_head(Query const& query, ReplyHead const& head, std::span<char> reply)
{
    auto const size = query.question_end;
    std::memcpy(reply.data(), query.packet.data(), size);
    auto const asked = byte_at(query.packet, 2);
    reply[2] =
        static_cast<char>(flag_response | (asked & (mask_opcode | flag_recursion_desired)) |
                          (head.authoritative ? flag_authoritative : 0) | (head.truncated ? flag_truncated : 0));
    // RFC 4035 3.1.6: CD comes back only in what was asked elsewhere.
    auto const kept = head.recursion_available && !head.authoritative ? flag_checking_disabled : 0;
    reply[3] = static_cast<char>((byte_at(query.packet, 3) & kept) |
                                 (head.recursion_available ? flag_recursion_available : 0) |
                                 (static_cast<unsigned>(head.rcode) & mask_rcode));
    put_number(reply, 4, query.has_question() ? 1 : 0);
    put_number(reply, 6, head.answers);
    put_number(reply, 8, head.authorities);
    put_number(reply, 10, head.additionals + (query.has_edns ? 1 : 0));
    return size;
}

std::size_t put_text_record(TextRecord const& record, std::span<char> reply, std::size_t at)
{
    std::memcpy(reply.data() + at, pointer_to_question, sizeof pointer_to_question);
    put_number(reply, at + 2, type::txt);
    put_number(reply, at + 4, record.klass);
    std::memset(reply.data() + at + 6, 0, 4); // TTL: ask again each time
    put_number(reply, at + 10, record.text.size() + 1);
    reply[at + 12] = static_cast<char>(record.text.size());
    std::memcpy(reply.data() + at + 13, record.text.data(), record.text.size());
    return at + 13 + record.text.size();
}

std::size_t put_failure(std::string_view message, std::span<char> reply)
{
    Query query;
    [[maybe_unused]] auto const good = read_query(message, Transport::udp, query);
    query.has_edns = false;
    ReplyHead head;
    head.rcode = Rcode::server_failure;
    return put_head(query, head, reply);
}

} // namespace dnsd
