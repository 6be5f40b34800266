#include "dnsd/serve/cookies.h"

#include "appliance/base/secret.h"

#include <cstring>

namespace dnsd
{

namespace
{
constexpr std::uint32_t one_day = 24 * 3600;
// RFC 9018 4.3: accepted for an hour, and a little from the future (clocks differ); renewed after half of it.
constexpr std::uint32_t good_for = 3600;
constexpr std::uint32_t fresh_for = 1800;
constexpr std::uint32_t from_future = 300;
constexpr std::size_t time_at = 4;
constexpr std::size_t hash_at = 8;
constexpr std::size_t client_cookie_size = 8;

SipKey random_key()
{
    SipKey key{};
    auto const bytes = base::random_bytes(sizeof key);
    std::memcpy(key.data(), bytes.data(), sizeof key);
    return key;
}

std::uint32_t time_of(std::string_view cookie)
{
    std::uint32_t time = 0;
    for (std::size_t i = 0; i < 4; ++i) time = time << 8U | static_cast<unsigned char>(cookie[time_at + i]);
    return time;
}

/// The hash over client cookie, the first half of the server cookie and the client's address.
std::uint64_t hash_of(SipKey const& secret, std::string_view client_cookie, std::string_view cookie,
                      net::IpAddress const& client)
{
    std::array<char, client_cookie_size + hash_at + 16> text{};
    std::memcpy(text.data(), client_cookie.data(), client_cookie_size);
    std::memcpy(text.data() + client_cookie_size, cookie.data(), hash_at);
    auto const skip = client.is_v4() ? std::size_t{12} : std::size_t{0};
    auto const& address = client.bytes();
    std::memcpy(text.data() + client_cookie_size + hash_at, address.data() + skip, address.size() - skip);
    return siphash<2, 4>(secret, {text.data(), text.size() - skip});
}
} // namespace

ServerCookie make_server_cookie(SipKey const& secret, std::string_view client_cookie, net::IpAddress const& client,
                                std::uint32_t time)
{
    ServerCookie cookie{};
    cookie[0] = 1;
    for (std::size_t i = 0; i < 4; ++i) cookie[time_at + i] = static_cast<char>(time >> (24 - 8 * i));
    auto const hash = hash_of(secret, client_cookie, {cookie.data(), cookie.size()}, client);
    std::memcpy(cookie.data() + hash_at, &hash, sizeof hash);
    return cookie;
}

Cookies::Cookies(std::uint32_t now) : Cookies(random_key(), now) { roll(random_key()); }

Cookies::Cookies(SipKey const& secret, std::uint32_t now) : next_roll_(now + one_day)
{
    for (auto& words : secrets_)
        for (std::size_t i = 0; i < 2; ++i) words[i] = secret[i];
}

SipKey Cookies::secret(std::uint32_t generation) const
{
    auto const& words = secrets_[generation % kept];
    return {words[0].load(std::memory_order_relaxed), words[1].load(std::memory_order_relaxed)};
}

void Cookies::roll(SipKey const& secret)
{
    auto const next = generation_.load(std::memory_order_relaxed) + 1;
    for (std::size_t i = 0; i < 2; ++i) secrets_[next % kept][i].store(secret[i], std::memory_order_relaxed);
    generation_.store(next, std::memory_order_release);
}

void Cookies::roll_daily(std::uint32_t now)
{
    auto due = next_roll_.load(std::memory_order_relaxed);
    if (now < due || !next_roll_.compare_exchange_strong(due, now + one_day)) return;
    roll(random_key());
}

bool Cookies::is_ours(std::string_view client_cookie, std::string_view server_cookie, net::IpAddress const& client,
                      std::uint32_t now) const
{
    if (server_cookie.size() != server_cookie_size || server_cookie[0] != 1) return false;
    auto const age = static_cast<std::int32_t>(now - time_of(server_cookie)); // RFC 1982: serial arithmetic
    if (age > static_cast<std::int32_t>(good_for) || age < -static_cast<std::int32_t>(from_future)) return false;
    std::uint64_t shown = 0;
    std::memcpy(&shown, server_cookie.data() + hash_at, sizeof shown);
    auto const generation = generation_.load(std::memory_order_acquire);
    return hash_of(secret(generation), client_cookie, server_cookie, client) == shown ||
           hash_of(secret(generation - 1), client_cookie, server_cookie, client) == shown;
}

Cookies::Checked Cookies::check(std::string_view client_cookie, std::string_view server_cookie,
                                net::IpAddress const& client, std::uint32_t now)
{
    roll_daily(now);
    Checked checked;
    checked.good = is_ours(client_cookie, server_cookie, client, now);
    auto const newest = secret(generation_.load(std::memory_order_acquire));
    bool const fresh = checked.good &&
                       static_cast<std::int32_t>(now - time_of(server_cookie)) < static_cast<std::int32_t>(fresh_for);
    auto const time = fresh ? time_of(server_cookie) : now;
    checked.reply = make_server_cookie(newest, client_cookie, client, time);
    return checked;
}

} // namespace dnsd
