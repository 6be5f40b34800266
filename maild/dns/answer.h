#pragma once
// What DNS answers to one question, and its records as mail needs them. Not for the way to it (resolver.h).

#include "appliance/net/address.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace maild::dns
{

/// Record types by their numbers on the wire.
enum class Type : std::uint16_t { a = 1, ns = 2, cname = 5, ptr = 12, mx = 15, txt = 16, aaaa = 28, tlsa = 52 };

enum class Outcome {
    found,   ///< `records`, at least one
    no_data, ///< the name exists, but has no records of that type
    no_name, ///< there is no such name
    failed,  ///< nobody could say; says nothing about the name
};

struct Answer {
    Outcome outcome = Outcome::failed;
    std::vector<std::string> records = {}; ///< the data of each in wire form, names in it written out
    std::string name = {};                 ///< where they are, at the end of the CNAMEs; lower case, no final dot
    bool is_alias = false;                 ///< there was a CNAME on the way
    /// A validating resolver that we may trust says so (AD, RFC 4035 3.2.3); of "no data" and "no name" too.
    bool authenticated = false;
    std::chrono::seconds ttl{0};
    std::string reason = {}; ///< of `failed`, for logs
};

// --- the records of an answer; what is not well-formed is left out ---

struct MailExchanger {
    unsigned preference = 0;
    std::string host; ///< lower case, no final dot; empty: the root, a null MX (RFC 7505)
};
std::vector<MailExchanger> mail_exchangers(Answer const& answer);
/// Of A and AAAA.
std::vector<net::IpAddress> addresses(Answer const& answer);
/// The strings of each TXT record put together (RFC 7208 3.3, RFC 6376 3.6.2.2).
std::vector<std::string> texts(Answer const& answer);
/// Of NS and PTR.
std::vector<std::string> names(Answer const& answer);

/// RFC 6698 2.1.
struct TlsaRecord {
    std::uint8_t usage = 0;
    std::uint8_t selector = 0;
    std::uint8_t matching_type = 0;
    std::string data;
};
std::vector<TlsaRecord> tlsa_records(Answer const& answer);

/// A domain in UTF-8 as DNS has it (A-labels, RFC 5891), in lower case without a final dot; empty when it cannot be
/// one.
std::string to_dns_name(std::string_view domain);

} // namespace maild::dns
