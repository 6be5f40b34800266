#include "appliance/box/snapshot.h"

#include "appliance/base/file.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace box
{

namespace
{
namespace fs = std::filesystem;

/// Written once under a name of their own, never changed.
bool never_changes(fs::path const& inside)
{
    auto const text = inside.string();
    return text.starts_with("mail/blobs/") || text.starts_with("spool/body/");
}

/// Sockets, locks and the list of processes: made anew at each start.
bool is_of_this_run(fs::path const& inside) { return *inside.begin() == "run"; }

void sync_disk(std::string const& folder)
{
    base::Fd const file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!file || ::syncfs(file.get()) != 0)
        throw base::Failure(base::failed(folder, std::strerror(errno), "check the disk"));
}

void same_owner(fs::path const& from, fs::path const& to)
{
    struct stat status {
    };
    if (::lstat(from.c_str(), &status) != 0) return;
    if (::lchown(to.c_str(), status.st_uid, status.st_gid) != 0 && ::geteuid() == 0)
        throw base::Failure(base::failed(to.string(), std::strerror(errno), "check the disk"));
    if (!S_ISLNK(status.st_mode)) ::chmod(to.c_str(), status.st_mode & 07777);
}

void copy_tree(fs::path const& from, fs::path const& to)
{
    fs::create_directories(to);
    same_owner(from, to);
    for (auto entry = fs::recursive_directory_iterator(from); entry != fs::recursive_directory_iterator(); ++entry) {
        auto const inside = fs::relative(entry->path(), from);
        auto const target = to / inside;
        if (is_of_this_run(inside)) continue;
        if (entry->is_symlink())
            fs::copy_symlink(entry->path(), target);
        else if (entry->is_directory())
            fs::create_directory(target);
        else if (!entry->is_regular_file())
            continue;
        else if (never_changes(inside)) {
            fs::create_hard_link(entry->path(), target);
            continue;
        } else
            fs::copy_file(entry->path(), target);
        same_owner(entry->path(), target);
    }
}

void rename(std::string const& from, std::string const& to)
{
    if (::rename(from.c_str(), to.c_str()) != 0)
        throw base::Failure(base::failed(from, std::strerror(errno), "check the disk"));
    base::sync_folder(fs::path(from).parent_path().string());
    base::sync_folder(fs::path(to).parent_path().string());
}

template <class Work>
base::Result<void> guarded(std::string const& what, Work const& work)
{
    try {
        work();
        return {};
    } catch (fs::filesystem_error const& error) { // a full or broken disk: the caller decides
        return base::failed(what, error.code().message(), "make room on the disk, then try again");
    } catch (base::Failure const& failure) {
        return failure.error();
    }
}
} // namespace

std::uint64_t snapshot_size(std::string const& state)
{
    std::uint64_t size = 0;
    std::error_code error;
    for (auto const& entry : fs::recursive_directory_iterator(state, error))
        if (entry.is_regular_file(error) && !never_changes(entry.path().lexically_relative(state)))
            size += entry.file_size(error);
    return size;
}

base::Result<void> take_snapshot(std::string const& state, std::string const& target)
{
    return guarded(target, [&] {
        fs::remove_all(target + ".part"); // of a run that was cut off
        copy_tree(state, target + ".part");
        sync_disk(target + ".part");
        rename(target + ".part", target);
    });
}

base::Result<void> restore_snapshot(std::string const& state, std::string const& target)
{
    auto const spoilt = target + ".spoilt";
    return guarded(target, [&] {
        if (fs::exists(target)) {
            if (fs::exists(state)) {
                fs::remove_all(spoilt);
                rename(state, spoilt);
            }
            rename(target, state);
        }
        fs::remove_all(spoilt);
    });
}

void forget_snapshot(std::string const& target)
{
    std::error_code error;
    fs::remove_all(target, error);
    fs::remove_all(target + ".part", error);
}

} // namespace box
