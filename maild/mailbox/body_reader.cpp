#include "maild/mailbox/body_reader.h"

#include <algorithm>
#include <cerrno>
#include <unistd.h>

namespace maild::mailbox
{

namespace
{
/// How much of [offset, offset + count) there is.
std::size_t within(std::uint64_t size, std::uint64_t offset, std::size_t count)
{
    return offset >= size ? 0 : static_cast<std::size_t>(std::min<std::uint64_t>(size - offset, count));
}

class MemoryBody final : public BodyReader
{
public:
    explicit MemoryBody(std::string bytes) : bytes_(std::move(bytes)) {}
    std::uint64_t size() const override { return bytes_.size(); }
    std::string read(std::uint64_t offset, std::size_t count) override
    {
        count = within(bytes_.size(), offset, count);
        return count == 0 ? std::string() : bytes_.substr(static_cast<std::size_t>(offset), count);
    }

private:
    std::string bytes_;
};

class FileBody final : public BodyReader
{
public:
    FileBody(base::Fd file, std::uint64_t size) : file_(std::move(file)), size_(size) {}
    std::uint64_t size() const override { return size_; }
    std::string read(std::uint64_t offset, std::size_t count) override
    {
        std::string bytes(within(size_, offset, count), '\0');
        std::size_t done = 0;
        while (done < bytes.size()) {
            auto const got =
                ::pread(file_.get(), bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) base::throw_store_error("message body");
            if (got == 0)
                throw base::StoreError(base::StoreFault::corrupt, "a message body is shorter than its row says");
            done += static_cast<std::size_t>(got);
        }
        return bytes;
    }

private:
    base::Fd file_;
    std::uint64_t size_;
};
} // namespace

std::unique_ptr<BodyReader> read_memory(std::string bytes) { return std::make_unique<MemoryBody>(std::move(bytes)); }

std::unique_ptr<BodyReader> read_file_body(base::Fd file, std::uint64_t size)
{
    return std::make_unique<FileBody>(std::move(file), size);
}

} // namespace maild::mailbox
