#pragma once
// Every limit of the web server in one place, each with its reason.

#include <chrono>
#include <cstddef>

namespace httpd::limits
{

using namespace std::chrono_literals;

// The server.
inline constexpr int threads = 48;              ///< requests at the same time; each waits for IMAP most of the time
inline constexpr int waiting_connections = 256; ///< more are dropped by the server
inline constexpr auto keep_alive = 10s;         ///< an idle browser holds a thread no longer than this
inline constexpr int busy_threads = threads * 3 / 4; ///< from here on connections are closed after each answer
inline constexpr auto socket_silence = 30s;          ///< nothing arrives or leaves for so long: the peer is gone
inline constexpr auto head_time = 15s;               ///< from a request's first byte to the end of its header
inline constexpr std::size_t connections_per_address = 32; ///< a browser opens six; several may share an address
inline constexpr int requests_per_connection = 1000;

// A request.
inline constexpr std::size_t slowest_upload = 16 << 10; ///< bytes a second, after `upload_grace`
inline constexpr auto upload_grace = 60s;
inline constexpr std::size_t form_overhead = 1 << 20; ///< a post may be so much larger than the largest message
inline constexpr std::size_t small_post = 1 << 20;    ///< bodies up to here need no place among the large ones
inline constexpr int large_posts = 3;                 ///< large bodies in memory at the same time
inline constexpr auto large_post_wait = 20s;
inline constexpr std::size_t form_fields = 2000;
inline constexpr std::size_t form_part_header = 16 << 10;
inline constexpr std::size_t cookies = 50;

// Sessions.
inline constexpr auto session_life = 12h;     ///< a school day; then log in again
inline constexpr auto session_check = 60s;    ///< how long a disabled user may go on
inline constexpr auto session_memory = 30min; ///< unused for so long: only the cookie remains
inline constexpr std::size_t sessions = 10000;
inline constexpr std::size_t connections_kept = 2; ///< idle IMAP connections of one session
inline constexpr auto connection_idle = 60s;
inline constexpr int failures_per_login = 5;    ///< free wrong passwords of one login from one address
inline constexpr int failures_per_address = 60; ///< a whole class may share an address
inline constexpr auto slowest_retry = 60s;

// Mail.
inline constexpr auto mail_answer = 30s;             ///< IMAP and submission answer one command
inline constexpr std::size_t imap_line = 4 << 20;    ///< an ENVELOPE with thousands of addresses
inline constexpr std::size_t page_size = 50;         ///< messages of a list page
inline constexpr std::size_t shown_text = 1 << 20;   ///< bytes of a text part that are shown
inline constexpr std::size_t quoted_text = 64 << 10; ///< bytes of the original in a reply
inline constexpr std::size_t search_words = 8;
inline constexpr std::size_t recipients = 5000;

// HTML mail.
inline constexpr std::size_t html_memory = 96 << 20; ///< of the parser, for one message
inline constexpr auto html_time = 1500ms;            ///< processor time for one message
inline constexpr std::size_t html_depth = 200;       ///< nesting that is kept

} // namespace httpd::limits
