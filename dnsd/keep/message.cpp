#include "dnsd/keep/message.h"

#include "dnsd/zone/name.h"
#include "dnsd/zone/wire_record.h"

#include <array>

namespace dnsd
{

namespace
{
/// How data is put together: 'n' a name, 's' a string with its length in front, 'S' strings to the end, a digit that
/// many octets, 'x' ten octets, '*' the rest. Types that are not here are taken as they are.
std::string_view form_of(std::uint16_t type)
{
    switch (type) {
    case type::a: return "4";
    case type::aaaa: return "97";
    case type::ns:
    case type::cname:
    case type::ptr:
    case type::dname:
    case 3:
    case 4:
    case 7:
    case 8:
    case 9: return "n";
    case type::soa: return "nnxx";
    case type::mx:
    case 18:
    case 21:
    case 36: return "2n";
    case 14:
    case 17: return "nn";
    case type::txt:
    case 99: return "S";
    case 26: return "2nn";
    case type::srv: return "6n";
    case 35: return "4sssn";
    case 24:
    case type::rrsig: return "x8n*";
    case 13: return "ss";
    default: return "*";
    }
}

/// RFC 3597 section 4: only in these may names be compressed.
bool may_compress(std::uint16_t type)
{
    return type == type::ns || type == type::cname || type == type::ptr || type == type::soa || type == type::mx;
}

std::size_t number_at(std::string_view bytes, std::size_t at)
{
    return byte_at(bytes, at) << 8U | byte_at(bytes, at + 1);
}
std::size_t octets(char form) { return form == 'x' ? 10 : static_cast<std::size_t>(form - '0'); }

/// The size of an uncompressed name at the front, 0 when there is none.
std::size_t name_size(std::string_view bytes)
{
    for (std::size_t at = 0; at < bytes.size() && at < longest_name;) {
        auto const label = byte_at(bytes, at);
        if (label == 0) return at + 1;
        if (label > longest_label) return 0;
        at += label + 1;
    }
    return 0;
}
} // namespace

// --- MessageReader

std::optional<std::uint16_t> MessageReader::number16()
{
    if (message_.size() - offset_ < 2) return std::nullopt;
    auto const value = number_at(message_, offset_);
    offset_ += 2;
    return static_cast<std::uint16_t>(value);
}

std::optional<std::uint32_t> MessageReader::number32()
{
    if (message_.size() - offset_ < 4) return std::nullopt;
    auto const value = number_at(message_, offset_) << 16U | number_at(message_, offset_ + 2);
    offset_ += 4;
    return static_cast<std::uint32_t>(value);
}

std::optional<MessageHeader> MessageReader::header()
{
    if (message_.size() < header_size) return std::nullopt;
    return MessageHeader{*number16(), *number16(), *number16(), *number16(), *number16(), *number16()};
}

bool MessageReader::name(std::string& to, std::size_t& offset, bool lower) const
{
    auto const start = to.size();
    auto at = offset;
    auto lowest = offset;       // every pointer must lead further to the front: no loops
    auto end = message_.size(); // what is pointed to must have ended before the pointer
    bool jumped = false;
    for (;;) {
        if (at >= end) return false;
        auto const label = byte_at(message_, at);
        if (label >= 0xC0) {
            if (at + 1 >= end) return false;
            auto const target = number_at(message_, at) & 0x3FFFU;
            if (target >= lowest || target < header_size) return false;
            if (!std::exchange(jumped, true)) offset = at + 2;
            end = at;
            at = lowest = target;
            continue;
        }
        if (label > longest_label || end - at <= label || to.size() - start + label + 1 > longest_name) return false;
        for (std::size_t i = 0; i <= label; ++i)
            to += lower && i > 0 ? lower_byte(message_[at + i]) : message_[at + i];
        at += label + 1;
        if (label == 0) break;
    }
    if (!jumped) offset = at;
    return true;
}

std::optional<Question> MessageReader::question()
{
    Question question;
    if (!name(question.name, offset_, true)) return std::nullopt;
    auto const type = number16();
    auto const klass = number16();
    if (!type || !klass) return std::nullopt;
    question.type = *type;
    question.klass = *klass;
    return question;
}

std::optional<MessageRecord> MessageReader::record()
{
    MessageRecord record;
    if (!name(record.owner, offset_, true)) return std::nullopt;
    auto const type = number16();
    auto const klass = number16();
    auto const ttl = number32();
    auto const size = number16();
    if (!type || !klass || !ttl || !size || message_.size() - offset_ < *size) return std::nullopt;
    record.type = *type;
    record.klass = *klass;
    record.ttl = *ttl;
    if (*size == 0) return record;
    auto data = this->data(*type, *size);
    if (!data) return std::nullopt;
    record.rdata = std::move(*data);
    return record;
}

std::optional<std::uint16_t> MessageReader::skip_record()
{
    std::string owner;
    if (!name(owner, offset_, false) || message_.size() - offset_ < 10) return std::nullopt;
    auto const type = number_at(message_, offset_);
    auto const size = number_at(message_, offset_ + 8);
    offset_ += 10;
    if (message_.size() - offset_ < size) return std::nullopt;
    offset_ += size;
    return static_cast<std::uint16_t>(type);
}

std::optional<std::string> MessageReader::data(std::uint16_t type, std::size_t size)
{
    auto const end = offset_ + size;
    std::string data;
    auto at = offset_;
    for (char const form : form_of(type)) {
        if (form == 'n') {
            if (!name(data, at, true) || at > end) return std::nullopt;
            continue;
        }
        std::size_t count = 0;
        if (form == '*')
            count = end - at;
        else if (form == 's' || form == 'S')
            count = form == 'S' ? end - at : at < end ? byte_at(message_, at) + 1 : size + 1;
        else
            count = octets(form);
        if (count > end - at) return std::nullopt;
        data += message_.substr(at, count);
        at += count;
    }
    if (at != end || !is_well_formed(type, data)) return std::nullopt;
    offset_ = end;
    return data;
}

bool is_well_formed(std::uint16_t type, std::string_view rdata)
{
    for (char const form : form_of(type)) {
        std::size_t count = 0;
        switch (form) {
        case 'n': count = name_size(rdata); break;
        case 's': count = rdata.empty() ? 0 : byte_at(rdata, 0) + 1; break;
        case 'S':
            if (rdata.empty()) return false;
            while (!rdata.empty()) {
                auto const string = byte_at(rdata, 0) + 1;
                if (string > rdata.size()) return false;
                rdata.remove_prefix(string);
            }
            continue;
        case '*': return true;
        default: count = octets(form);
        }
        if (count == 0 || count > rdata.size()) return false;
        rdata.remove_prefix(count);
    }
    return rdata.empty();
}

// --- MessageWriter

MessageWriter::MessageWriter(MessageHeader const& header, std::optional<Question> const& question, std::size_t limit)
    : header_(header), limit_(limit), message_(header_size, '\0')
{
    header_.questions = question ? 1 : 0;
    header_.answers = header_.authorities = header_.additionals = 0;
    if (!question) return;
    put_name(question->name, true);
    put16(question->type);
    put16(question->klass);
}

void MessageWriter::put16(std::size_t value)
{
    message_ += static_cast<char>(value >> 8U & 0xFFU);
    message_ += static_cast<char>(value & 0xFFU);
}

std::optional<std::size_t> MessageWriter::known(std::string_view suffix, std::uint64_t hash) const
{
    auto const found = places_.find(hash);
    if (found == places_.end()) return std::nullopt;
    std::size_t at = found->second; // a hash may lie: compare, following the pointers that we wrote
    while (!suffix.empty()) {
        auto const label = byte_at(message_, at);
        if (label >= 0xC0) {
            at = number_at(message_, at) & 0x3FFFU;
            continue;
        }
        if (suffix.substr(0, label + 1) != std::string_view(message_).substr(at, label + 1)) return std::nullopt;
        suffix.remove_prefix(label + 1);
        at += label + 1;
    }
    return found->second;
}

void MessageWriter::put_name(std::string_view name, bool compress)
{
    std::array<std::uint64_t, most_labels> hashes; // of the suffix that begins with each label
    std::size_t count = 0;
    std::array<std::string_view, most_labels> suffixes;
    for (auto rest = name; rest.size() > 1 && count < most_labels; rest = parent(rest)) suffixes[count++] = rest;
    NameHash hash = root_hash;
    for (std::size_t i = count; i-- > 0;)
        hashes[i] = hash = add_label(hash, suffixes[i].substr(1, byte_at(suffixes[i], 0)));
    for (std::size_t i = 0; i < count; ++i) {
        auto const place = compress ? known(suffixes[i], hashes[i]) : std::nullopt;
        if (place) {
            put16(0xC000U | *place);
            return;
        }
        if (message_.size() < 0x4000) places_.emplace(hashes[i], message_.size());
        message_ += suffixes[i].substr(0, byte_at(suffixes[i], 0) + 1);
    }
    message_ += '\0';
}

void MessageWriter::put_data(std::uint16_t type, std::string_view rdata)
{
    if (!may_compress(type)) {
        message_ += rdata;
        return;
    }
    auto const names = names_in_data(type);
    message_ += rdata.substr(0, names.before);
    rdata.remove_prefix(std::min(names.before, rdata.size()));
    for (std::size_t i = 0; i < names.names; ++i) {
        auto const size = name_size(rdata);
        put_name(rdata.substr(0, size), true);
        rdata.remove_prefix(size);
    }
    message_ += rdata;
}

bool MessageWriter::add(Section section, std::string_view owner, std::uint16_t type, std::uint16_t klass,
                        std::uint32_t ttl, std::string_view rdata)
{
    auto const before = message_.size();
    put_name(owner, true);
    put16(type);
    put16(klass);
    put16(ttl >> 16U);
    put16(ttl);
    auto const length_at = message_.size();
    put16(0);
    put_data(type, rdata);
    if (message_.size() > limit_) {
        message_.resize(before);
        for (auto place = places_.begin(); place != places_.end();)
            place = place->second >= before ? places_.erase(place) : std::next(place);
        return false;
    }
    auto const size = message_.size() - length_at - 2;
    message_[length_at] = static_cast<char>(size >> 8U & 0xFFU);
    message_[length_at + 1] = static_cast<char>(size & 0xFFU);
    ++(section == Section::answer      ? header_.answers
       : section == Section::authority ? header_.authorities
                                       : header_.additionals);
    return true;
}

std::string MessageWriter::take()
{
    std::size_t at = 0;
    for (unsigned const value :
         {header_.id, header_.flags, header_.questions, header_.answers, header_.authorities, header_.additionals}) {
        message_[at++] = static_cast<char>(value >> 8U & 0xFFU);
        message_[at++] = static_cast<char>(value & 0xFFU);
    }
    return std::move(message_);
}

std::string empty_reply(std::string_view request, unsigned rcode, std::uint16_t more_flags)
{
    MessageReader reader(request);
    auto header = reader.header();
    if (!header) return {};
    std::optional<Question> question;
    if (header->questions == 1) question = reader.question();
    // Opcode, RD and CD of the request stay.
    header->flags = static_cast<std::uint16_t>((header->flags & 0x7910U) | MessageHeader::reply | more_flags | rcode);
    MessageWriter writer(*header, question, 65535);
    auto reply = writer.take();
    if (question)
        reply.replace(header_size, question->name.size(), request.substr(header_size, question->name.size()));
    return reply;
}

} // namespace dnsd
