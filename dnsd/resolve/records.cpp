#include "dnsd/resolve/records.h"

#include <array>

namespace dnsd::resolve
{

namespace
{
constexpr std::size_t last_pointer_target = 0x3FFF;

/// The name at `at`, which is moved behind it.
std::string read_name(std::string_view message, std::size_t& at)
{
    std::string name;
    bool jumped = false;
    for (auto place = at;;) {
        auto const length = byte_at(message, place);
        if (length > longest_label) {
            if (!std::exchange(jumped, true)) at = place + 2;
            place = number_at(message, place) & last_pointer_target;
            continue;
        }
        name += message.substr(place, length + 1);
        place += length + 1;
        if (!jumped) at = place;
        if (length == 0) return name;
    }
}

std::string read_data(std::string_view message, std::size_t at, std::size_t size, std::uint16_t type)
{
    auto const shape = name_data(type);
    if (shape.names == 0) return std::string(message.substr(at, size));
    auto const end = at + size;
    std::string data(message.substr(at, shape.before));
    at += shape.before;
    for (unsigned i = 0; i < shape.names; ++i) data += read_name(message, at);
    return data + std::string(message.substr(at, end - at));
}
} // namespace

std::vector<PlainRecord> plain_records(std::string_view message, Reply const& reply)
{
    std::vector<PlainRecord> records;
    auto at = reply.question_end;
    while (at < reply.end) {
        PlainRecord record;
        auto const number = records.size();
        record.part = number < reply.answers                                    ? Part::answer
                      : number < std::size_t{reply.answers} + reply.authorities ? Part::authority
                                                                                : Part::additional;
        record.owner = read_name(message, at);
        record.type = number_at(message, at);
        record.klass = number_at(message, at + 2);
        record.ttl = long_at(message, at + ttl_offset);
        std::size_t const size = number_at(message, at + 8);
        at += record_fixed;
        record.data = read_data(message, at, size, record.type);
        at += size;
        records.push_back(std::move(record));
    }
    return records;
}

void append_record(std::string& message, PlainRecord const& record, std::string_view last, std::size_t last_at)
{
    std::array<char, 2 + record_fixed> head{};
    if (record.owner == last && last_at <= last_pointer_target) {
        put_number(head, 0, 0xC000U | last_at);
        message.append(head.data(), 2);
    } else {
        message += record.owner;
    }
    put_number(head, 0, record.type);
    put_number(head, 2, record.klass);
    put_long(head, ttl_offset, record.ttl);
    put_number(head, 8, record.data.size());
    message.append(head.data(), record_fixed);
    message += record.data;
}

} // namespace dnsd::resolve
