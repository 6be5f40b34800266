// Until the zones compose their answers themselves: copies what zone_builder wrote.
#include "dnsd/serve/zone_answer.h"

#include "dnsd/serve/octets.h"
#include "dnsd/serve/query.h"
#include "dnsd/serve/zone_set.h"

#include <cstring>

namespace dnsd
{

namespace
{
void shift_pointers(Chosen const& chosen, std::size_t copied, std::size_t by, std::span<char> sections)
{
    auto const& answer = *chosen.answer;
    std::string_view const positions(chosen.bytes->data() + answer.begin + answer.size,
                                     answer.shifts * std::size_t{2});
    for (std::size_t i = 0; i < positions.size(); i += 2) {
        std::size_t const at = number_at(positions, i);
        if (at >= copied) return;
        put_number(sections, at, number_at({sections.data(), sections.size()}, at) + by);
    }
}

AnswerKind kind_of(Answer const& answer)
{
    if (answer.rcode == Rcode::no_such_name) return AnswerKind::no_such_name;
    if (!answer.authoritative) return AnswerKind::referral;
    return answer.answers == 0 ? AnswerKind::no_data : AnswerKind::positive;
}

Sections copy(Query const& query, Chosen const& chosen, std::span<char> room)
{
    auto const& answer = *chosen.answer;
    Sections sections{answer.rcode,       answer.authoritative, false,       kind_of(answer),   answer.answers,
                      answer.authorities, answer.additionals,   answer.size, query.name.hash[0]};
    if (sections.size > room.size()) {
        sections.size = answer.needed;
        sections.additionals = answer.needed_additionals;
    }
    if (sections.size > room.size()) {
        sections.truncated = true;
        sections.answers = sections.authorities = sections.additionals = 0;
        sections.size = 0;
        return sections;
    }
    std::memcpy(room.data(), chosen.bytes->data() + answer.begin, sections.size);
    if (auto const by = query.name.size - chosen.name_size; by > 0 && answer.shifts > 0)
        shift_pointers(chosen, sections.size, by, room);
    return sections;
}
} // namespace

Sections answer_from_zones(ZoneSet const& zones, Query const& query, std::span<char> room)
{
    Sections none;
    none.kind = AnswerKind::error;
    auto const* entry = zones.find(query.name);
    if (entry && query.type == type::ds && entry->name == query.name.whole())
        if (auto const* above = zones.find(query.name, true)) entry = above;
    none.rcode = entry ? Rcode::server_failure : Rcode::refused;
    if (!entry || !entry->zone) return none;
    return copy(query, entry->zone->choose(query.name, query.type), room);
}

} // namespace dnsd
