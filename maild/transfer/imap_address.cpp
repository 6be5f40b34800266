#include "maild/transfer/imap_address.h"

#include "appliance/base/text.h"

namespace maild::transfer
{

std::optional<ImapAddress> parse_imap_address(std::string_view url)
{
    ImapAddress address;
    if (url.starts_with("imaps://"))
        url.remove_prefix(8);
    else if (url.starts_with("imap://")) {
        url.remove_prefix(7);
        address.is_tls = false;
        address.port = 143;
    } else
        return std::nullopt;
    url = url.substr(0, url.find('/'));
    if (auto const at = url.rfind('@'); at != std::string_view::npos) {
        address.user = url.substr(0, at);
        if (address.user.find(':') != std::string::npos) return std::nullopt;
        url.remove_prefix(at + 1);
    }
    bool const is_v6 = url.starts_with('[');
    auto const colon = is_v6 ? url.find("]:") : url.find(':');
    if (colon != std::string_view::npos) {
        auto const port = base::parse_number(url.substr(colon + (is_v6 ? 2 : 1)), 65535);
        if (!port || *port == 0) return std::nullopt;
        address.port = static_cast<unsigned>(*port);
        url = url.substr(0, colon + (is_v6 ? 1 : 0));
    }
    if (is_v6 && url.ends_with(']')) url = url.substr(1, url.size() - 2);
    address.host = url;
    if (address.host.empty()) return std::nullopt;
    return address;
}

} // namespace maild::transfer
