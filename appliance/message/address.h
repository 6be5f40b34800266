#pragma once
// The address of a mailbox as SMTP knows it (RFC 5321 4.1.2, 4.5.3.1; RFC 6531 for UTF-8). Lists of addresses in
// message headers, with names and groups, are in address_list.h.

#include "appliance/base/cursor.h"
#include "appliance/base/result.h"

#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace message
{

inline constexpr std::size_t local_part_max = 64; ///< bytes, RFC 5321 4.5.3.1.1
inline constexpr std::size_t domain_max = 255;    ///< bytes, RFC 5321 4.5.3.1.2
inline constexpr std::size_t path_max = 256;      ///< bytes with the angle brackets, RFC 5321 4.5.3.1.3

/// Whether bytes above 127 may stand in an address (the client said SMTPUTF8).
enum class Utf8 { refuse, allow };

/// Why a path or mailbox was not accepted.
enum class AddressFault {
    syntax,          ///< not the grammar
    local_too_long,  ///< more than local_part_max
    domain_too_long, ///< more than domain_max, or a label of more than 63
    path_too_long,   ///< more than path_max
    needs_smtputf8,  ///< UTF-8 where Utf8::refuse was asked
};

/// A checked mailbox address. `local_part` without quoting, case kept; `domain` in lower case, an address literal
/// with its brackets ("[192.0.2.1]", "[IPv6:...]"). Empty domain: a bare local part ("budi", "postmaster"). Both
/// empty: the null path.
struct Address {
    std::string local_part;
    std::string domain;

    /// "local@domain" and nothing around it (no brackets); the domain is required.
    static std::optional<Address> parse(std::string_view text, Utf8 utf8 = Utf8::refuse);

    bool is_null() const { return local_part.empty() && domain.empty(); }
    bool is_ascii() const;
    /// "local@domain", the local part quoted where it must be; bare without a domain; "" for the null path.
    std::string show() const;
    /// The same between "<" and ">".
    std::string path() const;

    auto operator<=>(Address const&) const = default;
};

enum class PathKind {
    reverse, ///< MAIL FROM: "<>" is allowed
    forward, ///< RCPT TO: a local part without a domain is allowed (RFC 5321 asks it for Postmaster)
};

/// RFC 5321 Reverse-path / Forward-path with its angle brackets. An obsolete source route ("@a,@b:") is skipped. On
/// success the cursor stands behind ">"; on a fault its place is unspecified.
base::Result<Address, AddressFault> parse_path(base::Cursor& cursor, PathKind kind, Utf8 utf8 = Utf8::refuse);

/// RFC 5321 Mailbox (Local-part "@" domain or address literal); the cursor ends behind it.
base::Result<Address, AddressFault> parse_mailbox(base::Cursor& cursor, Utf8 utf8 = Utf8::refuse);

/// RFC 5321 Domain or address-literal, as EHLO has it. In lower case, brackets kept.
base::Result<std::string, AddressFault> parse_domain(base::Cursor& cursor, Utf8 utf8 = Utf8::refuse);

/// The local part as the grammar wants it: a dot-string as it is, anything else as a quoted string
/// (without control characters).
std::string quote_local_part(std::string_view local_part);

} // namespace message
