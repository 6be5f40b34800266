#include "appliance/base/file.h"

#include "appliance/base/secret.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace base
{

namespace
{
std::string folder_of(std::string const& path)
{
    auto const slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}
} // namespace

void Fd::reset()
{
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
}

namespace
{
/// Behind what is in `bytes` already.
Result<std::string> read_all(Fd const& file, std::string const& path, std::size_t limit, std::string bytes = {})
{
    struct stat status {
    };
    if (::fstat(file.get(), &status) == 0 && S_ISREG(status.st_mode)) // a large file is in memory once, not twice
        bytes.reserve(bytes.size() + std::min(static_cast<std::size_t>(status.st_size), limit));
    char buffer[65536];
    for (;;) {
        auto const count = ::read(file.get(), buffer, sizeof buffer);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return failed(path, std::strerror(errno));
        if (count == 0) return bytes;
        if (bytes.size() + static_cast<std::size_t>(count) > limit) return failed(path, "the file is too large");
        bytes.append(buffer, static_cast<std::size_t>(count));
    }
}
} // namespace

Result<std::string> read_file(std::string const& path, std::size_t limit)
{
    Fd const file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return failed(path, std::strerror(errno), "check that the file exists and may be read");
    return read_all(file, path, limit);
}

Fd open_plain_file(std::string const& path)
{
    Fd file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)); // a FIFO must not hold us up
    struct stat status {
    };
    if (!file || ::fstat(file.get(), &status) != 0) throw_store_error(path);
    if (!S_ISREG(status.st_mode)) throw StoreError(StoreFault::corrupt, path + ": this is not a plain file");
    return file;
}

Result<std::string> read_plain_file(std::string const& path, std::size_t limit, std::string front)
{
    return read_all(open_plain_file(path), path, limit, std::move(front));
}

Result<void> write_file_atomically(std::string const& path, std::string_view bytes, unsigned mode)
{
    std::string const temporary = path + ".tmp-" + random_hex(6);
    Fd file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    if (!file) return failed(path, std::strerror(errno), "check the folder's owner and free space");
    try {
        if (::fchmod(file.get(), mode) != 0) throw_store_error(temporary);
        write_all(file.get(), bytes);
        if (::fsync(file.get()) != 0) throw_store_error(temporary);
        if (::rename(temporary.c_str(), path.c_str()) != 0) throw_store_error(path);
        sync_folder(folder_of(path));
    } catch (StoreError const& error) {
        ::unlink(temporary.c_str());
        return failed(path, error.what(), "check the free space of the disk");
    }
    return {};
}

void write_all(int fd, std::string_view bytes)
{
    while (!bytes.empty()) {
        auto const count = ::write(fd, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw_store_error("write");
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
}

void sync_folder(std::string const& folder)
{
    Fd const file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!file || ::fsync(file.get()) != 0) throw_store_error(folder);
}

Result<void> make_folders(std::string const& path, unsigned mode)
{
    if (::mkdir(path.c_str(), mode) == 0 || errno == EEXIST) return {};
    if (errno != ENOENT || path.find('/') == std::string::npos)
        return failed(path, std::strerror(errno), "check that its parent folder may be written");
    if (auto parent = make_folders(folder_of(path), 0755); !parent) return parent;
    if (::mkdir(path.c_str(), mode) == 0 || errno == EEXIST) return {};
    return failed(path, std::strerror(errno), "check that its parent folder may be written");
}

void must_make_folders(std::string const& path, unsigned mode)
{
    if (!make_folders(path, mode)) throw_store_error(path); // of its last call
}

void throw_store_error(std::string const& what)
{
    int const error = errno;
    bool const full = error == ENOSPC || error == EDQUOT;
    throw StoreError(full ? StoreFault::full : StoreFault::unavailable, what + ": " + std::strerror(error));
}

} // namespace base
