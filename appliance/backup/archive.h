#pragma once
// One compressed archive file (tar, zstandard) with the SHA-256 of everything in it as its last entry. Over
// libarchive.

#include "appliance/base/file.h"
#include "appliance/base/secret.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct archive;

namespace backup
{

/// The name of the last entry. A file without it is not whole.
inline constexpr std::string_view manifest_name = "MANIFEST";

struct ArchiveDeleter {
    void operator()(archive* what) const;
};

/// Throws base::Failure when the file cannot be written.
class ArchiveWriter
{
public:
    /// Writes to an open file, which stays the caller's.
    ArchiveWriter(int fd, std::string file);
    ArchiveWriter(ArchiveWriter const&) = delete;
    ArchiveWriter& operator=(ArchiveWriter const&) = delete;
    ~ArchiveWriter();

    /// `size` bytes from the descriptor. A file that has become shorter: Failure.
    void add(std::string const& name, int source, std::uint64_t size, unsigned mode);
    void add(std::string const& name, std::string_view bytes, unsigned mode);
    /// Writes the manifest and the end.
    void finish();
    std::uint64_t files() const { return sums_.size(); }
    std::uint64_t bytes() const { return bytes_; }

private:
    void begin(std::string const& name, std::uint64_t size, unsigned mode);
    void write(std::string_view bytes);
    [[noreturn]] void fail();

    std::string file_;
    std::unique_ptr<archive, ArchiveDeleter> archive_;
    std::map<std::string, std::string> sums_; ///< SHA-256 in hexadecimal, by name
    std::uint64_t bytes_ = 0;
};

struct ArchiveEntry {
    std::string name;
    std::uint64_t size = 0;
    unsigned mode = 0600;
};

/// Reads an archive from its beginning to its end. Throws base::Failure (refused) when it is not one, is cut off, or
/// does not fit its manifest.
class ArchiveReader
{
public:
    explicit ArchiveReader(std::string file);
    ArchiveReader(ArchiveReader const&) = delete;
    ArchiveReader& operator=(ArchiveReader const&) = delete;
    ~ArchiveReader();

    /// The next plain file; nothing at the end, after the manifest was compared.
    std::optional<ArchiveEntry> next();
    /// The bytes of the entry that next() gave, piece by piece. May be left out; then they are only checked.
    void read(std::function<void(std::string_view)> const& take);
    std::string read_all(std::size_t limit);
    std::uint64_t compressed_bytes() const;

private:
    void finish_entry();
    void compare();
    [[noreturn]] void fail(std::string const& why);

    std::string file_;
    std::unique_ptr<archive, ArchiveDeleter> archive_;
    std::map<std::string, std::string> sums_;
    std::optional<ArchiveEntry> current_;
    std::optional<std::string> manifest_;
};

/// "mail/blobs/ab/…": relative, without "..", empty parts or control characters.
bool is_safe_name(std::string_view name);

} // namespace backup
