#include "appliance/site/site.h"

#include "appliance/base/file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace site
{

namespace
{
namespace fs = std::filesystem;

// Inside the folder, because only there its owner may make and rename; hidden, because httpd shows no dotted names.
constexpr std::string_view incoming = ".incoming"; ///< being unpacked: worth nothing
constexpr std::string_view next = ".next";         ///< whole; what is shown moves away
constexpr std::string_view arriving = ".arriving"; ///< whole; moves in
constexpr std::string_view leaving = ".leaving";   ///< what was shown until now
constexpr std::string_view previous = ".previous"; ///< what was shown before

[[noreturn]] void fail(std::string const& path, int number)
{
    auto const* const to_do =
        number == EACCES || number == EPERM
            ? "files that root put there have to belong to the folder's owner: chown -R --reference=site site"
            : "look at the disk and the owner of the folder";
    throw base::Failure(base::failed(path, std::strerror(number), to_do));
}

bool exists(std::string const& path) { return ::access(path.c_str(), F_OK) == 0; }

void move(std::string const& from, std::string const& to)
{
    if (::rename(from.c_str(), to.c_str()) != 0) fail(from, errno);
}

void make(std::string const& path)
{
    if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) fail(path, errno);
    if (::chmod(path.c_str(), 0755) != 0) fail(path, errno); // whatever the umask is
}

void remove(std::string const& path)
{
    std::error_code error;
    fs::remove_all(path, error);
    if (error) fail(path, error.value());
}

/// The names that are shown: not those of an exchange under way.
std::vector<std::string> shown(std::string const& folder)
{
    std::vector<std::string> names;
    std::error_code error;
    for (auto const& entry : fs::directory_iterator(folder, error)) {
        auto name = entry.path().filename().string();
        if (name != incoming && name != next && name != arriving && name != leaving && name != previous)
            names.push_back(std::move(name));
    }
    if (error) fail(folder, error.value());
    return names;
}

/// Before anything moves: a folder of somebody else would stay behind, alone.
void must_be_movable(std::string const& folder)
{
    for (auto const& name : shown(folder)) {
        auto const path = folder + "/" + name;
        if (fs::is_directory(fs::symlink_status(path)) && ::access(path.c_str(), W_OK) != 0) fail(path, errno);
    }
}

/// One writer at a time, whichever process it is.
class Lock
{
public:
    explicit Lock(std::string const& folder) : fd_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC))
    {
        if (!fd_) fail(folder, errno);
        if (::flock(fd_.get(), LOCK_EX | LOCK_NB) != 0)
            throw base::Failure(
                base::failed("site", "somebody else is changing the page just now", "try again in a minute"));
    }
    /// All that was written lasts.
    void sync() const
    {
        if (::syncfs(fd_.get()) != 0) fail("site", errno);
    }

private:
    base::Fd fd_;
};
} // namespace

Site::Site(std::string folder) : folder_(std::move(folder)) {}

Published Site::publish(int source)
{
    Lock const lock(folder_);
    exchange();
    must_be_movable(folder_);
    auto const fresh = place(incoming);
    remove(fresh);
    make(fresh);
    try {
        auto published = unpack(source, fresh);
        lock.sync(); // before it may replace what is there
        auto const names = shown(fresh);
        bool const is_wrapped = names.size() == 1 && exists(fresh + "/" + names.front() + "/index.html");
        move(is_wrapped ? fresh + "/" + names.front() : fresh, place(next));
        if (is_wrapped) remove(fresh);
        exchange();
        published.has_index = exists(place("index.html"));
        return published;
    } catch (...) {
        std::error_code ignored;
        fs::remove_all(fresh, ignored);
        throw;
    }
}

void Site::restore()
{
    Lock const lock(folder_);
    exchange();
    if (!has_previous()) throw base::Failure(base::refused("site", "there is no earlier page", "upload one"));
    move(place(previous), place(next));
    exchange();
}

void Site::clear()
{
    Lock const lock(folder_);
    exchange();
    if (shown(folder_).empty()) throw base::Failure(base::refused("site", "there is no page to take away"));
    must_be_movable(folder_);
    make(place(next));
    exchange();
}

void Site::finish()
{
    Lock const lock(folder_);
    exchange();
}

/// Every step is a rename and can be done again: after a crash at any point the next call goes on where it was.
void Site::exchange()
{
    if (exists(place(next))) {
        make(place(leaving));
        for (auto const& name : shown(folder_)) move(place(name), place(leaving) + "/" + name);
        move(place(next), place(arriving));
    }
    if (!exists(place(arriving))) return;
    if (exists(place(leaving))) {
        remove(place(previous));
        move(place(leaving), place(previous));
    }
    for (auto const& name : shown(place(arriving))) move(place(arriving) + "/" + name, place(name));
    remove(place(arriving));
    base::sync_folder(folder_);
}

bool Site::has_previous() const { return exists(place(previous)); }

std::vector<File> Site::files() const
{
    std::vector<File> files;
    std::error_code error;
    for (auto entry = fs::recursive_directory_iterator(folder_, error); !error && entry != fs::end(entry);
         entry.increment(error)) {
        auto const name = entry->path().filename().string();
        bool const is_hidden = name.starts_with('.') && name != ".well-known";
        if (is_hidden && entry->is_directory()) entry.disable_recursion_pending();
        struct stat status {
        };
        if (is_hidden || ::lstat(entry->path().c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
        files.push_back({entry->path().lexically_relative(folder_).string(),
                         static_cast<std::uint64_t>(status.st_size),
                         base::Timestamp{status.st_mtim.tv_sec} * 1'000'000});
    }
    if (error) fail(folder_, error.value());
    std::sort(files.begin(), files.end(), [](File const& a, File const& b) { return a.path < b.path; });
    return files;
}

} // namespace site
