#pragma once
// DNS messages as bytes, for the tests of packets.

#include "dnsd/serve/octets.h"
#include "dnsd/serve/responder.h"
#include "tests/dnsd/fixed_zones.h"

#include <string>
#include <utility>
#include <vector>

namespace support
{

inline std::string number16(std::size_t value) { return {static_cast<char>(value >> 8U), static_cast<char>(value)}; }

inline std::string from_hex(std::string_view text)
{
    std::string bytes;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2)
        bytes += static_cast<char>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16));
    return bytes;
}

inline std::string to_hex(std::string_view bytes)
{
    constexpr auto digits = "0123456789abcdef";
    std::string text;
    for (char const c : bytes) {
        text += digits[static_cast<unsigned char>(c) >> 4U];
        text += digits[static_cast<unsigned char>(c) & 15U];
    }
    return text;
}

struct Counts {
    std::size_t questions = 1, answers = 0, authorities = 0, additionals = 0;
};

/// `flags`: header octets 2 and 3.
inline std::string header(std::size_t flags, Counts const& counts)
{
    return "\x12\x34" + number16(flags) + number16(counts.questions) + number16(counts.answers) +
           number16(counts.authorities) + number16(counts.additionals);
}

inline std::string question(std::string const& name, std::size_t type = 1, std::size_t klass = 1)
{
    return dnsd::wire_name(name).wire + number16(type) + number16(klass);
}

inline std::string record(std::string const& owner, std::size_t type, std::size_t klass, std::string const& data)
{
    return owner + number16(type) + number16(klass) + std::string(4, '\0') + number16(data.size()) + data;
}

inline std::string option(std::size_t code, std::string const& value = "")
{
    return number16(code) + number16(value.size()) + value;
}

struct Opt {
    std::string options;
    std::size_t size = 1232;
    std::size_t version = 0;
    std::size_t flags = 0;
    std::string owner = std::string(1, '\0');

    std::string wire() const
    {
        return owner + number16(41) + number16(size) + number16(version) + number16(flags) +
               number16(options.size()) + options;
    }
};

/// A TSIG record that could be one (RFC 8945 4.2).
inline std::string tsig()
{
    return record(dnsd::wire_name("kunci.").wire, 250, 255,
                  dnsd::wire_name("hmac-sha256.").wire + std::string(6, '\0') + number16(300) + number16(32) +
                      std::string(32, 'x') + "\x12\x34" + number16(0) + number16(0));
}

/// What came back, taken apart without the parser under test.
struct Parsed {
    std::size_t rcode = 0; ///< with the upper bits of OPT
    std::size_t flags = 0;
    std::size_t questions = 0, answers = 0, authorities = 0, additionals = 0;
    bool has_opt = false;
    std::size_t opt_flags = 0;
    std::vector<std::pair<std::size_t, std::string>> options;

    std::string option(std::size_t code) const
    {
        for (auto const& [number, value] : options)
            if (number == code) return value;
        return "none";
    }
    bool operator[](std::size_t flag) const { return (flags & flag) != 0; }
};

inline constexpr std::size_t aa = 0x400, tc = 0x200, rd = 0x100, ra = 0x80, ad = 0x20, cd = 0x10;

inline std::size_t skip_name(std::string_view message, std::size_t at)
{
    for (;;) {
        auto const length = dnsd::byte_at(message, at);
        if (length >= 0xC0) return at + 2;
        at += length + 1;
        if (length == 0) return at;
    }
}

inline void parse_options(std::string_view data, Parsed& parsed)
{
    while (data.size() >= 4) {
        std::size_t const size = dnsd::number_at(data, 2);
        parsed.options.emplace_back(dnsd::number_at(data, 0), data.substr(4, size));
        data.remove_prefix(4 + size);
    }
}

inline Parsed parse(std::string_view message)
{
    using dnsd::number_at;
    Parsed parsed;
    parsed.flags = number_at(message, 2);
    parsed.rcode = parsed.flags & 15U;
    parsed.questions = number_at(message, 4);
    parsed.answers = number_at(message, 6);
    parsed.authorities = number_at(message, 8);
    parsed.additionals = number_at(message, 10);
    std::size_t at = 12;
    for (std::size_t i = 0; i < parsed.questions; ++i) at = skip_name(message, at) + 4;
    for (std::size_t i = 0; i < parsed.answers + parsed.authorities + parsed.additionals; ++i) {
        at = skip_name(message, at);
        std::size_t const size = number_at(message, at + 8);
        if (number_at(message, at) == 41) {
            parsed.has_opt = true;
            parsed.rcode |= dnsd::byte_at(message, at + 4) << 4U;
            parsed.opt_flags = number_at(message, at + 6);
            parse_options(message.substr(at + 10, size), parsed);
        }
        at += 10 + size;
    }
    if (at != message.size()) throw std::runtime_error("the reply has a wrong length");
    return parsed;
}

/// Read once for all tests.
inline std::shared_ptr<dnsd::ZoneSet const> fixed_zones()
{
    static auto const set = std::make_shared<dnsd::ZoneSet const>(make_zone_set(fixed_zone_texts()));
    return set;
}

/// A responder with everything switched on: recursion for 192.168.10.0/24, a keeper, RFC 9018's secret.
class Asker
{
public:
    static constexpr std::string_view secret = "e5e973e5a6b2a43f48e7dc849e37bfcf";

    Asker() : responder_(options()) {}

    dnsd::Exchange const& ask(std::string const& packet, std::string_view from = "198.51.100.100",
                              dnsd::Transport transport = dnsd::Transport::udp)
    {
        exchange_ = std::make_unique<dnsd::Exchange>();
        exchange_->client = {*net::IpAddress::parse(from), 5353, transport};
        packet_ = packet;
        reply_.assign(transport == dnsd::Transport::udp ? dnsd::largest_udp_reply : dnsd::largest_message, '\x55');
        responder_.handle(*fixed_zones(), packet_, reply_, *exchange_, 100);
        reply_.resize(exchange_->action == dnsd::Action::send ? exchange_->size : 0);
        return *exchange_;
    }
    Parsed reply(std::string const& packet, std::string_view from = "198.51.100.100",
                 dnsd::Transport transport = dnsd::Transport::udp)
    {
        ask(packet, from, transport);
        if (reply_.empty()) throw std::runtime_error("no reply");
        return parse(reply_);
    }
    std::string const& bytes() const { return reply_; }

private:
    static dnsd::ResponderOptions options()
    {
        dnsd::SipKey key{};
        auto const bytes = from_hex(secret);
        std::memcpy(key.data(), bytes.data(), sizeof key);
        dnsd::ResponderOptions options;
        options.version = "Kotakpos 1";
        options.server_id = "kotak";
        options.recursion = true;
        options.networks = {*net::Network::parse("192.168.10.0/24")};
        options.keeper = true;
        options.cookies = std::make_shared<dnsd::Cookies>(key, 0U);
        return options;
    }

    dnsd::Responder responder_;
    std::unique_ptr<dnsd::Exchange> exchange_;
    std::string packet_;
    std::string reply_;
};

} // namespace support
