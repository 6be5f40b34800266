#include "dnsd/keep/request.h"

#include "dnsd/zone/wire_record.h"

#include <algorithm>

namespace dnsd
{

namespace
{
constexpr std::size_t smallest_udp = 512, largest_udp = 1232, largest_tcp = 65535;
constexpr std::size_t opt_size = 11;
constexpr std::string_view root{"\0", 1};
/// Type to other length without names and MAC, and the longest algorithm name and MAC.
constexpr std::size_t tsig_size = 10 + 13 + 16 + 64 + 6;
} // namespace

bool read_request(Request& request)
{
    MessageReader reader(request.message);
    auto const header = reader.header();
    if (!header) return false;
    request.header = *header;
    for (unsigned i = 0; i < header->questions; ++i) {
        auto question = reader.question();
        if (!question) return false;
        if (i == 0) {
            request.question = std::move(question);
            request.question_end = reader.offset();
        }
    }
    unsigned const records = header->answers + header->authorities + header->additionals;
    for (unsigned i = 0; i < records; ++i) {
        auto peek = reader;
        auto const type = reader.skip_record();
        if (!type) return false;
        if (*type != type::opt) continue;
        auto const opt = peek.record();
        if (!opt || opt->owner != root || request.has_edns) return false;
        request.has_edns = true;
        request.udp_size = std::clamp<std::size_t>(opt->klass, smallest_udp, largest_udp);
    }
    return reader.at_end();
}

std::size_t Replies::room_for_tsig() const
{
    return request_.tsig ? request_.tsig->key().name.size() + tsig_size : 0;
}

MessageWriter Replies::begin(unsigned rcode, std::uint16_t flags, std::size_t limit)
{
    auto header = request_.header;
    // Opcode, RD and CD of the request stay.
    header.flags = static_cast<std::uint16_t>((header.flags & 0x7910U) | MessageHeader::reply | flags | rcode);
    auto most = is_udp() ? std::min(limit, request_.udp_size) : limit;
    most -= std::min(most, room_for_tsig() + (request_.has_edns ? opt_size : 0));
    return {header, first_ ? request_.question : std::nullopt, most};
}

void Replies::send(MessageWriter writer)
{
    if (first_ && request_.has_edns) {
        writer.grow(opt_size);
        writer.add(MessageWriter::Section::additional, root, type::opt, largest_udp, 0, {});
    }
    auto message = writer.take();
    if (first_ && request_.question) { // upper and lower case as it was asked
        auto const size = request_.question->name.size();
        message.replace(header_size, size, request_.message, header_size, size);
    }
    first_ = false;
    if (request_.tsig) message = request_.tsig->sign(std::move(message), clock_.now());
    send_(std::move(message));
}

void Replies::sign_and_send(std::string message)
{
    auto const size = message.size() + room_for_tsig();
    if (is_udp() && size > request_.udp_size) return refuse(0, MessageHeader::truncated);
    if (size > largest_tcp) return refuse(rcode::server_failure);
    if (request_.tsig) message = request_.tsig->sign(std::move(message), clock_.now());
    send_(std::move(message));
}

} // namespace dnsd
