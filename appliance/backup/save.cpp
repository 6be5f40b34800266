#include "appliance/backup/save.h"

#include "appliance/backup/archive.h"
#include "appliance/backup/contents.h"
#include "appliance/base/text.h"
#include "appliance/db/copy.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace backup
{

namespace
{
namespace fs = std::filesystem;
/// Copies of the databases while they go into the archive. Left by a crash, it is emptied by the next backup.
constexpr char const* workplace = "backup.tmp";
constexpr char const* blob_guests = "mail/blobs/guests.lock";

struct Found {
    std::string name;
    std::uint64_t size = 0;
};

bool is_database(std::string_view name) { return name.ends_with(".db"); }

/// Side files of databases, half-written things and locks; the caches that the mail daemon makes anew.
bool is_left_out(std::string_view name)
{
    return name == "mail/text.db" || name == "mail/packs.db" || name.ends_with("-wal") || name.ends_with("-shm") ||
           name.ends_with("-journal") || name.ends_with(".lock") || name.find("/tmp/") != std::string_view::npos;
}

std::vector<Found> walk(std::string const& part)
{
    std::vector<Found> found;
    std::error_code error;
    if (fs::is_regular_file(fs::symlink_status(part, error))) return {{part, fs::file_size(part, error)}};
    auto const options = fs::directory_options::none; // no link is followed
    for (auto at = fs::recursive_directory_iterator(part, options, error); !error && at != fs::end(at);
         at.increment(error)) {
        auto const name = at->path().string();
        std::error_code gone;
        if (!fs::is_regular_file(at->symlink_status(gone)) || is_left_out(name)) continue;
        found.push_back({name, at->file_size(gone)});
    }
    if (error && error != std::errc::no_such_file_or_directory)
        throw base::Failure(base::failed(part, error.message(), "run the command as root"));
    std::sort(found.begin(), found.end(), [](auto const& a, auto const& b) { return a.name < b.name; });
    return found;
}

/// While it lives, the mail daemon removes no message file: what the copy of mail.db refers to is still there.
base::Fd keep_blobs()
{
    base::Fd lock(::open(blob_guests, O_RDWR | O_CLOEXEC | O_NOFOLLOW));
    if (lock) ::flock(lock.get(), LOCK_SH);
    return lock;
}

class Saving
{
public:
    Saving(ArchiveWriter& archive, SaveOptions const& options) : archive_(archive), options_(options)
    {
        for (auto const part : parts())
            for (auto const& found : walk(std::string(part))) total_ += found.size;
    }

    void save(std::string const& part)
    {
        // Databases first: every file that the copy refers to was written before its row.
        auto const files = walk(part);
        for (auto const& found : files)
            if (is_database(found.name)) save_database(found.name);
        for (auto const& found : walk(part))
            if (!is_database(found.name)) save_file(found.name);
    }

private:
    void save_database(std::string const& name)
    {
        auto const copy = std::string(workplace) + "/copy.db";
        fs::remove(copy);
        db::copy_database(name, copy);
        base::Fd const file(::open(copy.c_str(), O_RDONLY | O_CLOEXEC));
        add(name, file.get(), 0640);
        fs::remove(copy);
    }

    void save_file(std::string const& name)
    {
        base::Fd const file(::open(name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
        if (!file && errno == ENOENT) return; // a message of the spool that has left meanwhile
        struct stat status {
        };
        if (!file || ::fstat(file.get(), &status) != 0)
            throw base::Failure(base::failed(name, std::strerror(errno), "run the command as root"));
        if (S_ISREG(status.st_mode)) add(name, file.get(), status.st_mode);
    }

    void add(std::string const& name, int file, unsigned mode)
    {
        struct stat status {
        };
        if (file < 0 || ::fstat(file, &status) != 0)
            throw base::Failure(base::failed(name, std::strerror(errno), "try again"));
        archive_.add(name, file, static_cast<std::uint64_t>(status.st_size), mode);
        if (options_.progress && total_ > 0)
            options_.progress(static_cast<unsigned>(std::min<std::uint64_t>(99, archive_.bytes() * 100 / total_)));
    }

    ArchiveWriter& archive_;
    SaveOptions const& options_;
    std::uint64_t total_ = 0;
};

/// An existing file is replaced only when it is a backup too.
void must_be_replaceable(std::string const& file)
{
    std::error_code error;
    if (!fs::exists(fs::symlink_status(file, error))) return;
    try {
        ArchiveReader reader(file);
        if (auto const first = reader.next(); first && first->name == about_name) return;
    } catch (base::Failure const&) { // something else
    }
    throw base::Failure(base::refused(file, "this file exists and is not a backup", "choose another name"));
}

/// The copies of the databases need room beside them.
class Workplace
{
public:
    Workplace()
    {
        fs::remove_all(workplace);
        if (::mkdir(workplace, 0700) != 0)
            throw base::Failure(base::failed(workplace, std::strerror(errno), "run the command as root"));
    }
    ~Workplace()
    {
        std::error_code ignored;
        fs::remove_all(workplace, ignored);
    }
    Workplace(Workplace const&) = delete;
    Workplace& operator=(Workplace const&) = delete;
};

/// A file that is there under its name only when it is whole.
class NewFile
{
public:
    explicit NewFile(std::string path) : path_(std::move(path)), part_(path_ + ".part")
    {
        ::unlink(part_.c_str());
        file_ = base::Fd(::open(part_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
        if (!file_)
            throw base::Failure(base::failed(path_, std::strerror(errno), "choose a folder that exists, with room"));
    }
    ~NewFile()
    {
        if (file_) ::unlink(part_.c_str());
    }
    NewFile(NewFile const&) = delete;
    NewFile& operator=(NewFile const&) = delete;

    int fd() const { return file_.get(); }
    void keep()
    {
        if (::fsync(file_.get()) != 0 || ::rename(part_.c_str(), path_.c_str()) != 0)
            throw base::Failure(base::failed(path_, std::strerror(errno), "free some space there"));
        file_.reset();
        base::sync_folder(fs::path(path_).parent_path().string());
    }

private:
    std::string path_;
    std::string part_;
    base::Fd file_;
};
} // namespace

Saved save(SaveOptions const& options, base::Timestamp now)
{
    must_be_replaceable(options.file);
    NewFile file(options.file);
    Workplace const place;
    auto const lock = keep_blobs();
    ArchiveWriter archive(file.fd(), options.file);
    archive.add(std::string(about_name),
                "format = " + std::to_string(format_version) + "\nmade = " + base::iso_date(now) +
                    "\ndomain = " + options.domain + "\nversion = " KOTAKPOS_VERSION "\n",
                0600);
    archive.add(std::string(config_name), options.config_text, 0600);
    Saving saving(archive, options);
    for (auto const part : parts()) saving.save(std::string(part));
    archive.finish();
    struct stat status {
    };
    ::fstat(file.fd(), &status);
    file.keep();
    return {archive.files(), archive.bytes(), static_cast<std::uint64_t>(status.st_size)};
}

} // namespace backup
