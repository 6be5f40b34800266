#pragma once
// Bytes on the disk that nobody else sees and that are gone with their owner, also after a crash: what somebody
// uploads, however large it is, costs no memory.

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace httpd
{

/// A file without a name under web/ (in memory, where the file system has no such files), made with its first byte.
/// One thread at a time may add; throws base::StoreError when the disk is full or broken.
class HiddenFile
{
public:
    HiddenFile() = default;
    HiddenFile(HiddenFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)), size_(std::exchange(other.size_, 0))
    {
    }
    HiddenFile& operator=(HiddenFile&& other) noexcept;
    ~HiddenFile();

    void add(std::string_view bytes);
    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    /// From the beginning, piece by piece; no view is valid longer than its call.
    void read(std::function<void(std::string_view piece)> const& take) const;
    std::string bytes() const;

private:
    int fd_ = -1;
    std::size_t size_ = 0;
};

} // namespace httpd
