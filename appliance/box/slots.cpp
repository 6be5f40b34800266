#include "appliance/box/slots.h"

#include "appliance/base/file.h"
#include "appliance/base/text.h"
#include "appliance/box/grubenv.h"
#include "appliance/box/programs.h"

#include <fcntl.h>
#include <filesystem>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace box
{

namespace
{
namespace fs = std::filesystem;
constexpr char const* mount_point = "/run/kotakpos/esp";

/// The boot loader's partition, mounted while this lives; every write is on the disk when it returns.
class BootLoader
{
public:
    explicit BootLoader(std::string const& device)
    {
        std::error_code error;
        fs::create_directories(mount_point, error);
        is_mounted_ = ::mount(device.c_str(), mount_point, "vfat", MS_SYNCHRONOUS | MS_NOSUID | MS_NOEXEC, "") == 0;
    }
    ~BootLoader()
    {
        if (is_mounted_) ::umount(mount_point);
    }
    BootLoader(BootLoader const&) = delete;
    BootLoader& operator=(BootLoader const&) = delete;
    bool is_mounted() const { return is_mounted_; }

private:
    bool is_mounted_ = false;
};

base::Result<void> change_environment(GrubEnvironment const& changes)
{
    auto const device = partition("esp");
    if (!device) return device.error();
    BootLoader const loader(*device);
    auto const file = std::string(mount_point) + "/grub/grubenv";
    auto const failed =
        base::failed(file, "the boot loader's note cannot be changed", "restart the box and try again");
    if (!loader.is_mounted()) return failed;
    auto const before = base::read_file(file);
    if (!before) return failed;
    auto values = parse_grubenv(*before);
    if (!values) return values.error();
    for (auto const& [key, value] : changes) (*values)[key] = value;
    auto const block = show_grubenv(*values);
    base::Fd const out(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
    bool const is_written =
        out && ::pwrite(out.get(), block.data(), block.size(), 0) == static_cast<ssize_t>(block.size()) &&
        ::fsync(out.get()) == 0;
    if (!is_written) return failed;
    return {};
}
} // namespace

Boot this_boot()
{
    Boot boot{"a", false, ""};
    if (auto const line = base::read_file("/proc/cmdline"))
        for (auto const word : base::split(base::trim(*line), ' ')) {
            if (word == "kotakpos.slot=b") boot.slot = "b";
            if (word == "kotakpos.trial") boot.is_trial = true;
        }
    if (auto const id = base::read_file("/proc/sys/kernel/random/boot_id")) boot.id = base::trim(*id);
    return boot;
}

base::Result<std::string> partition(std::string const& name)
{
    struct stat status {
    };
    auto const failed = base::failed(name, "this partition was not found", "install the image again");
    if (::stat("/data", &status) != 0) return failed;
    auto const number = std::to_string(major(status.st_dev)) + ":" + std::to_string(minor(status.st_dev));
    std::error_code error;
    auto const disk = fs::canonical("/sys/dev/block/" + number, error).parent_path();
    for (auto const& entry : fs::directory_iterator(disk, error)) {
        auto const about = base::read_file((entry.path() / "uevent").string());
        if (about && about->find("PARTNAME=" + name + "\n") != std::string::npos)
            return "/dev/" + entry.path().filename().string();
    }
    return failed;
}

base::Result<std::uint64_t> device_size(std::string const& device)
{
    base::Fd const file(::open(device.c_str(), O_RDONLY | O_CLOEXEC));
    std::uint64_t size = 0;
    if (!file || ::ioctl(file.get(), BLKGETSIZE64, &size) != 0)
        return base::failed(device, "the disk cannot be read", "see 'dmesg'");
    return size;
}

base::Result<void> start_once(std::string const& slot) { return change_environment({{"trial", slot}}); }
base::Result<void> start_always(std::string const& slot)
{
    return change_environment({{"slot", slot}, {"trial", ""}});
}

} // namespace box
