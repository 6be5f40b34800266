#pragma once
// The bytes of a message in the spool: collected in memory while small, in a file when big. Durable only with its
// row.

#include "appliance/base/error.h"
#include "appliance/base/file.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace maild::queue
{

/// Microseconds of arrival and 12 random bits: unique, and in order of arrival.
using MessageId = std::int64_t;
MessageId new_message_id(std::int64_t now);
/// 13 characters of 0-9 a-v, in the same order as the numbers; and back.
std::string show(MessageId id);
std::optional<MessageId> parse_message_id(std::string_view text);

/// A message being written. Not finished (`Spool::commit`): its file goes with it.
class SpoolBody
{
public:
    /// `folder`: where a big body's file is made, named by the id.
    SpoolBody(MessageId id, std::string folder);
    SpoolBody(SpoolBody&&) noexcept = default;
    SpoolBody& operator=(SpoolBody&&) = delete;
    ~SpoolBody();

    MessageId id() const { return id_; }
    std::uint64_t size() const { return head_.size() + size_; }
    /// Fields in front of everything that is appended; may be added until the commit. The Return-Path line comes
    /// first.
    void add_return_path(std::string_view sender);
    void add_head(std::string_view fields) { head_ += fields; }
    /// Never throws for the disk: what goes wrong is kept for finish(), so that a reader can drain its input first.
    void append(std::string_view bytes);
    /// Other bytes in place of everything that was appended. As append().
    void replace(std::string_view bytes);
    bool has_failed() const { return error_.has_value(); }

    /// Makes a big body durable under its final name. Throws the StoreError of any append. Small: does nothing.
    void finish();
    /// The row is committed: the file stays.
    void keep() { kept_ = true; }
    std::size_t return_path() const { return return_path_; }
    bool is_file() const { return static_cast<bool>(file_); }
    std::string const& head() const { return head_; }
    std::string const& bytes() const { return bytes_; } ///< what was appended, while it is no file
    /// At most `most` bytes of what was appended, from `offset`. Throws StoreError.
    std::string read(std::uint64_t offset, std::size_t most);

private:
    void spill();
    void write_out();
    std::string path(bool final) const;

    MessageId id_;
    std::string folder_;
    std::string head_;
    std::string bytes_; ///< everything that was appended, or what is not yet in the file
    base::Fd file_;
    std::uint64_t size_ = 0; ///< of what was appended
    std::size_t return_path_ = 0;
    bool renamed_ = false;
    bool kept_ = false;
    std::optional<base::StoreError> error_;
};

/// The bytes of a message that lies in the spool.
struct StoredBody {
    std::string head;  ///< our fields in front of it
    std::string bytes; ///< the message itself, or
    std::string file;  ///< the file that holds it

    /// At most `most` bytes from `offset`, counted over head and message. Throws StoreError.
    std::string read(std::uint64_t offset, std::size_t most) const;
};

} // namespace maild::queue
