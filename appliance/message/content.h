#pragma once
// Bytes that may lie anywhere (in memory, in a file) and are read piece by piece, as often as one wants: so a large
// attachment goes from file to file without ever being in memory as a whole.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace message
{

/// Cheap to copy. Reading throws what the source throws.
class Content
{
public:
    /// No view is valid longer than its call.
    using Take = std::function<void(std::string_view piece)>;

    Content() : Content(std::string()) {}
    /// Implicit: where content is asked, bytes will do.
    Content(std::string bytes)
        : size_(bytes.size()),
          read_([kept = std::make_shared<std::string const>(std::move(bytes))](Take const& take) {
              if (!kept->empty()) take(*kept);
          })
    {
    }
    /// `read` gives `size` bytes, each time the same.
    Content(std::size_t size, std::function<void(Take const&)> read) : size_(size), read_(std::move(read)) {}

    std::size_t size() const { return size_; }
    void read(Take const& take) const { read_(take); }

private:
    std::size_t size_;
    std::function<void(Take const&)> read_;
};

} // namespace message
