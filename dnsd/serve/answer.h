#pragma once
// An answer in wire format, made when a zone is loaded and copied when a question comes. Not for parsing questions
// (query.h).

#include "dnsd/serve/rcode.h"
#include "dnsd/zone/wire_record.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dnsd
{

/// Where one ready answer lies in the bytes of its owner, and the header fields that go with it. The bytes are the
/// answer, authority and additional sections, followed by `shifts` positions (two octets each, counted from `begin`)
/// of compression pointers that grow when the question's name is longer than the name the answer was made for.
struct Answer {
    std::uint16_t type = 0;
    std::uint16_t answers = 0;
    std::uint16_t authorities = 0;
    std::uint16_t additionals = 0;
    std::uint16_t needed_additionals = 0; ///< of these, how many may not be left out (glue)
    std::uint16_t shifts = 0;
    std::uint32_t begin = 0;
    std::uint32_t size = 0;   ///< of all sections
    std::uint32_t needed = 0; ///< without what may be left out to fit
    Rcode rcode = Rcode::no_error;
    bool authoritative = true;
};

/// Which questions an answer is for.
enum class Fit {
    exact,    ///< for one name
    wildcard, ///< for every name that the wildcard stands for: the question's name takes its place as owner
    above,    ///< for a name and everything below it (referrals, negative answers)
};

/// Writes one answer with compressed names, as if it stood behind a question for `name`.
class AnswerWriter
{
public:
    AnswerWriter(std::string_view name, Fit fit);

    void set_rcode(Rcode rcode) { answer_.rcode = rcode; }
    void set_not_authoritative() { answer_.authoritative = false; }

    /// In the order of the message. Owners and data in wire form, uncompressed.
    void add_answer(std::string_view owner, std::uint16_t type, std::uint32_t ttl, std::string_view rdata);
    void add_authority(std::string_view owner, std::uint16_t type, std::uint32_t ttl, std::string_view rdata);
    /// Before all that may be left out.
    void add_glue(std::string_view owner, std::uint16_t type, std::uint32_t ttl, std::string_view rdata);
    void add_additional(std::string_view owner, std::uint16_t type, std::uint32_t ttl, std::string_view rdata);

    /// Appends sections and shifts to `bytes`; the answer says where.
    Answer finish(std::uint16_t type, std::string& bytes);

private:
    enum class Place { owner, data };

    void add_record(std::string_view owner, std::uint16_t type, std::uint32_t ttl, std::string_view rdata);
    void add_name(std::string_view name, Place place);
    bool add_pointer(std::string_view suffix, Place place);
    void add_data(std::uint16_t type, std::string_view rdata);
    void add_number(std::uint32_t value, unsigned octets);

    std::string name_;
    Fit fit_;
    std::size_t base_; ///< offset of the first section in the message
    std::string sections_;
    std::size_t needed_ = 0;
    std::vector<std::uint16_t> shifts_;
    std::vector<std::pair<std::string, std::uint16_t>> seen_; ///< names written so far, for compression
    Answer answer_;
};

} // namespace dnsd
