#pragma once
// Every limit of an IMAP session in one place, with what the RFCs ask for at least. Before login they are far
// smaller.

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace maild::imap::limits
{

inline constexpr std::size_t line_before_login = 8192;
inline constexpr std::size_t literal_before_login = 1024;
inline constexpr std::size_t skipped_before_login = 65536; ///< a refused {n+} up to this is read and thrown away

inline constexpr std::size_t line = 65536;     ///< RFC 7162 section 4: at least 8192
inline constexpr std::size_t literal = 65536;  ///< names, passwords, search texts; APPEND has message.size.max
inline constexpr std::size_t command = 262144; ///< all lines and literals of one command but APPEND's messages
inline constexpr std::uint64_t skipped = std::uint64_t{1} << 28;

inline constexpr std::size_t append_in_memory = 65536;   ///< larger messages go through a file
inline constexpr std::size_t messages_per_append = 1000; ///< RFC 3502
inline constexpr std::size_t mailbox_name = 1000;        ///< bytes of UTF-8
inline constexpr std::size_t flags_per_message = 100;
inline constexpr std::size_t keyword = 100; ///< bytes
inline constexpr std::size_t search_depth = 50;
inline constexpr std::size_t search_keys = 1000;
inline constexpr std::size_t search_texts = 50;      ///< BODY and TEXT keys: each may need a message read again
inline constexpr std::uint32_t search_part = 50'000; ///< messages of a very large mailbox searched at once
inline constexpr std::size_t search_contexts = 20;   ///< RFC 5267, in one session
inline constexpr std::size_t search_context_messages = 1'000'000; ///< in all their results together, 4 bytes each
inline constexpr std::size_t sort_criteria = 20;
inline constexpr std::size_t thread_depth = 10000; ///< a deeper one is looked at no further when a loop is feared
/// Looks for loops in one THREAD together, so that no mail can make it last; then links that might make one are not.
inline constexpr std::size_t thread_steps = 10'000'000;
inline constexpr std::size_t fetch_items = 100;
inline constexpr std::size_t section_depth = 100;
inline constexpr std::size_t list_patterns = 100;
inline constexpr std::size_t metadata_entries = 100; ///< asked for or set by one command
inline constexpr std::size_t metadata_name = 255;    ///< bytes
inline constexpr std::size_t catenate_parts = 1000;  ///< RFC 4469, of one message
inline constexpr std::size_t url = 4096;             ///< bytes

/// RFC 9738: of those, a command works on the newest, and says so. A client that does not know the extension would
/// not notice, so it is more than a mailbox here ever has.
inline constexpr std::size_t messages_per_command = 5'000'000;

inline constexpr std::size_t notify_groups = 50;
inline constexpr std::size_t notify_names = 200;      ///< in one group
inline constexpr std::size_t notify_mailboxes = 5000; ///< that a person sees

inline constexpr unsigned failed_logins = 3; ///< then BYE
inline constexpr unsigned bad_commands = 10; ///< in a row, then BYE

inline constexpr std::size_t index_batch = 256;  ///< messages whose index texts are in memory at once
inline constexpr std::size_t row_batch = 1000;   ///< messages whose rows alone are in memory at once
inline constexpr std::size_t flag_batch = 4000;  ///< the same, where flags are all that is asked
inline constexpr std::size_t store_piece = 4000; ///< messages that STORE changes and answers at once
/// Runs of UIDs that SharedMaps keeps: 8 bytes each.
inline constexpr std::size_t shared_runs = std::size_t{1} << 21;
inline constexpr std::size_t body_piece = 131072; ///< bytes of a body in memory while it is sent

using Milliseconds = std::chrono::milliseconds;
/// How long a worker waits for the next command before the session is parked.
inline constexpr Milliseconds linger{2};
inline constexpr Milliseconds before_login{60'000}; ///< from connect to login
inline constexpr Milliseconds command_time{60'000}; ///< to finish a command once begun, without large literals
/// RFC 9585 section 4: not more often than every ten seconds.
inline constexpr Milliseconds progress_interval{10'000};
/// RFC 9051 section 5.4: at least 30 minutes.
inline constexpr Milliseconds autologout{30 * 60'000 + 1'000};
inline constexpr Milliseconds tls_handshake{15'000};
/// A literal may take this much longer for each KiB: clients slower than 16 KiB/s are cut off.
inline constexpr std::chrono::microseconds per_kib{62'500};

} // namespace maild::imap::limits
