#include "dnsd/keep/tsig.h"

#include "appliance/base/secret.h"
#include "dnsd/keep/message.h"
#include "dnsd/zone/name.h"
#include "dnsd/zone/wire_record.h"

#include <array>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace dnsd
{

namespace
{
constexpr std::uint16_t fudge = 300;
constexpr unsigned most_unsigned = 99; // RFC 8945 5.3.1
constexpr std::size_t shortest_mac = 10;

struct Algorithm {
    TsigAlgorithm algorithm;
    std::string_view name;
    std::string_view wire;
    std::size_t size;
    EVP_MD const* (*digest)();
};
constexpr std::string_view with_root(char const* text, std::size_t size) { return {text, size}; }
constexpr Algorithm algorithms[] = {
    {TsigAlgorithm::sha1, "hmac-sha1", with_root("\x09hmac-sha1\0", 11), 20, EVP_sha1},
    {TsigAlgorithm::sha224, "hmac-sha224", with_root("\x0bhmac-sha224\0", 13), 28, EVP_sha224},
    {TsigAlgorithm::sha256, "hmac-sha256", with_root("\x0bhmac-sha256\0", 13), 32, EVP_sha256},
    {TsigAlgorithm::sha384, "hmac-sha384", with_root("\x0bhmac-sha384\0", 13), 48, EVP_sha384},
    {TsigAlgorithm::sha512, "hmac-sha512", with_root("\x0bhmac-sha512\0", 13), 64, EVP_sha512},
};
Algorithm const& facts(TsigAlgorithm algorithm) { return algorithms[static_cast<std::size_t>(algorithm)]; }

void put(std::string& to, std::uint64_t value, std::size_t octets)
{
    while (octets-- > 0) to += static_cast<char>(value >> (8 * octets) & 0xFFU);
}

std::uint64_t take(std::string_view& bytes, std::size_t octets)
{
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < octets; ++i) value = value << 8U | byte_at(bytes, i);
    bytes.remove_prefix(octets);
    return value;
}

std::size_t name_end(std::string_view bytes)
{
    std::size_t at = 0;
    while (at < bytes.size() && at < longest_name) {
        auto const label = byte_at(bytes, at);
        if (label > longest_label) return 0;
        at += label + 1;
        if (label == 0) return at;
    }
    return 0;
}

std::string lower(std::string_view name)
{
    std::string text(name);
    for (auto& c : text) c = lower_byte(c);
    return text;
}

/// Data of a TSIG record: algorithm, time, fudge, MAC, original id, error, other (RFC 8945 4.2).
bool read_data(std::string_view data, TsigRecord& record)
{
    auto const name = name_end(data);
    if (name == 0) return false;
    record.algorithm = lower(data.substr(0, name));
    data.remove_prefix(name);
    if (data.size() < 10) return false;
    record.time = take(data, 6);
    record.fudge = static_cast<std::uint16_t>(take(data, 2));
    auto const mac = take(data, 2);
    if (data.size() < mac + 6) return false;
    record.mac = data.substr(0, mac);
    data.remove_prefix(mac);
    record.original_id = static_cast<std::uint16_t>(take(data, 2));
    record.error = static_cast<std::uint16_t>(take(data, 2));
    auto const other = take(data, 2);
    record.other = data;
    return data.size() == other;
}

std::uint64_t seconds(base::Timestamp when) { return static_cast<std::uint64_t>(when / 1'000'000); }

bool is_timely(TsigRecord const& record, base::Timestamp now)
{
    auto const here = seconds(now);
    return (record.time > here ? record.time - here : here - record.time) <= record.fudge;
}

std::string timers(TsigRecord const& record)
{
    std::string text;
    put(text, record.time, 6);
    put(text, record.fudge, 2);
    return text;
}

std::string append_record(std::string message, TsigRecord const& record)
{
    message += record.key;
    put(message, type::tsig, 2);
    put(message, klass::any, 2);
    put(message, 0, 4);
    put(message, record.algorithm.size() + 16 + record.mac.size() + record.other.size(), 2);
    message += record.algorithm;
    message += timers(record);
    put(message, record.mac.size(), 2);
    message += record.mac;
    put(message, record.original_id, 2);
    put(message, record.error, 2);
    put(message, record.other.size(), 2);
    message += record.other;
    auto const additionals = (byte_at(message, 10) << 8U | byte_at(message, 11)) + 1;
    message[10] = static_cast<char>(additionals >> 8U & 0xFFU);
    message[11] = static_cast<char>(additionals & 0xFFU);
    return message;
}

std::uint16_t id_of(std::string_view message)
{
    return static_cast<std::uint16_t>(byte_at(message, 0) << 8U | byte_at(message, 1));
}
} // namespace

std::optional<TsigAlgorithm> tsig_algorithm(std::string_view name)
{
    for (auto const& algorithm : algorithms)
        if (algorithm.name == name) return algorithm.algorithm;
    return std::nullopt;
}

std::string_view algorithm_name(TsigAlgorithm algorithm) { return facts(algorithm).name; }

FoundTsig find_tsig(std::string_view message)
{
    FoundTsig const bad{true, {}};
    MessageReader reader(message);
    auto const header = reader.header();
    if (!header) return bad;
    for (unsigned i = 0; i < header->questions; ++i)
        if (!reader.question()) return bad;
    unsigned const others = header->answers + header->authorities;
    unsigned const all = others + header->additionals;
    for (unsigned i = 0; i < all; ++i) {
        TsigRecord found;
        found.offset = reader.offset();
        auto peek = reader;
        auto const type = reader.skip_record();
        if (!type) return bad;
        if (*type != type::tsig) continue;
        auto const record = peek.record();
        if (!record || i + 1 != all || i < others || record->klass != klass::any || record->ttl != 0) return bad;
        found.key = record->owner;
        if (!read_data(record->rdata, found)) return bad;
        if (!reader.at_end()) return bad;
        return {false, std::move(found)};
    }
    if (!reader.at_end()) return bad;
    return {};
}

std::string without_tsig(std::string_view message, TsigRecord const& record)
{
    std::string bare(message.substr(0, record.offset));
    auto const additionals = (byte_at(bare, 10) << 8U | byte_at(bare, 11)) - 1;
    bare[10] = static_cast<char>(additionals >> 8U & 0xFFU);
    bare[11] = static_cast<char>(additionals & 0xFFU);
    bare[0] = static_cast<char>(record.original_id >> 8U);
    bare[1] = static_cast<char>(record.original_id & 0xFFU);
    return bare;
}

/// RFC 8945 4.3.3: what is digested of the record itself.
std::string TsigContext::variables(TsigRecord const& record) const
{
    std::string text = key_.name;
    put(text, klass::any, 2);
    put(text, 0, 4);
    text += facts(key_.algorithm).wire;
    text += timers(record);
    put(text, record.error, 2);
    put(text, record.other.size(), 2);
    text += record.other;
    return text;
}

std::string TsigContext::digest_begin() const
{
    std::string text;
    if (last_mac_.empty()) return text;
    put(text, last_mac_.size(), 2);
    text += last_mac_;
    return text;
}

std::string TsigContext::mac(std::string_view digested) const
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    unsigned size = 0;
    auto const* bytes = static_cast<unsigned char const*>(static_cast<void const*>(digested.data()));
    ::HMAC(facts(key_.algorithm).digest(), key_.secret.data(), static_cast<int>(key_.secret.size()), bytes,
           digested.size(), out.data(), &size);
    return {static_cast<char const*>(static_cast<void const*>(out.data())), size};
}

bool TsigContext::mac_fits(std::string_view given, std::string_view digested) const
{
    return base::equal_secret(given, std::string_view(mac(digested)).substr(0, given.size()));
}

std::string TsigContext::append(std::string message, TsigRecord const& record)
{
    auto digested = digest_begin() + message + (answering_ ? timers(record) : variables(record));
    TsigRecord filled = record;
    last_mac_ = filled.mac = mac(digested);
    return append_record(std::move(message), filled);
}

std::string TsigContext::sign(std::string message, base::Timestamp now)
{
    TsigRecord record;
    record.key = key_.name;
    record.algorithm = facts(key_.algorithm).wire;
    record.time = seconds(now);
    record.fudge = fudge;
    record.original_id = id_of(message);
    bool const is_answer = !last_mac_.empty();
    auto result = append(std::move(message), record);
    answering_ = is_answer;
    return result;
}

std::string TsigContext::sign_error(std::string message, TsigError error, base::Timestamp now)
{
    TsigRecord record;
    record.key = key_.name;
    record.algorithm = facts(key_.algorithm).wire;
    record.time = request_time_;
    record.fudge = fudge;
    record.original_id = id_of(message);
    record.error = static_cast<std::uint16_t>(error);
    if (error == TsigError::bad_time) put(record.other, seconds(now), 6);
    return append(std::move(message), record);
}

TsigError TsigContext::verify_request(std::string_view message, TsigRecord const& record, base::Timestamp now)
{
    auto const& algorithm = facts(key_.algorithm);
    request_time_ = record.time;
    if (record.algorithm != algorithm.wire) return TsigError::bad_key;
    if (record.mac.size() > algorithm.size || record.mac.size() < std::max(shortest_mac, algorithm.size / 2))
        return TsigError::malformed; // RFC 8945 5.2.2.1
    if (!mac_fits(record.mac, without_tsig(message, record) + variables(record))) return TsigError::bad_signature;
    last_mac_ = record.mac;
    if (!is_timely(record, now)) return TsigError::bad_time;
    return TsigError::none;
}

bool TsigContext::verify_reply(std::string_view message, base::Timestamp now)
{
    auto const found = find_tsig(message);
    if (found.malformed) return false;
    if (!found.record) {
        if (!answering_) return false;
        unsigned_bytes_ += message;
        return ++unsigned_messages_ <= most_unsigned;
    }
    auto const& record = *found.record;
    auto const& algorithm = facts(key_.algorithm);
    if (record.key != key_.name || record.algorithm != algorithm.wire || record.mac.size() > algorithm.size ||
        record.mac.size() < std::max(shortest_mac, algorithm.size / 2))
        return false;
    auto const digested = digest_begin() + unsigned_bytes_ + without_tsig(message, record) +
                          (answering_ ? timers(record) : variables(record));
    if (!mac_fits(record.mac, digested) || !is_timely(record, now) || record.error != 0) return false;
    last_mac_ = record.mac;
    answering_ = true;
    unsigned_bytes_.clear();
    unsigned_messages_ = 0;
    return true;
}

std::string append_unsigned_tsig(std::string message, TsigRecord const& request, TsigError error)
{
    TsigRecord record;
    record.key = request.key;
    record.algorithm = request.algorithm;
    record.time = request.time;
    record.fudge = request.fudge;
    record.original_id = id_of(message);
    record.error = static_cast<std::uint16_t>(error);
    return append_record(std::move(message), record);
}

} // namespace dnsd
