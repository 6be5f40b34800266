#include "dnsd/serve/answer.h"

#include "dnsd/zone/name.h"

namespace dnsd
{

namespace
{
constexpr std::size_t header_size = 12;
constexpr std::size_t type_and_class = 4;
/// Pointers reach 16383; a longer question may push everything back by up to 255.
constexpr std::size_t last_pointer_target = 0x3FFF - longest_name;
constexpr unsigned pointer_mark = 0xC000;
constexpr std::size_t most_section_octets = 65535;
} // namespace

AnswerWriter::AnswerWriter(std::string_view name, Fit fit)
    : name_(name), fit_(fit), base_(header_size + name.size() + type_and_class)
{
}

void AnswerWriter::add_number(std::uint32_t value, unsigned octets)
{
    while (octets-- > 0) sections_ += static_cast<char>(value >> (8 * octets));
}

bool AnswerWriter::add_pointer(std::string_view suffix, Place place)
{
    std::size_t target = 0;
    bool shifts = fit_ != Fit::exact;
    if (name_.size() >= suffix.size() && std::string_view(name_).substr(name_.size() - suffix.size()) == suffix &&
        is_below_or_same(name_, suffix)) {
        bool const whole = suffix.size() == name_.size();
        // The wildcard's own name is not in the message: the question has another name in its place.
        if (whole && fit_ == Fit::wildcard && place == Place::data) return false;
        if (whole && fit_ == Fit::wildcard) shifts = false;
        target = header_size + name_.size() - suffix.size();
    } else {
        for (auto const& [name, offset] : seen_)
            if (name == suffix) target = offset;
        if (target == 0) return false;
    }
    if (shifts) shifts_.push_back(static_cast<std::uint16_t>(sections_.size()));
    add_number(pointer_mark | static_cast<std::uint32_t>(target), 2);
    return true;
}

void AnswerWriter::add_name(std::string_view name, Place place)
{
    for (; name.size() > 1; name = parent(name)) {
        if (add_pointer(name, place)) return;
        auto const offset = base_ + sections_.size();
        if (offset <= last_pointer_target) seen_.emplace_back(name, static_cast<std::uint16_t>(offset));
        sections_ += name.substr(0, byte_at(name, 0) + 1);
    }
    sections_ += '\0';
}

void AnswerWriter::add_data(std::uint16_t type, std::string_view rdata)
{
    auto const layout = names_in_data(type);
    if (!layout.compressible) {
        sections_ += rdata;
        return;
    }
    sections_ += rdata.substr(0, layout.before);
    rdata.remove_prefix(std::min(layout.before, rdata.size()));
    for (std::size_t i = 0; i < layout.names; ++i) {
        std::size_t size = 0;
        while (size < rdata.size() && rdata[size] != '\0') size += byte_at(rdata, size) + 1;
        size = std::min(size + 1, rdata.size());
        add_name(rdata.substr(0, size), Place::data);
        rdata.remove_prefix(size);
    }
    sections_ += rdata;
}

void AnswerWriter::add_record(std::string_view owner, std::uint16_t type, std::uint32_t ttl, std::string_view rdata)
{
    add_name(owner, Place::owner);
    add_number(type, 2);
    add_number(1, 2); // class IN
    add_number(ttl, 4);
    auto const length_at = sections_.size();
    add_number(0, 2);
    add_data(type, rdata);
    auto const length = sections_.size() - length_at - 2;
    sections_[length_at] = static_cast<char>(length >> 8U);
    sections_[length_at + 1] = static_cast<char>(length);
}

void AnswerWriter::add_answer(std::string_view owner, std::uint16_t type, std::uint32_t ttl, std::string_view rdata)
{
    add_record(owner, type, ttl, rdata);
    ++answer_.answers;
    needed_ = sections_.size();
}

void AnswerWriter::add_authority(std::string_view owner, std::uint16_t type, std::uint32_t ttl,
                                 std::string_view rdata)
{
    add_record(owner, type, ttl, rdata);
    ++answer_.authorities;
    needed_ = sections_.size();
}

void AnswerWriter::add_glue(std::string_view owner, std::uint16_t type, std::uint32_t ttl, std::string_view rdata)
{
    add_record(owner, type, ttl, rdata);
    ++answer_.additionals;
    ++answer_.needed_additionals;
    needed_ = sections_.size();
}

void AnswerWriter::add_additional(std::string_view owner, std::uint16_t type, std::uint32_t ttl,
                                  std::string_view rdata)
{
    add_record(owner, type, ttl, rdata);
    ++answer_.additionals;
}

Answer AnswerWriter::finish(std::uint16_t type, std::string& bytes)
{
    // What fits no message at all keeps its size here, so that the question is answered with TC; its bytes are not
    // kept.
    answer_.type = type;
    answer_.begin = static_cast<std::uint32_t>(bytes.size());
    answer_.size = static_cast<std::uint32_t>(sections_.size());
    answer_.needed = static_cast<std::uint32_t>(needed_);
    if (needed_ > most_section_octets) return answer_;
    if (sections_.size() > most_section_octets) {
        answer_.size = answer_.needed;
        answer_.additionals = answer_.needed_additionals;
        sections_.resize(needed_);
    }
    bytes += sections_;
    for (auto const position : shifts_) {
        if (position >= sections_.size()) break;
        bytes += static_cast<char>(position >> 8U);
        bytes += static_cast<char>(position);
        ++answer_.shifts;
    }
    return answer_;
}

} // namespace dnsd
