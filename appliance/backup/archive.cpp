#include "appliance/backup/archive.h"

#include "appliance/base/text.h"

#include <archive.h>
#include <archive_entry.h>
#include <cerrno>
#include <cstring>
#include <unistd.h>

namespace backup
{

namespace
{
constexpr std::size_t piece = 256 << 10;
constexpr std::size_t largest_manifest = std::size_t{512} << 20;

/// "HEX NAME\n" each.
std::string show(std::map<std::string, std::string> const& sums)
{
    std::string text;
    for (auto const& [name, sum] : sums) text += sum + " " + name + "\n";
    return text;
}

struct EntryDeleter {
    void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};
} // namespace

void ArchiveDeleter::operator()(archive* what) const { archive_free(what); }

bool is_safe_name(std::string_view name)
{
    if (name.empty() || name.size() > 4000) return false;
    for (auto const part : base::split(name, '/'))
        if (part.empty() || part == "." || part == "..") return false;
    for (char const c : name)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
    return true;
}

ArchiveWriter::ArchiveWriter(int fd, std::string file) : file_(std::move(file)), archive_(archive_write_new())
{
    if (!archive_ || archive_write_add_filter_zstd(archive_.get()) != ARCHIVE_OK ||
        archive_write_set_format_pax_restricted(archive_.get()) != ARCHIVE_OK ||
        archive_write_open_fd(archive_.get(), fd) != ARCHIVE_OK)
        fail();
}

ArchiveWriter::~ArchiveWriter() = default;

void ArchiveWriter::fail()
{
    auto const code = archive_ ? archive_errno(archive_.get()) : ENOMEM;
    throw base::Failure(base::failed(file_, std::strerror(code), "free some space there, or choose another place"));
}

void ArchiveWriter::begin(std::string const& name, std::uint64_t size, unsigned mode)
{
    std::unique_ptr<archive_entry, EntryDeleter> const entry(archive_entry_new());
    archive_entry_set_pathname(entry.get(), name.c_str());
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(size));
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), mode & 0777);
    if (archive_write_header(archive_.get(), entry.get()) != ARCHIVE_OK) fail();
}

void ArchiveWriter::write(std::string_view bytes)
{
    if (archive_write_data(archive_.get(), bytes.data(), bytes.size()) != static_cast<la_ssize_t>(bytes.size()))
        fail();
    bytes_ += bytes.size();
}

void ArchiveWriter::add(std::string const& name, int source, std::uint64_t size, unsigned mode)
{
    begin(name, size, mode);
    base::Sha256 sum;
    std::string buffer(piece, '\0');
    for (std::uint64_t left = size; left > 0;) {
        auto const got =
            ::read(source, buffer.data(), static_cast<std::size_t>(std::min<std::uint64_t>(left, piece)));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0)
            throw base::Failure(base::failed(name, got < 0 ? std::strerror(errno) : "it has become shorter",
                                             "try again; 'kotakpos mailbox check' looks for damage"));
        std::string_view const bytes(buffer.data(), static_cast<std::size_t>(got));
        sum.update(bytes);
        write(bytes);
        left -= bytes.size();
    }
    sums_[name] = base::hex(sum.finish());
}

void ArchiveWriter::add(std::string const& name, std::string_view bytes, unsigned mode)
{
    begin(name, bytes.size(), mode);
    write(bytes);
    sums_[name] = base::hex(base::sha256(bytes));
}

void ArchiveWriter::finish()
{
    auto const manifest = show(sums_);
    begin(std::string(manifest_name), manifest.size(), 0600);
    write(manifest);
    if (archive_write_close(archive_.get()) != ARCHIVE_OK) fail();
}

ArchiveReader::ArchiveReader(std::string file) : file_(std::move(file)), archive_(archive_read_new())
{
    // Only what the writer makes: every other format of the library is a parser that nobody needs here.
    archive_read_support_filter_zstd(archive_.get());
    archive_read_support_format_tar(archive_.get());
    if (::access(file_.c_str(), R_OK) != 0)
        throw base::Failure(base::refused(file_, std::strerror(errno), "check its name and where it is"));
    if (archive_read_open_filename(archive_.get(), file_.c_str(), piece) != ARCHIVE_OK) fail("it is not a backup");
}

ArchiveReader::~ArchiveReader() = default;

void ArchiveReader::fail(std::string const& why)
{
    throw base::Failure(base::refused(file_, why, "use another backup; this one cannot be trusted"));
}

std::optional<ArchiveEntry> ArchiveReader::next()
{
    finish_entry();
    archive_entry* entry = nullptr;
    auto const code = archive_read_next_header(archive_.get(), &entry);
    if (code == ARCHIVE_EOF) {
        compare();
        return std::nullopt;
    }
    if (code != ARCHIVE_OK) fail(sums_.empty() ? "it is not a backup" : "it is damaged or cut off");
    auto const* const name = archive_entry_pathname(entry);
    if (!name || archive_entry_filetype(entry) != AE_IFREG || !is_safe_name(name) || sums_.contains(name))
        fail("it contains something that no backup has");
    if (manifest_) fail("something stands behind its list of contents");
    current_ = ArchiveEntry{name, static_cast<std::uint64_t>(archive_entry_size(entry)), archive_entry_perm(entry)};
    if (current_->name != manifest_name) return current_;
    manifest_ = read_all(largest_manifest);
    return next();
}

void ArchiveReader::read(std::function<void(std::string_view)> const& take)
{
    base::Sha256 sum;
    std::string buffer(piece, '\0');
    for (;;) {
        auto const got = archive_read_data(archive_.get(), buffer.data(), buffer.size());
        if (got < 0) fail("it is damaged or cut off");
        if (got == 0) break;
        std::string_view const bytes(buffer.data(), static_cast<std::size_t>(got));
        sum.update(bytes);
        take(bytes);
    }
    if (current_->name != manifest_name) sums_[current_->name] = base::hex(sum.finish());
    current_.reset();
}

void ArchiveReader::finish_entry()
{
    if (current_) read([](std::string_view) {});
}

std::string ArchiveReader::read_all(std::size_t limit)
{
    std::string all;
    if (current_->size > limit) fail("it contains something that no backup has");
    read([&](std::string_view bytes) { all += bytes; });
    return all;
}

std::uint64_t ArchiveReader::compressed_bytes() const
{
    return static_cast<std::uint64_t>(archive_filter_bytes(archive_.get(), -1));
}

void ArchiveReader::compare()
{
    if (sums_.empty()) fail("it is not a backup");
    if (!manifest_) fail("it is damaged or cut off");
    if (*manifest_ != show(sums_)) fail("its contents have changed since it was made");
}

} // namespace backup
