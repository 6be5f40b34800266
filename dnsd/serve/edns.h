#pragma once
// EDNS (RFC 6891): the options we know, in questions and in replies. Unknown ones are stepped over, client-subnet
// (RFC 7871) among them.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace dnsd
{

/// Extended DNS errors (RFC 8914 4) that we give ourselves.
enum class ExtendedError : std::uint16_t {
    not_ready = 14,         ///< a zone of ours that was never good
    prohibited = 18,        ///< recursion for a stranger
    not_authoritative = 20, ///< a name that is not in our zones
    network_error = 23,     ///< the place that could tell does not listen
};

/// What the options of a question ask for. Views into the packet.
struct EdnsOptions {
    std::string_view client_cookie; ///< RFC 7873: eight octets
    std::string_view server_cookie; ///< what we (or somebody) once gave to the client
    bool bad_cookie = false;        ///< of a size that no cookie has
    bool bad_keepalive = false;     ///< RFC 7828 3.2.1: a client gives no time
    bool asks_nsid = false;
    bool asks_keepalive = false;
    bool asks_padding = false;
};

/// False: an option reaches over the end of the record.
bool read_options(std::string_view bytes, EdnsOptions& options);

/// What goes into the OPT record of a reply; `put_opt` leaves out what is empty.
struct OptReply {
    unsigned extended_rcode = 0; ///< the upper eight bits
    bool dnssec_ok = false;
    std::string_view nsid;
    std::string_view client_cookie;
    std::array<char, 16> server_cookie{};
    std::uint16_t keepalive = 0; ///< in 100 ms (RFC 7828)
    std::uint16_t error = 0;     ///< RFC 8914, without text
    std::size_t block = 0;       ///< pad the message to a multiple of this (RFC 8467)

    /// Octets without padding.
    std::size_t size() const;
};

/// Writes the record at the end of a message of `at` octets; gives the new size. `reply` has room for it;
/// padding never goes beyond.
std::size_t put_opt(OptReply const& opt, std::span<char> reply, std::size_t at);

} // namespace dnsd
