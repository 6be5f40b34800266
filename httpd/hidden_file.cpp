#include "httpd/hidden_file.h"

#include "appliance/base/error.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace httpd
{

namespace
{
constexpr char const* folder = "web"; ///< where httpd may write
constexpr std::size_t piece_bytes = std::size_t{64} << 10;

int open_nameless()
{
    int const fd = ::open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    return fd >= 0 ? fd : ::memfd_create("upload", MFD_CLOEXEC);
}
} // namespace

HiddenFile::~HiddenFile()
{
    if (fd_ >= 0) ::close(fd_);
}

HiddenFile& HiddenFile::operator=(HiddenFile&& other) noexcept
{
    std::swap(fd_, other.fd_);
    std::swap(size_, other.size_);
    return *this;
}

void HiddenFile::add(std::string_view bytes)
{
    if (bytes.empty()) return;
    if (fd_ < 0) fd_ = open_nameless();
    if (fd_ < 0) throw base::StoreError(base::StoreFault::busy, "no temporary file");
    while (!bytes.empty()) {
        auto const written = ::write(fd_, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) throw base::StoreError(base::StoreFault::full, "no space for an uploaded file");
        size_ += static_cast<std::size_t>(written);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

void HiddenFile::read(std::function<void(std::string_view piece)> const& take) const
{
    std::array<char, piece_bytes> piece; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by pread
    for (std::size_t at = 0; at < size_;) {
        auto const got = ::pread(fd_, piece.data(), piece.size(), static_cast<off_t>(at));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) throw base::StoreError(base::StoreFault::unavailable, "an uploaded file cannot be read");
        take({piece.data(), static_cast<std::size_t>(got)});
        at += static_cast<std::size_t>(got);
    }
}

std::string HiddenFile::bytes() const
{
    std::string bytes;
    bytes.reserve(size_);
    read([&](std::string_view piece) { bytes += piece; });
    return bytes;
}

} // namespace httpd
