#pragma once
// EMAILID and THREADID as clients see them (RFC 8474): a letter and the number that the store gave.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace maild::imap
{

/// Of a mailbox::BodyId: copies of a message have it in common.
std::string show_email_id(std::int64_t body);
/// Of MailStore::threads().
std::string show_thread_id(std::int64_t thread);
std::optional<std::int64_t> parse_email_id(std::string_view id);
std::optional<std::int64_t> parse_thread_id(std::string_view id);

} // namespace maild::imap
