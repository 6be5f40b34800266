#pragma once
// Answers from zones as text, read by ldns.

#include "tests/dnsd/zone_questions.h"

#include <algorithm>
#include <cstdlib>
#include <ldns/ldns.h>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace support
{

/// A record as in a zone file, without class; of a signature only what it covers, of a key only its flags.
inline std::string shown_record(ldns_rr const* record)
{
    std::unique_ptr<char, decltype(&std::free)> const line(ldns_rr2str(record), std::free);
    std::string text = line.get();
    text.pop_back();
    std::replace(text.begin(), text.end(), '\t', ' ');
    text.replace(text.find(" IN "), 4, " ");
    auto const type = ldns_rr_get_type(record);
    if (type != LDNS_RR_TYPE_RRSIG && type != LDNS_RR_TYPE_DNSKEY) return text;
    auto const data = text.find(type == LDNS_RR_TYPE_RRSIG ? " RRSIG " : " DNSKEY ");
    auto const begin = text.find(' ', data + 1);
    return text.substr(0, text.find(' ', begin + 1));
}

/// "NOERROR aa", then one line per record: section, owner, TTL, type, data.
inline std::string shown_message(std::string const& message)
{
    if (message.empty()) return "silence";
    ldns_pkt* parsed = nullptr;
    std::vector<std::uint8_t> const bytes(message.begin(), message.end());
    if (ldns_wire2pkt(&parsed, bytes.data(), bytes.size()) != LDNS_STATUS_OK) return "unreadable";
    std::unique_ptr<ldns_pkt, decltype(&ldns_pkt_free)> const owner(parsed, ldns_pkt_free);
    std::unique_ptr<char, decltype(&std::free)> const rcode(ldns_pkt_rcode2str(ldns_pkt_get_rcode(parsed)),
                                                            std::free);
    std::string text = rcode.get();
    if (ldns_pkt_aa(parsed)) text += " aa";
    if (ldns_pkt_tc(parsed)) text += " tc";
    if (ldns_pkt_ra(parsed) || ldns_pkt_ad(parsed)) text += " ra or ad";
    std::pair<char const*, ldns_rr_list*> const sections[] = {
        {"", ldns_pkt_answer(parsed)}, {"auth ", ldns_pkt_authority(parsed)}, {"add ", ldns_pkt_additional(parsed)}};
    for (auto const& [label, list] : sections)
        for (std::size_t i = 0; i < ldns_rr_list_rr_count(list); ++i)
            text += "\n" + (label + shown_record(ldns_rr_list_rr(list, i)));
    return text;
}

/// The whole message that belongs to the sections.
inline std::string message_of(Question const& question, ZoneReply const& reply)
{
    std::string message("\0\0\x80\0\0\1", 6);
    message[2] =
        static_cast<char>(0x80 | (reply.sections.authoritative ? 4 : 0) | (reply.sections.truncated ? 2 : 0));
    message[3] = static_cast<char>(reply.sections.rcode);
    auto const add = [&](std::size_t value) {
        message += static_cast<char>(value >> 8U);
        message += static_cast<char>(value);
    };
    add(reply.sections.answers);
    add(reply.sections.authorities);
    add(reply.sections.additionals);
    message += question.name;
    add(question.type);
    add(1);
    return message + reply.bytes;
}

inline std::string answer_of(dnsd::ZoneSet const& zones, Question const& question, std::size_t room = 65000)
{
    return shown_message(message_of(question, ask_zones(zones, question, room)));
}

} // namespace support
