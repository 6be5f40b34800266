#include "appliance/supervisor/programs.h"

#include "appliance/supervisor/accounts.h"

#include <fcntl.h>
#include <filesystem>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace supervisor
{

namespace
{
namespace fs = std::filesystem;
constexpr std::string_view own_name = "kotakpos";
constexpr char const* installed = "/usr/lib/kotakpos";
constexpr std::size_t largest_program = std::size_t{512} << 20; // a sanitizer build has some 100 MB

/// A clone made with umask 077: other users may not even execute the file.
bool shuts_others_out(int file)
{
    struct stat status {
    };
    return ::fstat(file, &status) == 0 && (status.st_mode & 05) != 05;
}

/// Without a file: it cannot be opened.
base::Result<Program> open_for_all(std::string const& name, fs::path const& path)
{
    Program program{path.string(), base::Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC))};
    if (!program.file || !can_change_user() || !shuts_others_out(program.file.get())) return program;
    auto const bytes = base::read_file(program.path, largest_program);
    if (!bytes) return bytes.error();
    program.file = memory_file(name, *bytes);
    return program;
}
} // namespace

std::vector<std::string> program_folders()
{
    std::error_code error;
    auto const here = fs::read_symlink("/proc/self/exe", error).parent_path();
    if (error) return {installed};
    return {(here / "..").lexically_normal().string(), (here / "../lib/kotakpos").lexically_normal().string(),
            installed};
}

base::Result<Program> open_program(std::string const& name, std::vector<std::string> const& folders)
{
    if (name ==
        own_name) { // some services are roles of the program that runs now; setup-tui looks for it as for others
        std::error_code error;
        auto const own = fs::read_symlink("/proc/self/exe", error);
        if (!error && own.filename() == own_name) return open_for_all(name, own);
    }
    for (auto const& folder : folders) {
        for (auto const& path : {fs::path(folder) / name / name, fs::path(folder) / name}) {
            std::error_code error;
            if (!fs::is_regular_file(path, error)) continue;
            auto program = open_for_all(name, path);
            if (program && !program->file) continue;
            return program;
        }
    }
    return base::failed(name, "the program is not there",
                        "build it (cmake --build build) or install the package again");
}

base::Fd memory_file(std::string const& name, std::string_view bytes)
{
    base::Fd file(::memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!file) base::throw_store_error(name);
    base::write_all(file.get(), bytes);
    if (::fchmod(file.get(), 0555) != 0) base::throw_store_error(name);
    // All daemons share the descriptor, and it is open for writing: one must not change what the others read.
    constexpr int unchangeable = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    if (::fcntl(file.get(), F_ADD_SEALS, unchangeable) != 0) base::throw_store_error(name);
    return file;
}

} // namespace supervisor
