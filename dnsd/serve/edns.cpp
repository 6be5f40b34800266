#include "dnsd/serve/edns.h"

#include "dnsd/serve/octets.h"
#include "dnsd/serve/query.h"
#include "dnsd/zone/wire_record.h"

#include <algorithm>
#include <cstring>

namespace dnsd
{

namespace
{
namespace code
{
constexpr std::uint16_t nsid = 3, cookie = 10, keepalive = 11, padding = 12, error = 15;
}
constexpr std::size_t option_head = 4;
constexpr std::size_t opt_fixed_size = 11;
constexpr std::size_t client_cookie_size = 8;
constexpr std::size_t least_server_cookie = 8;
constexpr std::size_t most_server_cookie = 32;

void read_cookie(std::string_view value, EdnsOptions& options)
{
    auto const server = value.size() - std::min(value.size(), client_cookie_size);
    bool const good = value.size() >= client_cookie_size &&
                      (server == 0 || (server >= least_server_cookie && server <= most_server_cookie));
    options.bad_cookie = options.bad_cookie || !good;
    if (!good || !options.client_cookie.empty()) return; // RFC 7873 5.2: of several only the first counts
    options.client_cookie = value.substr(0, client_cookie_size);
    options.server_cookie = value.substr(client_cookie_size);
}

void read_option(std::uint16_t code, std::string_view value, EdnsOptions& options)
{
    switch (code) {
    case code::nsid: options.asks_nsid = true; break;
    case code::cookie: read_cookie(value, options); break;
    case code::keepalive:
        options.asks_keepalive = true;
        options.bad_keepalive = !value.empty();
        break;
    case code::padding: options.asks_padding = true; break;
    default: break;
    }
}

std::size_t put_option(std::uint16_t code, std::size_t size, std::span<char> reply, std::size_t at)
{
    put_number(reply, at, code);
    put_number(reply, at + 2, size);
    return at + option_head;
}

std::size_t put_bytes(std::string_view bytes, std::span<char> reply, std::size_t at)
{
    std::memcpy(reply.data() + at, bytes.data(), bytes.size());
    return at + bytes.size();
}

std::size_t put_padding(std::size_t block, std::span<char> reply, std::size_t at)
{
    auto const end = (at + option_head + block - 1) / block * block;
    if (end > reply.size()) return at;
    auto const size = end - at - option_head;
    at = put_option(code::padding, size, reply, at);
    std::memset(reply.data() + at, 0, size);
    return end;
}
} // namespace

bool read_options(std::string_view bytes, EdnsOptions& options)
{
    while (!bytes.empty()) {
        if (bytes.size() < option_head) return false;
        std::size_t const length = number_at(bytes, 2);
        if (bytes.size() - option_head < length) return false;
        read_option(number_at(bytes, 0), bytes.substr(option_head, length), options);
        bytes.remove_prefix(option_head + length);
    }
    return true;
}

std::size_t OptReply::size() const
{
    auto total = opt_fixed_size;
    if (!nsid.empty()) total += option_head + nsid.size();
    if (!client_cookie.empty()) total += option_head + client_cookie.size() + server_cookie.size();
    if (keepalive != 0) total += option_head + sizeof keepalive;
    if (error != 0) total += option_head + sizeof error;
    return total;
}

std::size_t put_opt(OptReply const& opt, std::span<char> reply, std::size_t at)
{
    constexpr char fixed[opt_fixed_size] = {
        0, 0, type::opt, largest_udp_reply >> 8U, static_cast<char>(largest_udp_reply & 0xFFU), 0, 0, 0, 0, 0, 0};
    auto const begin = at;
    at = put_bytes({fixed, sizeof fixed}, reply, at);
    reply[begin + 5] = static_cast<char>(opt.extended_rcode);
    if (opt.dnssec_ok) reply[begin + 7] = static_cast<char>(0x80);
    if (!opt.nsid.empty()) at = put_bytes(opt.nsid, reply, put_option(code::nsid, opt.nsid.size(), reply, at));
    if (!opt.client_cookie.empty()) {
        at = put_option(code::cookie, opt.client_cookie.size() + opt.server_cookie.size(), reply, at);
        at = put_bytes(opt.client_cookie, reply, at);
        at = put_bytes({opt.server_cookie.data(), opt.server_cookie.size()}, reply, at);
    }
    for (auto const& [code, value] : {std::pair{code::keepalive, opt.keepalive}, std::pair{code::error, opt.error}}) {
        if (value == 0) continue;
        at = put_option(code, sizeof value, reply, at);
        put_number(reply, at, value);
        at += sizeof value;
    }
    if (opt.block > 0) at = put_padding(opt.block, reply, at);
    put_number(reply, begin + opt_fixed_size - 2, at - begin - opt_fixed_size);
    return at;
}

} // namespace dnsd
