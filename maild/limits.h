#pragma once
// Every limit of SMTP and the queue, with the reason or the RFC's minimum. IMAP and POP3 have theirs in their own
// folders.

#include "appliance/base/clock.h"

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace maild::limits
{

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// --- the SMTP session ---------------------------------------------------------------------------------------------
/// RFC 5321 4.5.3.1.4: at least 512; the extensions add up to 2,000 (AUTH 500, ORCPT 500, SOLICIT 1,007).
inline constexpr std::size_t command_line = 4096;
/// RFC 4954 section 4: base64 lines of AUTH may be up to 12,288.
inline constexpr std::size_t auth_line = 12288;
/// RFC 5321 4.5.3.1.8: at least 100. A class address counts one.
inline constexpr std::size_t recipients = 1000;
/// RFC 5321 4.5.3.2.7: a server waits at least 5 minutes for a command.
inline constexpr milliseconds command_wait = minutes(5);
/// Who has not said EHLO within a minute has nothing to say.
inline constexpr milliseconds hello_wait = minutes(1);
/// A quiet session keeps its thread this long, then it is parked.
inline constexpr milliseconds linger{50};
/// One that has paused in the middle of something is parked again at once.
inline constexpr milliseconds no_wait{0};
/// RFC 5321 4.5.3.2.5: 3 minutes for a piece of the message ...
inline constexpr milliseconds data_piece_wait = minutes(3);
/// ... and all of it in this time: one byte a second is no mail.
inline constexpr milliseconds data_wait = minutes(30);
inline constexpr milliseconds tls_wait = seconds(30);
/// A reply must get rid of this soon: who does not read holds a thread meanwhile.
inline constexpr milliseconds reply_write_wait = seconds(10);
/// What is read and thrown away after the size limit, before we hang up.
inline constexpr std::uint64_t drain = std::uint64_t{64} << 20;
/// Refused commands of one session, then 421.
inline constexpr unsigned errors = 20;
/// Commands that bring no mail forward (NOOP, RSET, VRFY, HELP, EHLO) between two messages, then 421.
inline constexpr unsigned idle_commands = 100;
/// Failed logins of one session, then 421.
inline constexpr unsigned login_failures = 3;
/// Failed logins of one address within `login_window`, then no password is looked at until the window has passed.
inline constexpr unsigned address_login_failures = 20;
inline constexpr std::chrono::seconds login_window = minutes(10);
/// Each failed login of a session makes it rest this much longer.
inline constexpr milliseconds login_delay{300};
/// An address with this share of its errors (mail.limit.address.errors) used up rests after each further one ...
inline constexpr std::uint64_t slow_percent = 20;
/// ... this much longer each time, up to `longest_rest`.
inline constexpr milliseconds error_rest{250};
inline constexpr milliseconds longest_rest = seconds(10);
/// A header beyond this is refused: it could not be looked at (From check, hops).
inline constexpr std::size_t header_looked_at = 512 << 10;
/// Of a mail, to find out for a filter whether it has an attachment.
inline constexpr std::size_t filter_scan = 8 << 20;
/// FUTURERELEASE: a mail waits at most so long for its time.
inline constexpr base::Microseconds hold_longest = std::chrono::hours(24 * 30);
/// XWAITING lists so many of one person's mails that wait for their time.
inline constexpr std::size_t waiting_listed = 200;
/// DELIVERBY: less cannot be promised for mail that goes on to another server.
inline constexpr base::Microseconds deliver_by_shortest = minutes(1);
/// MT-PRIORITY: the highest for teachers and staff, and for pupils and strangers.
inline constexpr int priority_of_staff = 9;
inline constexpr int priority_of_others = 0;
/// Messages that are being received at the same moment: each may hold a header and a piece of a body in memory.
inline constexpr unsigned incoming_messages = 2000;
/// RFC 5321 6.3: at least 100 Received fields before a message counts as looping.
inline constexpr std::size_t hops = 100;

// --- the server ---------------------------------------------------------------------------------------------------
/// More than one address may open, so that no single client can hold every thread.
inline constexpr std::size_t smtp_workers = 64;
inline constexpr std::size_t box_workers = 64;
inline constexpr std::size_t connections = 10000;
inline constexpr std::size_t connections_per_address = 50;

// --- the spool ----------------------------------------------------------------------------------------------------
/// Bodies up to this size lie in the database row, bigger ones in a file.
inline constexpr std::size_t inline_body = 64 << 10;
/// Free space that must stay on the disk: more than the mail store keeps free itself (StoreSettings::disk_reserve),
/// so that what was accepted can also be delivered.
inline constexpr std::uint64_t spool_reserve = std::uint64_t{64} << 20;
/// With less than this free nothing is sent to other servers: what they take could not be noted, and would be sent
/// again.
inline constexpr std::uint64_t settle_reserve = std::uint64_t{4} << 20;

// --- the trace ----------------------------------------------------------------------------------------------------
/// What it keeps of a text from outside (a reply, a Message-ID, the name in EHLO).
inline constexpr std::size_t trace_text = 500;

/// Refusals kept in all; the oldest go first (about 40 MB).
inline constexpr std::int64_t trace_refusals = 200000;
/// Of one address in an hour, and of all together, so many refusals are kept one by one; what is more is one line.
inline constexpr std::size_t refusals_per_address = 20;
inline constexpr std::size_t refusals_per_hour = 2000;
/// How long a refusal may wait for its commit.
inline constexpr milliseconds refusal_wait{1000};

// --- the queue ----------------------------------------------------------------------------------------------------
/// Messages delivered locally in one commit.
inline constexpr std::size_t local_batch = 200;
/// A lost poke costs this much.
inline constexpr milliseconds queue_look{1000};
/// A full disk empties by somebody's hand: what it did not take is tried again after this, and counts as no attempt.
inline constexpr base::Microseconds no_room_wait = std::chrono::seconds(10);
/// Started one by one when there is work; most of their time they wait for other servers.
inline constexpr std::size_t remote_threads = 32;
inline constexpr base::Microseconds first_retry = minutes(5);
inline constexpr base::Microseconds longest_retry = std::chrono::hours(4);
/// RFC 5321 4.5.4.1: give up after 4-5 days.
inline constexpr base::Microseconds queue_lifetime = std::chrono::hours(24 * 5);
/// The sender is told once that a message is still waiting.
inline constexpr base::Microseconds delay_warning = std::chrono::hours(4);
/// A report returns the whole message only up to this size (RET=FULL).
inline constexpr std::size_t returned_message = 64 << 10;
/// Less room than this in a mailbox counts as full at RCPT.
inline constexpr std::int64_t mailbox_room = 16 << 10;
/// Rooms below this share of the quota are published to the SMTP side.
inline constexpr std::uint64_t watched_room_percent = 20;

// --- DNS ----------------------------------------------------------------------------------------------------------
/// Of one server for one try, and of a whole question: who waits has others to serve.
inline constexpr milliseconds dns_server_wait = seconds(3);
inline constexpr milliseconds dns_wait = seconds(12);
/// Times that the list of servers is gone through.
inline constexpr unsigned dns_rounds = 2;
/// CNAMEs on the way from a question to its records.
inline constexpr unsigned dns_aliases = 8;
/// Answers that are kept, and how long at most whatever their TTL says; RFC 2308 5: "no" for less.
inline constexpr std::size_t dns_answers = 4096;
inline constexpr seconds dns_kept = minutes(60);
inline constexpr seconds dns_negative_kept = minutes(5);

// --- the SMTP client ----------------------------------------------------------------------------------------------
/// RFC 5321 4.5.3.2.1 to .6: at least so long for each reply.
inline constexpr milliseconds greeting_wait = minutes(5);
inline constexpr milliseconds mail_reply_wait = minutes(5);
inline constexpr milliseconds recipient_reply_wait = minutes(5);
inline constexpr milliseconds data_start_wait = minutes(2); ///< for the 354
inline constexpr milliseconds block_wait = minutes(3);      ///< for a piece of the message to go out
inline constexpr milliseconds final_reply_wait = minutes(10);
/// All of a server's replies up to the end of the message together, and at least so many bytes of it a second: a
/// server that uses up every single wait must not hold a thread for hours.
inline constexpr milliseconds transaction_wait = minutes(20);
inline constexpr std::uint64_t least_rate = 8 << 10;
/// For what it says nothing of: the connection; EHLO, STARTTLS, AUTH and RSET; a chunk of BDAT.
inline constexpr milliseconds connect_wait = seconds(30);
inline constexpr milliseconds command_reply_wait = minutes(5);
inline constexpr milliseconds chunk_reply_wait = minutes(5);
/// Whether a quiet connection is still good; what a server says before it hangs up.
inline constexpr milliseconds rset_wait = seconds(5);
inline constexpr std::size_t reply_lines = 100;
inline constexpr std::size_t reply_line = 2048;
/// Addresses tried of one destination per attempt.
inline constexpr std::size_t hosts_tried = 5;
/// Commands sent before their replies are read: few enough that both sides' buffers hold them (RFC 2920 3.1).
inline constexpr std::size_t pipelined_commands = 100;
/// RFC 5321 4.5.3.1.8: every server takes 100 in one transaction.
inline constexpr std::size_t recipients_per_transaction = 100;
inline constexpr std::size_t messages_per_connection = 100;
/// Of BDAT.
inline constexpr std::size_t chunk = 256 << 10;
inline constexpr unsigned auth_rounds = 5;
/// Connections kept open for the next messages, and how long: shorter than any server waits.
inline constexpr std::size_t idle_connections = 16;
inline constexpr seconds connection_kept{5};
/// A policy of MTA-STS (RFC 8461 3.3: 64 KB and a minute are suggested).
inline constexpr std::size_t sts_policy_size = 64 << 10;
inline constexpr seconds sts_fetch_wait{20};
/// After a failure the policy host is left alone for so long; a policy is looked at again after a day.
inline constexpr base::Microseconds sts_retry = minutes(5);
inline constexpr base::Microseconds sts_refresh = std::chrono::hours(24);
inline constexpr seconds sts_refresh_look = minutes(60);
/// Of one server, so that the others get their turn; and servers of a domain whose addresses are looked up.
inline constexpr std::size_t addresses_per_host = 3;
inline constexpr std::size_t hosts_looked_up = 10;

// --- upkeep of the mail store -------------------------------------------------------------------------------------
/// How often it is looked whether another process has written, while one works in the store; and whether a check is
/// due.
inline constexpr milliseconds guest_look = seconds(1);
inline constexpr milliseconds caretaker_look = minutes(1);
/// nice(2) of its thread: the nightly check gives way to everything else.
inline constexpr int caretaker_niceness = 10;

} // namespace maild::limits
