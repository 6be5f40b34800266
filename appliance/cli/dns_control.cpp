#include "appliance/cli/dns_control.h"

#include "appliance/base/error.h"
#include "appliance/base/text.h"
#include "dnsd/zone/name.h"
#include "dnsd/zone/rdata_text.h"
#include "dnsd/zone/wire_record.h"

#include <algorithm>
#include <netinet/in.h>
#include <unistd.h>

namespace cli
{

namespace
{
constexpr char const* socket_path = "run/dnsd.sock";
constexpr std::chrono::seconds patience{5};
constexpr std::size_t longest_line = 8192;
constexpr std::size_t header_size = 12;

net::Stream connect()
{
    try {
        return net::Stream::connect_unix(socket_path, net::after(patience));
    } catch (net::Disconnected const&) { // why, the file says better
        if (::access(socket_path, F_OK) == 0 && ::access(socket_path, W_OK) != 0)
            throw base::Failure(base::failed("the name server", "only root may look into it", "use sudo"));
        throw base::Failure(base::failed("the name server", "it does not run", "start it with 'kotakpos run'"));
    }
}

std::string show_opcode(unsigned opcode)
{
    constexpr char const* names[] = {"QUERY", "IQUERY", "STATUS", "OPCODE3", "NOTIFY", "UPDATE", "DSO"};
    return opcode < std::size(names) ? names[opcode] : "OPCODE" + std::to_string(opcode);
}

std::string show_address(std::string const& octets)
{
    sockaddr_in6 address{};
    if (octets.size() != sizeof address.sin6_addr) return {};
    address.sin6_family = AF_INET6;
    std::copy(octets.begin(), octets.end(), address.sin6_addr.s6_addr);
    return net::IpAddress::from_socket(reinterpret_cast<sockaddr const*>(&address)).show();
}

/// "type 1 20": the number's name and the count.
std::string show_number(std::string_view table, unsigned number)
{
    if (table == "rcode") return show_rcode(number);
    if (table == "opcode") return show_opcode(number);
    return number > 255 ? "OTHER" : dnsd::show_type(static_cast<std::uint16_t>(number));
}

void sort(DnsNumbers::Ranking& ranking)
{
    std::stable_sort(ranking.begin(), ranking.end(),
                     [](auto const& a, auto const& b) { return a.second > b.second; });
}

// --- The reply, as far as it came.
// ---------------------------------------------------------------------------------------

unsigned number_at(std::string_view bytes, std::size_t at)
{
    return at + 2 > bytes.size()
               ? 0
               : static_cast<unsigned>(dnsd::byte_at(bytes, at) << 8U | dnsd::byte_at(bytes, at + 1));
}

/// Steps over the name at `at` and appends it without compression to `name`. False: there is no whole name.
bool read_name(std::string_view message, std::size_t& at, std::string& name)
{
    bool jumped = false;
    std::size_t read = at;
    for (std::size_t labels = 0; labels < dnsd::most_labels && read < message.size();) {
        auto const size = dnsd::byte_at(message, read);
        if ((size & 0xC0U) == 0xC0U) {
            auto const to = number_at(message, read) & 0x3FFFU;
            if (to >= read || to < header_size) return false; // only backwards: no loops
            if (!std::exchange(jumped, true)) at = read + 2;
            read = to;
            continue;
        }
        if (size > dnsd::longest_label || read + size + 1 > message.size()) return false;
        name += message.substr(read, size + 1);
        read += size + 1;
        if (!jumped) at = read;
        if (size == 0) return name.size() <= dnsd::longest_name;
        ++labels;
    }
    return false;
}

/// The data with its names written out.
std::optional<std::string> read_data(std::string_view message, std::size_t at, std::size_t size, std::uint16_t type)
{
    auto const names = dnsd::names_in_data(type);
    if (at + size > message.size() || names.before > size) return std::nullopt;
    std::string data(message.substr(at, names.before));
    std::size_t read = at + names.before;
    for (std::size_t i = 0; i < names.names; ++i)
        if (!read_name(message, read, data)) return std::nullopt;
    if (read > at + size) return std::nullopt;
    return data + std::string(message.substr(read, at + size - read));
}

void read_reply(std::string_view reply, SeenQuestion& seen)
{
    if (reply.size() < header_size) return;
    seen.truncated = (dnsd::byte_at(reply, 2) & 2U) != 0;
    seen.answers = number_at(reply, 6);
    bool const authoritative = (dnsd::byte_at(reply, 2) & 4U) != 0;
    seen.referral = !authoritative && seen.rcode == 0 && seen.answers == 0 && number_at(reply, 8) > 0;
    if (seen.answers == 0 && !seen.referral) return;
    std::string ignored;
    std::size_t at = header_size;
    if (!read_name(reply, at, ignored)) return;
    at += 4;
    if (!read_name(reply, at, ignored) || at + 10 > reply.size()) return;
    auto const type = static_cast<std::uint16_t>(number_at(reply, at));
    auto const data = read_data(reply, at + 10, number_at(reply, at + 8), type);
    auto const name = dnsd::show_type(type);
    seen.data = (name == seen.type ? "" : name + " ") + (data ? dnsd::show_rdata(type, *data) : "...");
}
} // namespace

DnsControl::DnsControl() : stream_(connect()) {}

void DnsControl::ask(std::string const& request)
{
    stream_.write(request + "\n");
    stream_.flush();
}

std::optional<std::string> DnsControl::line(std::chrono::milliseconds wait)
{
    try {
        auto line = stream_.read_line(longest_line, wait, net::after(wait));
        if (line.state == net::Line::State::complete) return std::move(line.text);
    } catch (net::Disconnected const&) { // as good as closed
    }
    return std::nullopt;
}

std::uint64_t DnsNumbers::counter(std::string_view name) const
{
    auto const found = counters.find(name);
    return found == counters.end() ? 0 : found->second;
}

DnsNumbers parse_dns_numbers(std::vector<std::string> const& lines)
{
    DnsNumbers numbers;
    for (auto const& line : lines) {
        auto const words = base::split(line, ' ');
        if (words.size() == 4 && words[0] == "forwarder")
            numbers.forwarders.push_back(
                {std::string(words[1]), words[2] == "up", base::parse_number(words[3]).value_or(0)});
        auto const first = words.size() > 1 ? base::parse_number(words[1]) : std::nullopt;
        if (!first) continue;
        if (words.size() == 2) {
            if (words[0] == "since")
                numbers.since = *first;
            else if (words[0] == "questions")
                numbers.questions = *first;
            else if (words[0] == "questions-since-start")
                numbers.questions_since_start = *first;
            else
                numbers.counters.emplace(words[0], *first);
        } else if (words[0] == "name" || words[0] == "client") {
            auto const octets = base::from_hex(words[2]).value_or("");
            if (words[0] == "name")
                numbers.names.emplace_back(dnsd::show_name(octets), *first);
            else
                numbers.clients.emplace_back(show_address(octets), *first);
        } else if (auto const count = base::parse_number(words[2])) {
            auto& ranking = words[0] == "type"    ? numbers.types
                            : words[0] == "rcode" ? numbers.rcodes
                                                  : numbers.opcodes;
            ranking.emplace_back(show_number(words[0], static_cast<unsigned>(*first)), *count);
        }
    }
    for (auto* ranking : {&numbers.types, &numbers.rcodes, &numbers.opcodes}) sort(*ranking);
    return numbers;
}

std::optional<DnsNumbers> look_at_dns()
{
    try {
        DnsControl server;
        server.ask("statistics");
        std::vector<std::string> lines;
        for (auto line = server.line(patience); line && *line != "end"; line = server.line(patience))
            lines.push_back(*line);
        return parse_dns_numbers(lines);
    } catch (base::Failure const&) { // who asks for everything can do without this
        return std::nullopt;
    }
}

std::string show_rcode(unsigned rcode)
{
    constexpr char const* names[] = {"NOERROR",  "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED",
                                     "YXDOMAIN", "YXRRSET", "NXRRSET",  "NOTAUTH",  "NOTZONE"};
    if (rcode < std::size(names)) return names[rcode];
    if (rcode == 16) return "BADVERS";
    return rcode == 23 ? "BADCOOKIE" : "RCODE" + std::to_string(rcode);
}

std::optional<SeenQuestion> parse_seen_question(std::string_view line)
{
    auto const words = base::split(line, ' ');
    if (words.size() != 11 || words[0] != "seen") return std::nullopt;
    auto const number = [&](std::size_t word) { return base::parse_number(words[word]).value_or(0); };
    auto const octets = [&](std::size_t word) { return base::from_hex(words[word]).value_or(""); };
    SeenQuestion seen;
    seen.when = static_cast<std::int64_t>(number(1));
    seen.transport = words[2];
    seen.client = words[3];
    seen.type = dnsd::show_type(static_cast<std::uint16_t>(number(5)));
    seen.rcode = static_cast<unsigned>(number(6));
    seen.size = number(7);
    seen.sent = words[8];
    if (auto const name = octets(9); !name.empty()) seen.name = dnsd::show_name(name);
    read_reply(octets(10), seen);
    return seen;
}

} // namespace cli
