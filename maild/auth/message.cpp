#include "maild/auth/message.h"

#include "appliance/base/text.h"
#include "appliance/message/address_list.h"
#include "maild/auth/limits.h"

#include <idn2.h>
#include <memory>

namespace maild::auth
{

namespace
{
constexpr std::size_t head_piece = 16 << 10;

std::string read_head(ReadBytes const& read)
{
    std::string head;
    while (head.size() < message::header_bytes_max) {
        auto const piece = read(head.size(), head_piece);
        auto const looked = head.size() < 3 ? 0 : head.size() - 3;
        head += piece;
        if (piece.empty() || head.find("\r\n\r\n", looked) != std::string::npos) break;
    }
    return head;
}
} // namespace

Message::Message(ReadBytes read)
    : read_(std::move(read)), head_(read_head(read_)), header_(message::Header::parse(head_))
{
}

void Message::each_body_piece(std::function<void(std::string_view)> const& take) const
{
    take(std::string_view(head_).substr(header_.end()));
    for (std::uint64_t offset = head_.size();;) {
        auto const piece = read_(offset, limits::piece);
        if (piece.empty()) return;
        take(piece);
        offset += piece.size();
    }
}

std::string Message::from_domain() const
{
    std::string found;
    for (auto const* field : header_.all("From"))
        for (auto const& item : message::parse_address_list(field->value())) {
            if (item.kind != message::AddressItem::Kind::mailbox) continue;
            auto const domain = dns_domain(item.host);
            if (domain.empty() || (!found.empty() && domain != found)) return {};
            found = domain;
        }
    return found;
}

std::string dns_domain(std::string_view domain)
{
    std::string name = base::lower(base::trim(domain));
    if (name.ends_with('.')) name.pop_back();
    if (!base::is_ascii(name)) {
        char* made = nullptr;
        if (idn2_to_ascii_8z(name.c_str(), &made, IDN2_NONTRANSITIONAL) != IDN2_OK) return {};
        std::unique_ptr<char, decltype(&idn2_free)> const owned(made, &idn2_free);
        name = base::lower(made);
    }
    constexpr std::size_t longest_name = 253;
    constexpr std::size_t longest_label = 63;
    if (name.empty() || name.size() > longest_name) return {};
    for (auto const label : base::split(name, '.')) {
        if (label.empty() || label.size() > longest_label) return {};
        for (char const c : label)
            if (!base::letters.contains(c) && !base::digits.contains(c) && c != '-' && c != '_') return {};
    }
    return name;
}

} // namespace maild::auth
