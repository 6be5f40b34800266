#pragma once
// Writes a ZIP archive while it is being sent (PKWARE APPNOTE 6.3.10): sizes and checksums stand behind each file, so
// nothing is held back. Files are not made smaller: attachments mostly are already. Archives below 4 GB.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace httpd
{

class ZipWriter
{
public:
    using Write = std::function<void(std::string_view)>;
    explicit ZipWriter(Write write) : write_(std::move(write)) {}

    /// Begins a file. `name`: UTF-8, already safe; one that is there already gets a number.
    void begin(std::string name);
    /// Bytes of the file begun last.
    void add(std::string_view bytes);
    void end();
    /// The directory at the end of the archive.
    void finish();

private:
    struct Entry {
        std::string name;
        std::uint32_t offset = 0, crc = 0, packed = 0, size = 0;
    };
    void put(std::string const& bytes);
    std::string free_name(std::string name) const;

    Write write_;
    std::vector<Entry> entries_;
    std::uint32_t offset_ = 0;
};

} // namespace httpd
