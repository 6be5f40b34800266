#pragma once
// The mbox format (RFC 4155): many messages in one file, each behind a "From " line. Written as mboxrd; read as
// mboxrd, mboxo, mboxcl and mboxcl2, a message at a time, so that the file may be of any size.

#include "maild/mailbox/store.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace maild::transfer
{

struct MboxMessage {
    std::string bytes; ///< with CRLF, as the store wants it; without the mail program's own fields (Status, X-UID)
    mailbox::Flags flags;
    mailbox::Uid uid = 0;           ///< X-UID; 0: none
    std::uint32_t uid_validity = 0; ///< X-IMAPbase of the first message; 0: none
    base::Timestamp date = 0;       ///< of the "From " line; 0: it has none
    bool is_too_large = false;      ///< `bytes` is empty
    std::uint64_t size = 0;         ///< in the file
};

/// Looks for the next "From " line: one that a blank line (or the file's beginning) precedes and that has a time and
/// a year. What stands before the first one is no mbox: `is_mbox` is false then and nothing is read.
class MboxReader
{
public:
    /// `read_at(offset, to, count)` gives how many bytes it read; 0 at the end.
    using ReadAt = std::function<std::size_t(std::uint64_t offset, char* to, std::size_t count)>;
    MboxReader(ReadAt read_at, std::size_t largest_message);

    bool is_mbox();
    std::optional<MboxMessage> next();
    /// Bytes read so far, for a progress bar.
    std::uint64_t offset() const { return offset_; }

private:
    /// A line with its LF, from the file's position; cut at `largest_message_`. False at the end.
    bool read_line(std::string& line);
    bool fill();
    void read_message(std::string& raw, MboxMessage& message);
    /// Reads a body of Content-Length bytes when a "From " line or the end follows it. False: read by lines.
    bool read_counted(std::string& raw, std::uint64_t length, MboxMessage& message);
    bool is_boundary_at(std::uint64_t offset);

    ReadAt read_at_;
    std::size_t const largest_message_;
    std::uint64_t offset_ = 0; ///< of the next byte that read_line() gives
    std::string buffer_;
    std::size_t used_ = 0;
    std::string from_; ///< the "From " line of the next message
    bool is_started_ = false;
};

/// A "From " line as mail programs write it.
bool is_from_line(std::string_view line);
/// Its moment (UTC unless it names a zone), or 0.
base::Timestamp date_of_from_line(std::string_view line);

/// The message as it stands in the file, with its "From " line and the blank line behind it.
struct MboxEntry {
    std::string_view bytes;
    mailbox::MessageInfo info;
    std::uint32_t uid_validity = 0; ///< only for the first message of a file
    mailbox::Uid uid_next = 0;
};
std::string show_mbox(MboxEntry const& entry);

} // namespace maild::transfer
