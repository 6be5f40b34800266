#pragma once
// The records of a sound message one by one, names written out: for the rare answers that are put together of two,
// and for referrals. Not for the way of an ordinary answer, which is copied whole.

#include "dnsd/resolve/reply.h"

#include <string>
#include <string_view>
#include <vector>

namespace dnsd::resolve
{

enum class Part { answer, authority, additional };

struct PlainRecord {
    Part part = Part::answer;
    std::string owner; ///< wire form, as spelled
    std::uint16_t type = 0;
    std::uint16_t klass = 0;
    std::uint32_t ttl = 0;
    std::string data; ///< its names written out
};

/// Of a message that read_reply() found sound; without OPT.
std::vector<PlainRecord> plain_records(std::string_view message, Reply const& reply);

/// Appends the record; an owner like `last` becomes a pointer to `last_at`, where that stands in the message.
void append_record(std::string& message, PlainRecord const& record, std::string_view last, std::size_t last_at);

} // namespace dnsd::resolve
