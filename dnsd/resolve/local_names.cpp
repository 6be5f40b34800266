#include "dnsd/resolve/local_names.h"

#include <array>
#include <string>
#include <unordered_set>
#include <vector>

namespace dnsd::resolve
{

namespace
{
using namespace std::string_view_literals;

constexpr std::uint32_t empty_zone_ttl = 10800; ///< RFC 6303 3
constexpr unsigned first_private_172 = 16;
constexpr unsigned last_private_172 = 31;
constexpr unsigned first_shared_100 = 64; ///< 100.64.0.0/10, RFC 7793
constexpr unsigned last_shared_100 = 127;

constexpr char const* empty_zones[] = {
    "invalid.",
    "test.",
    "local.",
    "onion.",
    "alt.",
    "home.arpa.",
    "resolver.arpa.",
    "10.in-addr.arpa.",
    "168.192.in-addr.arpa.",
    "0.in-addr.arpa.",
    "127.in-addr.arpa.",
    "254.169.in-addr.arpa.",
    "2.0.192.in-addr.arpa.",
    "100.51.198.in-addr.arpa.",
    "113.0.203.in-addr.arpa.",
    "255.255.255.255.in-addr.arpa.",
    "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa.",
    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa.",
    "d.f.ip6.arpa.",
    "8.e.f.ip6.arpa.",
    "9.e.f.ip6.arpa.",
    "a.e.f.ip6.arpa.",
    "b.e.f.ip6.arpa.",
    "8.b.d.0.1.0.0.2.ip6.arpa.",
};
constexpr auto localhost = "\x09localhost\0"sv;
constexpr auto loopback_v4 = "\0011\0010\0010\003127\7in-addr\4arpa\0"sv;
constexpr auto address_v4 = "\x7F\0\0\1"sv;
constexpr auto address_v6 = "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"sv;

std::unordered_set<std::string> const& zones()
{
    static auto const set = [] {
        std::unordered_set<std::string> made;
        for (auto const* text : empty_zones) made.insert(must_wire_name(text));
        for (auto i = first_private_172; i <= last_private_172; ++i)
            made.insert(must_wire_name(std::to_string(i) + ".172.in-addr.arpa."));
        for (auto i = first_shared_100; i <= last_shared_100; ++i)
            made.insert(must_wire_name(std::to_string(i) + ".100.in-addr.arpa."));
        return made;
    }();
    return set;
}

std::string const& loopback_v6()
{
    static auto const name =
        must_wire_name("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa.");
    return name;
}

/// A record whose owner is the question's name from its octet `from` on.
void add_record(Answer& answer, std::size_t from, std::uint16_t type, std::string_view data)
{
    std::array<char, 2 + record_fixed> head{};
    put_number(head, 0, 0xC000U | (header_size + from));
    put_number(head, 2, type);
    put_number(head, 4, class_in);
    put_long(head, 6, empty_zone_ttl);
    put_number(head, 10, data.size());
    answer.body.append(head.data(), head.size());
    answer.body += data;
}

/// RFC 6303 3: the zone is its own name server, and nobody is responsible.
void add_soa(Answer& answer, std::size_t zone_at)
{
    std::array<char, 2> self{};
    put_number(self, 0, 0xC000U | (header_size + zone_at));
    std::string data(self.data(), self.size());
    data += "\6nobody\7invalid\0"sv;
    std::array<char, 20> numbers{};
    std::size_t at = 0;
    for (std::uint32_t const number : {1U, 3600U, 1200U, 604800U, empty_zone_ttl}) {
        put_long(numbers, at, number);
        at += 4;
    }
    data.append(numbers.data(), numbers.size());
    add_record(answer, zone_at, type::soa, data);
}

Answer finish(Answer answer, unsigned rcode, bool has_answer)
{
    answer.shape.rcode = rcode;
    answer.shape.authoritative = true;
    (has_answer ? answer.shape.answers : answer.shape.authorities) = 1;
    answer.shape.needed = answer.body.size();
    return answer;
}

Answer deny(unsigned rcode, std::size_t zone_at)
{
    Answer answer;
    add_soa(answer, zone_at);
    return finish(std::move(answer), rcode, false);
}

Answer answer_with(std::uint16_t type, std::string_view data)
{
    Answer answer;
    add_record(answer, 0, type, data);
    return finish(std::move(answer), rcode::no_error, true);
}

/// RFC 6761 6.3: localhost and everything below it is this machine.
Answer answer_localhost(std::size_t zone_at, std::uint16_t type)
{
    if (type == type::a || type == type::any) return answer_with(type::a, address_v4);
    if (type == type::aaaa) return answer_with(type::aaaa, address_v6);
    return deny(rcode::no_error, zone_at);
}

Answer answer_apex(std::uint16_t type)
{
    Answer answer;
    if (type == type::soa || type == type::any) {
        add_soa(answer, 0);
        return finish(std::move(answer), rcode::no_error, true);
    }
    if (type == type::ns) return answer_with(type::ns, "\xC0\x0C"sv);
    return deny(rcode::no_error, 0);
}
} // namespace

std::optional<Answer> answer_local_name(std::string_view name, std::uint16_t type)
{
    if (type == type::ptr && (name == loopback_v4 || name == loopback_v6())) return answer_with(type::ptr, localhost);
    for (std::size_t at = 0; at + 1 < name.size(); at += byte_at(name, at) + 1) {
        auto const suffix = name.substr(at);
        if (suffix == localhost) return answer_localhost(at, type);
        if (!zones().contains(std::string(suffix))) continue;
        // Some of these are delegated outside without DNSSEC, and validators behind us must be able to see that.
        if (at == 0 && type == type::ds) return std::nullopt;
        return at == 0 ? answer_apex(type) : deny(rcode::name_error, at);
    }
    return std::nullopt;
}

} // namespace dnsd::resolve
