// An archive of a stranger, or of a teacher whose computer has one, becomes files. Over libarchive.

#include "appliance/base/file.h"
#include "appliance/base/text.h"
#include "appliance/site/site.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <locale.h>
#include <memory>
#include <optional>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace site
{

namespace
{
constexpr std::size_t longest_name = 200; ///< of one file or folder, in bytes
constexpr std::size_t deepest = 16;       ///< folders inside each other
constexpr std::size_t piece = 64 << 10;

/// `what`: a name in the archive, shown to people; or "site".
[[noreturn]] void refuse(std::string what, std::string why, std::string to_do = "nothing was changed")
{
    for (auto& c : what)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
    throw base::Failure(base::refused(std::move(what), std::move(why), std::move(to_do)));
}

[[noreturn]] void fail_writing(std::string const& name)
{
    if (errno == ENOSPC || errno == EDQUOT) refuse(name, "there is no room left on the disk");
    throw base::Failure(base::failed(name, std::strerror(errno), "nothing was changed"));
}

/// What macOS and Windows put beside the files, and what is hidden.
bool is_left_out(std::string_view segment)
{
    if (segment.starts_with('.')) return segment != ".well-known";
    for (std::string_view const name : {"__MACOSX", "Thumbs.db", "desktop.ini"})
        if (base::equal_ignoring_case(segment, name)) return true;
    return false;
}

bool is_clean(std::string_view segment)
{
    return segment.size() <= longest_name && segment != ".." &&
           std::none_of(segment.begin(), segment.end(), [](char c) {
               auto const byte = static_cast<unsigned char>(c);
               return byte < 0x20 || byte == 0x7f || c == ':';
           });
}

/// The folders and the name of an entry; nothing: it is left out. Backslashes are how some programs write slashes.
std::optional<std::vector<std::string>> segments_of(std::string path)
{
    std::replace(path.begin(), path.end(), '\\', '/');
    if (path.starts_with('/')) refuse(path, "this name leads out of the page's folder");
    if (!base::is_utf8(path)) refuse("site", "a name in the archive cannot be read", "use plain letters and digits");
    std::vector<std::string> segments;
    bool left_out = false;
    for (auto const segment : base::split(path, '/')) {
        if (segment.empty() || segment == ".") continue;
        if (!is_clean(segment)) refuse(path, "this name leads out of the page's folder, or cannot be one");
        left_out = left_out || is_left_out(segment);
        segments.emplace_back(segment);
    }
    if (segments.size() > deepest) refuse(path, "there are too many folders inside each other");
    if (left_out || segments.empty()) return std::nullopt;
    return segments;
}

struct Release {
    void operator()(archive* what) const { archive_read_free(what); }
};

/// libarchive converts names by the locale, which daemons and scripts do not have.
class Utf8Names
{
public:
    Utf8Names() : locale_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)), before_(::uselocale(locale_)) {}
    ~Utf8Names()
    {
        ::uselocale(before_);
        if (locale_) ::freelocale(locale_);
    }
    Utf8Names(Utf8Names const&) = delete;
    Utf8Names& operator=(Utf8Names const&) = delete;

private:
    locale_t locale_;
    locale_t before_;
};

class Unpacking
{
public:
    Unpacking(int source, std::string folder) : folder_(std::move(folder)), archive_(archive_read_new())
    {
        archive_read_support_filter_gzip(archive_.get());
        archive_read_support_format_zip(archive_.get());
        archive_read_support_format_tar(archive_.get());
        if (archive_read_open_fd(archive_.get(), source, piece) != ARCHIVE_OK) refuse_archive();
    }

    Published run()
    {
        archive_entry* entry = nullptr;
        for (;;) {
            auto const code = archive_read_next_header(archive_.get(), &entry);
            if (code == ARCHIVE_EOF) break;
            if (code != ARCHIVE_OK && code != ARCHIVE_WARN) refuse_archive();
            take(entry);
        }
        if (published_.files == 0) refuse("site", "there are no files in this archive");
        return published_;
    }

private:
    [[noreturn]] void refuse_archive()
    {
        refuse("site", "this is no ZIP archive, or it is damaged", "make it again and upload it");
    }

    void take(archive_entry* entry)
    {
        auto const* name = archive_entry_pathname_utf8(entry);
        if (!name) name = archive_entry_pathname(entry); // written without saying how: perhaps it is UTF-8
        if (!name) refuse("site", "a name in the archive cannot be read", "use plain letters and digits");
        if (archive_entry_is_encrypted(entry))
            refuse("site", "this archive is locked with a password", "make one without a password");
        auto const type = archive_entry_filetype(entry);
        if (archive_entry_hardlink(entry) || (type != AE_IFREG && type != AE_IFDIR))
            refuse(name, "only files and folders can be in a page, no links");
        auto const segments = segments_of(name);
        if (!segments) {
            if (type == AE_IFREG) ++published_.left_out;
            return;
        }
        auto path = folder_;
        for (std::size_t i = 0; i + 1 < segments->size(); ++i) make_folder(path += "/" + (*segments)[i]);
        path += "/" + segments->back();
        if (type == AE_IFDIR)
            make_folder(path);
        else
            write(path, name);
    }

    void make_folder(std::string const& path)
    {
        if (::mkdir(path.c_str(), 0755) == 0 && ::chmod(path.c_str(), 0755) == 0) { // whatever the umask is
            if (++folders_ > most_files) refuse("site", "there are too many folders in this archive");
            return;
        }
        struct stat status {
        };
        if (errno != EEXIST) fail_writing(path);
        if (::lstat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) refuse(path, "is a file and a folder");
    }

    void write(std::string const& path, std::string const& name)
    {
        if (++published_.files > most_files) refuse("site", "there are too many files in this archive: at most 5000");
        base::Fd const file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644));
        if (!file && (errno == EEXIST || errno == EISDIR)) refuse(name, "this name is there twice");
        if (!file) fail_writing(name);
        if (::fchmod(file.get(), 0644) != 0) fail_writing(name);
        std::array<char, piece> bytes{};
        for (;;) {
            auto const count = archive_read_data(archive_.get(), bytes.data(), bytes.size());
            if (count == 0) return;
            if (count < 0) refuse_archive();
            // Counted as it comes: what the archive says of its sizes is its own affair.
            published_.bytes += static_cast<std::uint64_t>(count);
            if (published_.bytes > most_bytes) refuse("site", "unpacked, this is larger than 200 MB");
            must_have_room();
            write_all(file.get(), {bytes.data(), static_cast<std::size_t>(count)}, name);
        }
    }

    void must_have_room()
    {
        struct statvfs disk {
        };
        if (::statvfs(folder_.c_str(), &disk) == 0 && std::uint64_t{disk.f_bavail} * disk.f_frsize < kept_free)
            refuse("site", "there is no room left on the disk");
    }

    static void write_all(int fd, std::string_view bytes, std::string const& name)
    {
        while (!bytes.empty()) {
            auto const done = ::write(fd, bytes.data(), bytes.size());
            if (done < 0 && errno == EINTR) continue;
            if (done < 0) fail_writing(name);
            bytes.remove_prefix(static_cast<std::size_t>(done));
        }
    }

    Utf8Names names_;
    std::string const folder_;
    std::unique_ptr<archive, Release> archive_;
    Published published_;
    std::size_t folders_ = 0;
};
} // namespace

Published unpack(int source, std::string const& folder) { return Unpacking(source, folder).run(); }

} // namespace site
