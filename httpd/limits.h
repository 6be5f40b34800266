#pragma once
// Every limit of the web server in one place, each with its reason.

#include <chrono>
#include <cstddef>

namespace httpd::limits
{

using namespace std::chrono_literals;

// The server.
inline constexpr std::size_t workers = 24;       ///< requests at the same time; each waits for IMAP most of the time
inline constexpr std::size_t connections = 4000; ///< an idle one costs 15 KiB and no thread
inline constexpr std::size_t connections_per_address = 256; ///< a lab of 40 behind one router, a browser opens six
inline constexpr std::size_t slow_readers = 200;   ///< answers that wait for their browser; each holds a thread
inline constexpr auto keep_alive = 75s;            ///< between two requests; browsers themselves give up earlier
inline constexpr auto handshake = 15s;             ///< of TLS
inline constexpr auto head_time = 15s;             ///< from a request's first byte to the end of its header
inline constexpr auto socket_silence = 30s;        ///< what an answer may wait for a browser that reads nothing
inline constexpr auto last_words = 2s;             ///< a refused browser may still send for so long
inline constexpr std::size_t last_bytes = 1 << 20; ///< and so much

// A request's head. Cookies and an address bar's worth of query fit well.
inline constexpr std::size_t method = 16;
inline constexpr std::size_t request_line = 8 << 10;
inline constexpr std::size_t head = 32 << 10;
inline constexpr std::size_t fields = 100;
inline constexpr std::size_t empty_lines = 2; ///< before a request (RFC 9112 2.2)
inline constexpr std::size_t chunk_line = 256;
inline constexpr std::size_t raw_body = 64 << 10; ///< of a POST that is no form: Outlook's question is 400 bytes

// The access log.
inline constexpr std::size_t access_log = 4 << 20; ///< bytes of one file
inline constexpr int access_logs = 4;              ///< files, the newest one included
inline constexpr auto access_log_age = 30 * 24h;   ///< older files go, however small

// Compression.
inline constexpr std::size_t compressed_from = 600; ///< bytes; less fits into one packet anyway
inline constexpr int compression_level =
    1; ///< of libdeflate, for pages: a third of the time of 4, a sixth more bytes
inline constexpr int file_compression_level = 12; ///< for what is compressed once

// A request.
inline constexpr std::size_t slowest_upload = 16 << 10; ///< bytes a second, after `upload_grace`
inline constexpr auto upload_grace = 60s;
inline constexpr std::size_t form_overhead = 1 << 20; ///< a post may be so much larger than the largest message
inline constexpr std::size_t body_memory =
    128 << 20; ///< of all posts on their way, without their files: two of the largest
inline constexpr std::size_t body_step = 64 << 10; ///< taken of it at a time
inline constexpr auto body_wait = 20s;             ///< for others to end, when there is none left
inline constexpr auto body_look = 100ms;           ///< how often a waiting one looks
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
inline constexpr std::size_t search_everywhere = 1000; ///< results of all folders together that can be paged through
inline constexpr std::size_t conversation = 20;        ///< other messages shown with one
inline constexpr std::size_t conversation_candidates = 100; ///< of each folder, with the same subject
inline constexpr std::size_t conversation_text = 16 << 10;  ///< bytes of each of them
inline constexpr std::size_t thumbnail = 2 << 20;           ///< larger pictures are not loaded to be shown small
inline constexpr std::size_t trusted_senders = 500;
inline constexpr std::size_t labels = 50;
inline constexpr std::size_t action_messages = 2000; ///< in one form
inline constexpr std::size_t recipients = 5000;
inline constexpr std::size_t letter_in_memory = 256 << 10; ///< bytes; larger ones are made in a file
inline constexpr std::size_t draft_text = 16 << 20;        ///< bytes of a draft's text; more cannot be posted anyway
inline constexpr unsigned undo_seconds = 10; ///< how long a mail can be taken back, unless somebody chose
inline constexpr std::chrono::seconds send_later = 30 * 24h; ///< what the submission service holds at most

// HTML mail.
inline constexpr std::size_t html_memory = 96 << 20; ///< of the parser, for one message
inline constexpr auto html_time = 1500ms;            ///< processor time for one message
inline constexpr std::size_t html_depth = 200;       ///< nesting that is kept

} // namespace httpd::limits
