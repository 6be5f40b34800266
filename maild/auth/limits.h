#pragma once
// What a stranger's message may cost while it is being verified.

#include <chrono>
#include <cstddef>

namespace maild::auth::limits
{

/// DKIM-Signature fields looked at, from the top (RFC 6376 6.1 lets a verifier stop).
inline constexpr std::size_t signatures = 8;
/// A signature or ARC field beyond this is an error of its own.
inline constexpr std::size_t field = 16 << 10;
/// Tags of one list.
inline constexpr std::size_t tags = 64;
/// Header fields named in h=.
inline constexpr std::size_t signed_fields = 500;
/// A key or policy record in DNS.
inline constexpr std::size_t record = 8 << 10;
/// RFC 8301 3.2: verifiers must not take less than 1024; more than 4096 only costs time.
inline constexpr int smallest_rsa = 1024;
inline constexpr int largest_rsa = 4096;
/// RFC 8617 4.2.1: a chain has at most 50 sets.
inline constexpr std::size_t arc_sets = 50;
/// ARC seals really checked (each costs a DNS question and a public key operation).
inline constexpr std::size_t arc_checks = 10;

/// RFC 7208 4.6.4.
inline constexpr unsigned spf_lookups = 10;
inline constexpr unsigned spf_void_lookups = 2;
inline constexpr std::size_t spf_names = 10; ///< MX or PTR names of one mechanism
inline constexpr std::size_t spf_expanded = 253;
inline constexpr std::size_t spf_record = 4 << 10;
inline constexpr std::size_t spf_explanation = 400;

/// RFC 7489 6.6.3 with the tree walk: the name itself and its organizational domain.
inline constexpr std::size_t from_domains = 1;

/// All questions about one message together; then temperror.
inline constexpr std::chrono::milliseconds whole = std::chrono::seconds(10);
/// Messages verified at the same time; more go unverified (temperror), so that slow DNS never holds every worker.
inline constexpr std::size_t at_once = 24;
/// Pieces in which a body is hashed.
inline constexpr std::size_t piece = 256 << 10;

} // namespace maild::auth::limits
