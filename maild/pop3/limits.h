#pragma once
// Every limit of a POP3 session in one place, with what the RFCs ask for at least.

#include <chrono>
#include <cstddef>

namespace maild::pop3::limits
{

using Milliseconds = std::chrono::milliseconds;

inline constexpr std::size_t command_line = 2048; ///< RFC 2449 section 4: at least 255; passwords may be long
inline constexpr std::size_t auth_line = 12288;   ///< RFC 4954 section 4, for the answers within AUTH
inline constexpr std::size_t body_piece = 65536;  ///< bytes of a message in memory while it is sent
inline constexpr unsigned failed_logins = 3;      ///< of one connection, then it is closed
inline constexpr unsigned bad_commands = 10;      ///< in a row, then it is closed

/// How long a worker waits for the next command before the session is parked.
inline constexpr Milliseconds linger{2};
inline constexpr Milliseconds before_login{60'000}; ///< from connect to login
inline constexpr Milliseconds command_time{60'000}; ///< to finish a line once begun
/// RFC 1939 section 3: at least ten minutes.
inline constexpr Milliseconds autologout{10 * 60'000 + 1'000};
inline constexpr Milliseconds tls_handshake{15'000};
/// Each failed login of a connection waits this much longer before its answer.
inline constexpr Milliseconds login_delay{300};
inline constexpr std::size_t language_tag = 100; ///< RFC 5646 section 4.4.1: at least 35

} // namespace maild::pop3::limits
