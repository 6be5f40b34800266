#pragma once
// File descriptors that close themselves, and files that are either whole or not there. Not for sockets (net/).

#include "appliance/base/result.h"

#include <string>
#include <string_view>
#include <utility>

namespace base
{

/// Owns a file descriptor; -1 is none.
class Fd
{
public:
    Fd() = default;
    explicit Fd(int fd) : fd_(fd) {}
    Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Fd& operator=(Fd&& other) noexcept
    {
        if (this != &other) {
            reset();
            fd_ = std::exchange(other.fd_, -1);
        }
        return *this;
    }
    Fd(Fd const&) = delete;
    Fd& operator=(Fd const&) = delete;
    ~Fd() { reset(); }

    int get() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }
    int release() { return std::exchange(fd_, -1); }
    void reset();

private:
    int fd_ = -1;
};

/// The whole file, at most `limit` bytes (default 64 MiB).
Result<std::string> read_file(std::string const& path, std::size_t limit = std::size_t{64} << 20);

/// The same of a file that a less trusted user may have put there: no link is followed, nothing but a plain file is
/// read. Its bytes come behind `front`, with one allocation for both.
Result<std::string> read_plain_file(std::string const& path, std::size_t limit, std::string front = {});
/// Opens such a file. Throws StoreError.
Fd open_plain_file(std::string const& path);

/// Temporary file, fsync, rename, fsync of the folder: after a crash the file is the old one or the new one.
/// `mode` as in chmod (0600 for secrets).
Result<void> write_file_atomically(std::string const& path, std::string_view bytes, unsigned mode);

/// Writes all, in spite of short writes and EINTR. Throws StoreError (full or unavailable).
void write_all(int fd, std::string_view bytes);
/// fsync of a folder, so that names made in it last. Throws StoreError.
void sync_folder(std::string const& folder);
/// Makes the folder and its parents; existing ones keep their mode.
Result<void> make_folders(std::string const& path, unsigned mode);
/// The same; throws StoreError (full or unavailable).
void must_make_folders(std::string const& path, unsigned mode);

/// The StoreError for the current errno: ENOSPC and EDQUOT are `full`, everything else `unavailable`.
[[noreturn]] void throw_store_error(std::string const& what);

} // namespace base
