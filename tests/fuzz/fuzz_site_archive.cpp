#include "appliance/base/error.h"
#include "appliance/base/file.h"
#include "appliance/site/site.h"
#include "tests/support/fuzz.h"
#include "tests/support/temp_folder.h"

#include <cstdlib>
#include <filesystem>
#include <sys/mman.h>
#include <unistd.h>

// Whatever the archive says, files and folders come only into the folder, and no links and devices.
FUZZ_TARGET(site_archive)
{
    support::TempFolder const around;
    auto const folder = around.path() + "/page";
    std::filesystem::create_directory(folder);
    base::Fd const archive(::memfd_create("archive", MFD_CLOEXEC));
    base::write_all(archive.get(), bytes);
    ::lseek(archive.get(), 0, SEEK_SET);
    try {
        site::unpack(archive.get(), folder);
    } catch (base::Failure const&) { // refused
    }
    for (auto const& entry : std::filesystem::recursive_directory_iterator(folder))
        if (entry.is_symlink() || !(entry.is_regular_file() || entry.is_directory())) std::abort();
    auto const beside = std::filesystem::directory_iterator(around.path());
    if (std::distance(begin(beside), end(beside)) != 1) std::abort();
}
