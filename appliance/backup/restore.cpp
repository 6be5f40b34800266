#include "appliance/backup/restore.h"

#include "appliance/backup/archive.h"
#include "appliance/backup/contents.h"
#include "appliance/backup/sql_restored.h"
#include "appliance/base/clock.h"
#include "appliance/base/text.h"
#include "appliance/config/config.h"
#include "appliance/db/copy.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace backup
{

namespace
{
namespace fs = std::filesystem;
/// Below the state folder: new/ fills up, `commit` says that it is whole (and what is in it), old/ takes what was
/// there.
constexpr char const* workplace_name = "restore.tmp";

[[noreturn]] void fail(std::string const& what)
{
    throw base::Failure(base::failed(what, std::strerror(errno), "free some space, then try again"));
}

void must_rename(std::string const& from, std::string const& to)
{
    if (::rename(from.c_str(), to.c_str()) != 0) fail(from);
}

void sync_file_system(std::string const& folder)
{
    base::Fd const file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!file || ::syncfs(file.get()) != 0) fail(folder);
}

/// Writes one entry below the folder. The names were checked; the folder is empty and ours, so there are no links.
void extract(ArchiveReader& reader, ArchiveEntry const& entry, std::string const& folder)
{
    auto const path = folder + "/" + entry.name;
    base::make_folders(fs::path(path).parent_path().string(), 0700).value();
    base::Fd const file(
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, entry.mode & 0770));
    if (!file) fail(path);
    reader.read([&](std::string_view bytes) { base::write_all(file.get(), bytes); });
}

About read_about(ArchiveReader& reader, std::string const& file)
{
    auto const first = reader.next();
    if (!first || first->name != about_name)
        throw base::Failure(base::refused(file, "it is not a backup", "choose a file that 'kotakpos backup' made"));
    auto const settings = config::parse_settings(reader.read_all(4096), file).value();
    About about;
    for (auto const& setting : settings) {
        if (setting.key == "made") about.made = setting.value;
        if (setting.key == "domain") about.domain = setting.value;
        if (setting.key == "version") about.version = setting.value;
        if (setting.key == "format" && setting.value != std::to_string(format_version))
            throw base::Failure(base::refused(file, "a newer version made it", "update this machine first"));
    }
    return about;
}

bool is_part(std::string_view name)
{
    auto const first = name.substr(0, name.find('/'));
    return std::find(parts().begin(), parts().end(), first) != parts().end();
}

/// Every entry to `take`; gives what the backup says of itself. At the end all hashes were right.
template <class Take>
About read_whole(std::string const& file, Progress const& progress, Take const& take)
{
    std::error_code error;
    auto const size = std::max<std::uint64_t>(1, fs::file_size(file, error));
    ArchiveReader reader(file);
    auto about = read_about(reader, file);
    while (auto const entry = reader.next()) {
        ++about.files;
        about.bytes += entry->size;
        if (entry->name != config_name && !is_part(entry->name))
            throw base::Failure(
                base::refused(file, "it contains something that no backup has", "use another backup"));
        take(reader, *entry);
        if (progress)
            progress(static_cast<unsigned>(std::min<std::uint64_t>(99, reader.compressed_bytes() * 100 / size)));
    }
    return about;
}

void must_be_in_order(std::string const& file, std::string const& name, std::string const& path)
{
    auto const problem = db::examine_database(path);
    if (problem.empty()) return;
    throw base::Failure(base::refused(file, name + ": " + problem, "use another backup; this one cannot be trusted"));
}

void remove_folder(std::string const& folder)
{
    std::error_code error;
    fs::remove_all(folder, error);
    if (error) throw base::Failure(base::failed(folder, error.message(), "remove it by hand"));
}

/// Removes itself at the end.
class OwnFolder
{
public:
    explicit OwnFolder(std::string path) : path_(std::move(path))
    {
        remove_folder(path_);
        base::make_folders(path_, 0700).value();
    }
    ~OwnFolder()
    {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    OwnFolder(OwnFolder const&) = delete;
    OwnFolder& operator=(OwnFolder const&) = delete;
    std::string const& path() const { return path_; }

private:
    std::string path_;
};

/// Nothing when it is not there: a cut may have come after it was moved away.
std::vector<std::string> names_in(std::string const& folder)
{
    std::vector<std::string> names;
    if (::access(folder.c_str(), F_OK) != 0) return names;
    for (auto const& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

/// "before-restore-2026-11-28-2145"
std::string name_for_old(base::Timestamp now)
{
    auto const iso = base::iso_date(now);
    return "before-restore-" + iso.substr(0, 10) + "-" + iso.substr(11, 2) + iso.substr(14, 2) + iso.substr(17, 2);
}

/// Old name away, new name in its place; every step can be the last one before a crash.
void exchange(std::string const& state, std::string const& work, std::string const& name, bool is_in_backup)
{
    auto const here = state + "/" + name, fresh = work + "/new/" + name, old = work + "/old/" + name;
    bool const is_here = ::access(here.c_str(), F_OK) == 0;
    bool const is_fresh_left = ::access(fresh.c_str(), F_OK) == 0;
    if (is_here && (is_fresh_left || !is_in_backup)) must_rename(here, old);
    if (is_fresh_left) must_rename(fresh, here);
}
} // namespace

About verify(std::string const& file, std::string const& workplace, Progress const& progress)
{
    OwnFolder const folder(workplace);
    std::vector<std::string> databases;
    auto const about = read_whole(file, progress, [&](ArchiveReader& reader, ArchiveEntry const& entry) {
        if (!entry.name.ends_with(".db")) return;
        extract(reader, entry, folder.path());
        databases.push_back(entry.name);
    });
    for (auto const& name : databases) must_be_in_order(file, name, folder.path() + "/" + name);
    return about;
}

std::string read_config(std::string const& file)
{
    ArchiveReader reader(file);
    read_about(reader, file);
    auto const second = reader.next();
    if (!second || second->name != config_name)
        throw base::Failure(base::refused(file, "it is not a backup", "choose a file that 'kotakpos backup' made"));
    return reader.read_all(std::size_t{1} << 20);
}

Restored restore(std::string const& file, std::string const& state, Progress const& progress)
{
    auto const work = state + "/" + workplace_name;
    remove_folder(work); // of a restore that was cut off before its point of no return
    base::make_folders(work + "/new", 0700).value();
    base::make_folders(work + "/old", 0700).value();
    Restored restored;
    try {
        restored.about = read_whole(file, progress, [&](ArchiveReader& reader, ArchiveEntry const& entry) {
            if (entry.name != config_name) extract(reader, entry, work + "/new");
        });
        for (auto const& entry : fs::recursive_directory_iterator(work + "/new"))
            if (entry.path().extension() == ".db")
                must_be_in_order(file, entry.path().filename().string(), entry.path().string());
        adapt_restored(work + "/new");
    } catch (...) { // nothing of the old state was touched
        std::error_code ignored;
        fs::remove_all(work, ignored);
        throw;
    }
    sync_file_system(work);
    auto const commit = base::join(names_in(work + "/new"), "\n") + "\n";
    base::write_file_atomically(work + "/commit", commit, 0600).value();
    restored.old_state = finish_restore(state);
    return restored;
}

bool is_restore_pending(std::string const& state)
{
    return ::access((state + "/" + workplace_name + "/commit").c_str(), F_OK) == 0;
}

bool is_restore_left(std::string const& state) { return ::access((state + "/" + workplace_name).c_str(), F_OK) == 0; }

std::string finish_restore(std::string const& state)
{
    auto const work = state + "/" + workplace_name;
    if (!is_restore_pending(state)) {
        std::error_code ignored; // the box starts all the same
        fs::remove_all(work, ignored);
        return {};
    }
    auto const commit = base::read_file(work + "/commit").value();
    auto const names = base::split(commit, '\n');
    for (auto const part : parts())
        exchange(state, work, std::string(part), std::find(names.begin(), names.end(), part) != names.end());
    sync_file_system(work);
    std::string old;
    if (!names_in(work + "/old").empty()) {
        old = state + "/" + name_for_old(base::system_clock().now());
        must_rename(work + "/old", old);
    }
    if (::unlink((work + "/commit").c_str()) != 0) fail(work);
    remove_folder(work);
    return old;
}

} // namespace backup
