#include "dnsd/resolve/reply.h"

#include <algorithm>
#include <limits>

namespace dnsd::resolve
{

namespace
{
constexpr std::uint32_t no_ttl = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint32_t negative_bit = 0x80000000U;

constexpr NameData name_datas[] = {
    {type::ns, 0, 1, 0}, {3, 0, 1, 0},  {4, 0, 1, 0},  {type::cname, 0, 1, 0}, {type::soa, 0, 2, 20},
    {7, 0, 1, 0},        {8, 0, 1, 0},  {9, 0, 1, 0},  {type::ptr, 0, 1, 0},   {14, 0, 2, 0},
    {15, 2, 1, 0},       {17, 0, 2, 0}, {18, 2, 1, 0}, {21, 2, 1, 0},          {26, 2, 2, 0},
    {33, 6, 1, 0},       {36, 2, 1, 0}, {39, 0, 1, 0},
};

class Reader
{
public:
    Reader(std::string_view message, Reply& reply) : message_(message), reply_(reply) {}

    bool read()
    {
        if (message_.size() < header_size || message_.size() > largest_message) return false;
        read_header();
        return read_question() && read_section(number_at(message_, 6), reply_.answers, &Reader::see_answer) &&
               read_section(number_at(message_, 8), reply_.authorities, &Reader::see_authority) && end_needed() &&
               read_section(number_at(message_, 10), reply_.additionals, &Reader::see_additional) && settle();
    }

private:
    struct Record {
        std::size_t begin;
        std::uint16_t type;
        std::uint32_t ttl;
        std::size_t data; ///< its position
        std::size_t size;
    };
    using See = bool (Reader::*)(Record const&);

    void read_header()
    {
        auto const first = byte_at(message_, 2);
        auto const second = byte_at(message_, 3);
        reply_.authoritative = (first & flag_authoritative) != 0;
        reply_.truncated = (first & flag_truncated) != 0;
        reply_.recursion_available = (second & flag_recursion_available) != 0;
        reply_.authentic = (second & flag_authentic) != 0;
        reply_.rcode = second & mask_rcode;
    }

    bool read_question()
    {
        auto const count = number_at(message_, 4);
        if (count > 1) return false;
        if (count == 1) {
            if (!skip_name(message_.size()) || message_.size() - at_ < question_tail) return false;
            question_type_ = number_at(message_, at_);
            at_ += question_tail;
        }
        reply_.question_end = reply_.needed_end = reply_.end = at_;
        return true;
    }

    bool read_section(std::size_t count, std::uint16_t& kept, See see)
    {
        for (; count > 0; --count) {
            Record record{};
            if (!read_record(record)) return false;
            if (record.type == type::opt && !read_opt(record, see == &Reader::see_additional)) return false;
            if (reply_.has_edns) continue; // OPT and what is behind it (TSIG) ends with us
            if (!(this->*see)(record)) return false;
            reply_.ttls.push_back(static_cast<std::uint16_t>(record.data - record_fixed + ttl_offset));
            reply_.end = at_;
            ++kept;
        }
        return true;
    }

    bool read_record(Record& record)
    {
        record.begin = at_;
        if (!skip_name(message_.size()) || message_.size() - at_ < record_fixed) return false;
        record.type = number_at(message_, at_);
        record.ttl = long_at(message_, at_ + ttl_offset);
        if ((record.ttl & negative_bit) != 0) record.ttl = 0; // RFC 2181 8
        record.size = number_at(message_, at_ + 8);
        at_ += record_fixed;
        record.data = at_;
        if (message_.size() - at_ < record.size) return false;
        bool const good = record.type == type::opt || is_data_sound(record);
        at_ = record.data + record.size;
        return good;
    }

    bool is_data_sound(Record const& record)
    {
        if (record.type == type::a) return record.size == 4;
        if (record.type == type::aaaa) return record.size == 16;
        auto const shape = name_data(record.type);
        return shape.names == 0 || is_data_like(record, shape);
    }

    bool is_data_like(Record const& record, NameData const& shape)
    {
        auto const end = record.data + record.size;
        if (record.size < std::size_t{shape.before} + shape.behind) return false;
        // The TTL of this very record is none yet in the list.
        reply_.ttls.push_back(static_cast<std::uint16_t>(record.data - record_fixed + ttl_offset));
        at_ = record.data + shape.before;
        bool good = true;
        for (unsigned i = 0; good && i < shape.names; ++i) good = skip_name(end);
        reply_.ttls.pop_back();
        return good && at_ + shape.behind == end;
    }

    /// Steps over a name that must end before `limit`. Pointers lead back, to names that ended before they stand, and
    /// through no TTL: what is copied and patched stays what it is.
    bool skip_name(std::size_t limit)
    {
        std::size_t size = 0;
        std::size_t place = at_;
        std::size_t begin = at_; // of the part that is being read
        bool jumped = false;
        for (;;) {
            if (place >= limit || (jumped && is_in_ttl(place))) return false;
            auto const length = byte_at(message_, place);
            if (length >= 0xC0) {
                if (limit - place < 2 || (jumped && is_in_ttl(place + 1))) return false;
                auto const target = number_at(message_, place) & 0x3FFFU;
                if (target >= begin || target < header_size) return false;
                if (!jumped) at_ = place + 2;
                jumped = true;
                limit = begin;
                place = begin = target;
                continue;
            }
            size += length + 1;
            if (length > longest_label || size > longest_name || length >= limit - place) return false;
            place += length + 1;
            if (length > 0) continue;
            if (!jumped) at_ = place;
            return true;
        }
    }

    bool is_in_ttl(std::size_t place) const
    {
        auto const behind = std::upper_bound(reply_.ttls.begin(), reply_.ttls.end(), place);
        return behind != reply_.ttls.begin() && place - *std::prev(behind) < 4;
    }

    bool see_answer(Record const& record)
    {
        smallest_ = std::min(smallest_, record.ttl);
        matched_ = matched_ || record.type == question_type_ || question_type_ == type::any;
        return true;
    }

    bool see_authority(Record const& record)
    {
        if (record.type == type::soa)
            negative_ = std::min(record.ttl, long_at(message_, record.data + record.size - 4) & ~negative_bit);
        return true;
    }

    bool see_additional(Record const&) { return true; }

    bool end_needed()
    {
        reply_.needed_end = reply_.end;
        return true;
    }

    bool read_opt(Record const& record, bool in_additional)
    {
        // RFC 6891 6.1.1: one, owned by the root, in the additional section.
        if (reply_.has_edns || !in_additional || message_[record.begin] != '\0') return false;
        reply_.has_edns = true;
        reply_.rcode |= static_cast<unsigned>(byte_at(message_, record.data - record_fixed + ttl_offset)) << 4U;
        return read_options(message_.substr(record.data, record.size));
    }

    bool read_options(std::string_view options)
    {
        while (!options.empty()) {
            if (options.size() < 4) return false;
            std::size_t const length = number_at(options, 2);
            if (options.size() - 4 < length) return false;
            auto const value = options.substr(4, length);
            auto const code = number_at(options, 0);
            if (code == option::ede && length >= 2 && !reply_.ede) reply_.ede = number_at(value, 0);
            if (code == option::cookie) {
                if (length != 8 && (length < 16 || length > 40)) return false; // RFC 7873 5.3
                reply_.cookie = value;
            }
            options.remove_prefix(4 + length);
        }
        return true;
    }

    bool settle()
    {
        bool const negative = reply_.rcode == rcode::name_error || !matched_;
        auto const lifetime = negative ? std::min(smallest_, negative_) : smallest_;
        reply_.lifetime = lifetime == no_ttl || (negative && negative_ == no_ttl) ? 0 : lifetime;
        return true;
    }

    std::string_view message_;
    Reply& reply_;
    std::size_t at_ = header_size;
    std::uint16_t question_type_ = 0;
    bool matched_ = false;
    std::uint32_t smallest_ = no_ttl; ///< of the answer section
    std::uint32_t negative_ = no_ttl; ///< what the SOA says
};
} // namespace

NameData name_data(std::uint16_t type)
{
    for (auto const& shape : name_datas)
        if (shape.type == type) return shape;
    return {};
}

std::optional<Reply> read_reply(std::string_view message)
{
    Reply reply;
    if (!Reader(message, reply).read()) return std::nullopt;
    return reply;
}

} // namespace dnsd::resolve
