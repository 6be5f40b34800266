#include "maild/dns/answer.h"

#include "appliance/base/cursor.h"
#include "appliance/base/text.h"

#include <idn2.h>
#include <memory>
#include <netinet/in.h>
#include <optional>

namespace maild::dns
{

namespace
{
constexpr std::size_t longest_name = 253;
constexpr std::size_t longest_label = 63;

std::uint8_t octet(char c) { return static_cast<std::uint8_t>(c); }

/// A name written out in wire form, as text. Nothing for labels that no host or mail domain has: a dot inside a
/// label would read as two labels.
std::optional<std::string> take_name(base::Cursor& cursor)
{
    std::string name;
    for (;;) {
        auto const length = cursor.take_bytes(1);
        if (!length || octet(length->front()) > longest_label) return std::nullopt;
        if (length->front() == '\0') return base::lower(name);
        auto const label = cursor.take_bytes(octet(length->front()));
        if (!label || label->find('.') != std::string_view::npos) return std::nullopt;
        for (char const c : *label)
            if (c < '!' || c > '~') return std::nullopt;
        name += (name.empty() ? "" : ".") + std::string(*label);
    }
}
} // namespace

std::vector<MailExchanger> mail_exchangers(Answer const& answer)
{
    std::vector<MailExchanger> found;
    for (auto const& record : answer.records) {
        base::Cursor cursor(record);
        auto const preference = cursor.take_bytes(2);
        auto const host = preference ? take_name(cursor) : std::nullopt;
        if (!host || !cursor.at_end()) continue;
        found.push_back({static_cast<unsigned>(octet((*preference)[0]) << 8U | octet((*preference)[1])), *host});
    }
    return found;
}

std::vector<net::IpAddress> addresses(Answer const& answer)
{
    std::vector<net::IpAddress> found;
    for (auto const& record : answer.records) {
        if (record.size() == 4) {
            std::uint32_t bits = 0;
            for (char const c : record) bits = bits << 8U | octet(c);
            found.push_back(net::IpAddress::from_v4(bits));
        } else if (record.size() == 16) {
            sockaddr_in6 socket{};
            socket.sin6_family = AF_INET6;
            std::copy(record.begin(), record.end(), std::begin(socket.sin6_addr.s6_addr));
            found.push_back(net::IpAddress::from_socket(reinterpret_cast<sockaddr const*>(&socket)));
        }
    }
    return found;
}

std::vector<std::string> texts(Answer const& answer)
{
    std::vector<std::string> found;
    for (auto const& record : answer.records) {
        std::string text;
        base::Cursor cursor(record);
        bool good = true;
        while (good && !cursor.at_end()) {
            auto const length = cursor.take_bytes(1);
            auto const piece = cursor.take_bytes(octet(length->front()));
            good = piece.has_value();
            if (good) text += *piece;
        }
        if (good) found.push_back(std::move(text));
    }
    return found;
}

std::vector<std::string> names(Answer const& answer)
{
    std::vector<std::string> found;
    for (auto const& record : answer.records) {
        base::Cursor cursor(record);
        auto name = take_name(cursor);
        if (name && cursor.at_end()) found.push_back(std::move(*name));
    }
    return found;
}

std::vector<TlsaRecord> tlsa_records(Answer const& answer)
{
    std::vector<TlsaRecord> found;
    for (auto const& record : answer.records)
        if (record.size() > 3)
            found.push_back({octet(record[0]), octet(record[1]), octet(record[2]), record.substr(3)});
    return found;
}

std::string to_dns_name(std::string_view domain)
{
    using namespace std::string_view_literals;
    if (domain.ends_with('.')) domain.remove_suffix(1);
    std::string name(domain);
    if (!base::is_ascii(domain)) {
        char* made = nullptr;
        if (idn2_to_ascii_8z(name.c_str(), &made, IDN2_NONTRANSITIONAL) != IDN2_OK) return {};
        std::unique_ptr<char, void (*)(void*)> const owned(made, idn2_free);
        name = made;
    }
    if (name.empty() || name.size() > longest_name || name.find_first_of("\0\\ "sv) != std::string::npos) return {};
    for (auto const label : base::split(name, '.'))
        if (label.empty() || label.size() > longest_label) return {};
    return base::lower(name);
}

} // namespace maild::dns
