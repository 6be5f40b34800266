#pragma once
// The addresses of a header field (RFC 5322 3.4 and 4.4): To, Cc, From ... with names, groups, comments and old
// routes, in the pieces that IMAP's ENVELOPE wants (RFC 3501 7.4.2). For reading whatever people send; SMTP's strict
// grammar is in address.h.

#include "appliance/message/address.h"

#include <string>
#include <string_view>
#include <vector>

namespace message
{

inline constexpr std::size_t address_list_max = 20000; ///< items kept of one list; the rest is dropped

/// One address, or the begin or end of a group.
struct AddressItem {
    enum class Kind { mailbox, group_begin, group_end };

    Kind kind = Kind::mailbox;
    std::string name;    ///< display name or a group's name without quoting; encoded words are left as they are
    std::string route;   ///< obsolete "@a,@b" in front of the address
    std::string mailbox; ///< local part without quoting
    std::string host;    ///< domain as written; empty when there was none

    /// "mailbox@host" with quoting; the bare mailbox without a host.
    std::string address() const;
    bool operator==(AddressItem const&) const = default;
};
using AddressList = std::vector<AddressItem>;

/// Never fails: takes what makes sense of an unfolded or folded field value, leaves out the rest. Linear time.
AddressList parse_address_list(std::string_view text);

/// The mailboxes of the list (groups flattened) that are good SMTP addresses or bare local parts, each once, in
/// order.
std::vector<Address> recipients_of(AddressList const& list, Utf8 utf8 = Utf8::allow);

/// Those mailboxes of the list that are no good: what the writer must correct, as written.
std::vector<std::string> unusable_in(AddressList const& list, Utf8 utf8 = Utf8::allow);

/// For a header field: "Name <a@b>, c@d". Names may be UTF-8 (become encoded words, RFC 2047) or already encoded.
/// Not folded (HeaderBuilder does that); line ends and NUL never come through.
std::string format_address_list(AddressList const& list);
std::string format_address(std::string_view name, std::string_view mailbox, std::string_view host);

/// For people: "Name <a@b>, c@d" with names decoded to UTF-8.
std::string show_address_list(AddressList const& list);

} // namespace message
