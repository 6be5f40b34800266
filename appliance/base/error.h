#pragma once
// Errors as people see them, and the two exceptions that carry them. Not for protocol replies: each session has its
// own.

#include <stdexcept>
#include <string>
#include <utility>

namespace base
{

/// What a person is told: WHAT failed, WHY, and what TO DO next. Texts are English catalogue ids or finished
/// sentences. `refused` means bad input and nothing changed (exit code 3); otherwise the attempt failed (exit code
/// 1).
struct Error {
    std::string what;
    std::string why;
    std::string to_do;
    bool refused = false;

    /// "WHAT: WHY; TO DO", leaving out what is empty.
    std::string line() const;
};

/// Bad input: the value is wrong, nothing was changed.
inline Error refused(std::string what, std::string why, std::string to_do = {})
{
    return {std::move(what), std::move(why), std::move(to_do), true};
}

/// The input was good, the world was not.
inline Error failed(std::string what, std::string why, std::string to_do = {})
{
    return {std::move(what), std::move(why), std::move(to_do), false};
}

/// An Error on its way up through code that cannot go on; caught by `Daemon`, the command line and the top of
/// threads.
class Failure : public std::runtime_error
{
public:
    explicit Failure(Error error) : std::runtime_error(error.line()), error_(std::move(error)) {}
    Error const& error() const { return error_; }

private:
    Error error_;
};

/// The store could not do it. The closed list of reasons that sessions translate to their protocol's words.
enum class StoreFault {
    busy,        ///< somebody else holds it; again later
    full,        ///< no space on the disk
    unavailable, ///< missing, unreadable, or the process is stopping
    corrupt,     ///< the file is damaged; somebody must act
    constraint,  ///< the same key exists already, or a reference is missing
};

/// Thrown by every store (`Database`, blobs, spool). Nothing of the failed unit of work was kept.
class StoreError : public std::runtime_error
{
public:
    StoreError(StoreFault fault, std::string const& detail) : std::runtime_error(detail), fault_(fault) {}
    StoreFault fault() const { return fault_; }

private:
    StoreFault fault_;
};

/// Whether it was thrown for want of space on the disk.
bool is_disk_full(std::exception const& error);
/// How IMAP and POP3 tell it, so that our webmail can say it in the reader's words: RFC 5530 has no code for it.
inline constexpr std::string_view disk_full_text = "The server's disk is full; nothing was changed";

} // namespace base
