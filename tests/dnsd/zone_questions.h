#pragma once
// Asks zones in memory, without a packet around the sections.

#include "dnsd/serve/query.h"
#include "dnsd/serve/zone_answer.h"
#include "dnsd/serve/zone_set.h"
#include "dnsd/zone/wire_record.h"

#include <string>
#include <vector>

namespace support
{

struct Question {
    std::string name; ///< wire form
    std::uint16_t type = 1;
    bool dnssec_ok = false;
};

/// Fills in what read_query() would.
inline void make_query(dnsd::Query& query, Question const& question)
{
    auto& name = query.name;
    std::size_t labels = 0;
    for (std::size_t at = 0;; at += dnsd::byte_at(question.name, at) + 1) {
        name.at[labels] = static_cast<std::uint8_t>(at);
        if (question.name[at] == '\0') break;
        ++labels;
    }
    question.name.copy(name.bytes.data(), question.name.size());
    name.size = question.name.size();
    name.labels = labels;
    name.make_hashes();
    query.type = question.type;
    query.klass = 1;
    query.dnssec_ok = question.dnssec_ok;
    query.question_end = dnsd::header_size + name.size + 4;
}

struct ZoneReply {
    dnsd::Sections sections;
    std::string bytes;

    /// Everything that a client would see, for comparison.
    std::string all() const
    {
        return std::to_string(static_cast<int>(sections.rcode)) + (sections.authoritative ? " aa" : "") +
               (sections.truncated ? " tc" : "") + " " + std::to_string(sections.answers) + " " +
               std::to_string(sections.authorities) + " " + std::to_string(sections.additionals) + " " + bytes;
    }
};

inline ZoneReply ask_zones(dnsd::ZoneSet const& zones, Question const& question, std::size_t room = 65000)
{
    dnsd::Query query;
    make_query(query, question);
    ZoneReply reply;
    reply.bytes.resize(room);
    reply.sections = dnsd::answer_from_zones(zones, query, reply.bytes);
    reply.bytes.resize(reply.sections.size);
    return reply;
}

} // namespace support
