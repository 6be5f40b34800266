#pragma once
// DNS messages as the keeper reads and writes them: whole, record by record, by hand. Not for the query path
// (serve/query.h). Names come out uncompressed and in lower case, in the data of records too.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace dnsd
{

inline constexpr std::size_t header_size = 12;

namespace rcode
{
inline constexpr unsigned no_error = 0, format_error = 1, server_failure = 2, name_error = 3, not_implemented = 4,
                          refused = 5, name_exists = 6, set_exists = 7, set_missing = 8, not_authoritative = 9,
                          not_in_zone = 10;
}
namespace opcode
{
inline constexpr unsigned query = 0, notify = 4, update = 5;
}
namespace klass
{
inline constexpr std::uint16_t in = 1, none = 254, any = 255;
}

struct MessageHeader {
    std::uint16_t id = 0;
    std::uint16_t flags = 0;
    std::uint16_t questions = 0, answers = 0, authorities = 0, additionals = 0;

    static constexpr std::uint16_t reply = 0x8000, authoritative = 0x0400, truncated = 0x0200,
                                   wants_recursion = 0x0100;
    unsigned opcode() const { return flags >> 11U & 15U; }
    unsigned rcode() const { return flags & 15U; }
    bool is_reply() const { return (flags & reply) != 0; }
};

struct Question {
    std::string name;
    std::uint16_t type = 0;
    std::uint16_t klass = klass::in;
    bool operator==(Question const&) const = default;
};

/// RFC 2181 8: a time to live with its first bit set counts as zero.
constexpr std::uint32_t sound_ttl(std::uint32_t ttl) { return ttl > 0x7FFFFFFFU ? 0 : ttl; }

struct MessageRecord {
    std::string owner;
    std::uint16_t type = 0;
    std::uint16_t klass = klass::in;
    std::uint32_t ttl = 0;
    std::string rdata;
    bool operator==(MessageRecord const&) const = default;
};

/// Reads a message from front to back. Everything gives nothing at bad input; then the message is malformed.
class MessageReader
{
public:
    explicit MessageReader(std::string_view message) : message_(message) {}

    std::optional<MessageHeader> header();
    std::optional<Question> question();
    /// Data of an empty record (UPDATE's deletions) is empty; of a known type it is checked for its form.
    std::optional<MessageRecord> record();
    /// Steps over a record whose data may be anything; gives its type.
    std::optional<std::uint16_t> skip_record();
    bool at_end() const { return offset_ == message_.size(); }
    std::size_t offset() const { return offset_; }

private:
    std::optional<std::uint16_t> number16();
    std::optional<std::uint32_t> number32();
    /// From the offset on; moves it behind the name.
    bool name(std::string& to, std::size_t& offset, bool lower) const;
    std::optional<std::string> data(std::uint16_t type, std::size_t size);

    std::string_view message_;
    std::size_t offset_ = 0;
};

/// The data as records of that type have it: names whole, strings within bounds, addresses of their size.
bool is_well_formed(std::uint16_t type, std::string_view rdata);

/// Puts a message together, with compressed names.
class MessageWriter
{
public:
    enum class Section { answer, authority, additional };

    /// `limit`: octets that it may have at most.
    MessageWriter(MessageHeader const& header, std::optional<Question> const& question, std::size_t limit);
    /// False: it does not fit (nothing was written). Sections in order.
    bool add(Section section, std::string_view owner, std::uint16_t type, std::uint16_t klass, std::uint32_t ttl,
             std::string_view rdata);
    bool add(Section section, MessageRecord const& record)
    {
        return add(section, record.owner, record.type, record.klass, record.ttl, record.rdata);
    }
    /// Makes room for so many octets more.
    void grow(std::size_t octets) { limit_ += octets; }
    bool is_empty() const { return header_.answers + header_.authorities + header_.additionals == 0; }
    std::size_t size() const { return message_.size(); }
    std::string take();

private:
    void put16(std::size_t value);
    void put_name(std::string_view name, bool compress);
    void put_data(std::uint16_t type, std::string_view rdata);
    std::optional<std::size_t> known(std::string_view suffix, std::uint64_t hash) const;

    MessageHeader header_;
    std::size_t limit_;
    std::string message_;
    std::unordered_map<std::uint64_t, std::size_t> places_; ///< where a suffix was written, by its hash
};

/// The header's counts and flags of a reply to `request` with nothing but its question; empty when not even the
/// header can be read.
std::string empty_reply(std::string_view request, unsigned rcode, std::uint16_t more_flags = 0);

} // namespace dnsd
