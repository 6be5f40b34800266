#include "appliance/box/update.h"

#include "appliance/base/clock.h"
#include "appliance/base/file.h"
#include "appliance/base/text.h"
#include "appliance/box/slots.h"
#include "appliance/box/snapshot.h"

#include <fcntl.h>
#include <memory>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <vector>

namespace box
{

namespace
{
constexpr std::size_t piece = std::size_t{1} << 20;
constexpr std::uint64_t spare = std::uint64_t{64} << 20; ///< stays free beside the snapshot

std::string pending_file(UpdatePlaces const& places) { return places.folder + "/pending"; }
std::string snapshot(UpdatePlaces const& places) { return places.folder + "/snapshot"; }

class Sha256
{
public:
    Sha256() : context_(::EVP_MD_CTX_new(), ::EVP_MD_CTX_free)
    {
        ::EVP_DigestInit_ex(context_.get(), ::EVP_sha256(), nullptr);
    }
    void add(std::string_view bytes) { ::EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()); }
    std::string hex()
    {
        std::string digest(32, '\0');
        std::vector<unsigned char> bytes(32);
        unsigned size = 0;
        ::EVP_DigestFinal_ex(context_.get(), bytes.data(), &size);
        return base::hex(std::string(bytes.begin(), bytes.end()));
    }

private:
    std::unique_ptr<EVP_MD_CTX, decltype(&::EVP_MD_CTX_free)> context_;
};

base::Error unreadable(std::string const& file)
{
    return base::refused(file, "the file cannot be read", "check its name and copy it to the box again");
}

/// Calls `take` with the pieces of a part; false when the file ends before it.
bool read_part(int file, std::uint64_t offset, std::uint64_t size, std::function<void(std::string_view)> const& take)
{
    std::string buffer(piece, '\0');
    while (size > 0) {
        auto const count =
            ::pread(file, buffer.data(), std::min<std::uint64_t>(piece, size), static_cast<off_t>(offset));
        if (count <= 0) return false;
        take(std::string_view(buffer).substr(0, static_cast<std::size_t>(count)));
        offset += static_cast<std::uint64_t>(count);
        size -= static_cast<std::uint64_t>(count);
    }
    return true;
}

struct Copy {
    int file;
    std::uint64_t offset;
    UpdatePart const& part;
    std::string device;
};

bool has_right_bytes(int file, std::uint64_t offset, UpdatePart const& part)
{
    Sha256 hash;
    return read_part(file, offset, part.size, [&](auto bytes) { hash.add(bytes); }) && hash.hex() == part.sha256;
}

/// Written, on the disk, and read again.
base::Result<void> write_part(Copy const& copy, std::function<void(std::size_t)> const& wrote)
{
    auto const broken =
        base::failed(copy.device, "the new version could not be written", "check the disk, then try again");
    base::Fd const out(::open(copy.device.c_str(), O_RDWR | O_CLOEXEC));
    if (!out) return broken;
    off_t at = 0;
    bool good = true;
    bool const whole = read_part(copy.file, copy.offset, copy.part.size, [&](std::string_view bytes) {
        good = good && ::pwrite(out.get(), bytes.data(), bytes.size(), at) == static_cast<ssize_t>(bytes.size());
        at += static_cast<off_t>(bytes.size());
        wrote(bytes.size());
    });
    if (!whole || !good || ::fsync(out.get()) != 0) return broken;
    ::posix_fadvise(out.get(), 0, 0, POSIX_FADV_DONTNEED);
    if (!has_right_bytes(out.get(), 0, copy.part)) return broken;
    return {};
}

base::Result<void> check_room(UpdatePlaces const& places)
{
    struct statvfs disk {
    };
    if (::statvfs(places.folder.c_str(), &disk) != 0)
        return base::failed(places.folder, "the data partition cannot be read", "restart the box");
    auto const free = std::uint64_t{disk.f_bavail} * disk.f_frsize;
    if (free < snapshot_size(places.state) + spare)
        return base::refused(places.folder, "the disk has no room to keep the school's data of before the update",
                             "delete old mail or make the disk larger");
    return {};
}

base::Result<UpdateHead> read_head(int file, std::string const& name)
{
    std::string bytes(largest_head, '\0');
    auto const count = ::pread(file, bytes.data(), bytes.size(), 0);
    if (count < 0) return unreadable(name);
    bytes.resize(static_cast<std::size_t>(count));
    return parse_update_head(bytes, name);
}

base::Result<void> check_bytes(int file, std::string const& name, UpdateHead const& head)
{
    struct stat status {
    };
    bool const whole = ::fstat(file, &status) == 0 &&
                       static_cast<std::uint64_t>(status.st_size) == head.length + head.boot.size + head.root.size;
    if (whole && has_right_bytes(file, head.length, head.boot) &&
        has_right_bytes(file, head.length + head.boot.size, head.root))
        return {};
    return base::refused(name, "this update is damaged or not complete", "download it again");
}
} // namespace

base::Result<Pending> parse_pending(std::string_view text)
{
    auto const lines = base::split(text, '\n');
    if (lines.size() < 5 || (lines[0] != "a" && lines[0] != "b"))
        return base::failed("pending", "the note about the update is damaged", "run the update again");
    Pending pending{std::string(lines[0]), std::string(lines[1]), std::string(lines[2]), {}};
    for (auto const& step : base::split_list(lines[3])) pending.ill.insert(step);
    return pending;
}

std::string show(Pending const& pending)
{
    return pending.slot + "\n" + pending.version + "\n" + pending.boot + "\n" +
           base::join({pending.ill.begin(), pending.ill.end()}, ", ") + "\n";
}

base::Result<Release> install_update(UpdatePlaces const& places, std::string const& file,
                                     std::set<std::string> const& ill,
                                     std::function<void(std::uint64_t, std::uint64_t)> const& progress)
{
    auto const boot = this_boot();
    if (boot.is_trial && ::access(pending_file(places).c_str(), F_OK) == 0)
        return base::refused(file, "the update before this one is still on trial", "wait a few minutes");
    base::Fd const in(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!in) return unreadable(file);
    auto const head = read_head(in.get(), file);
    if (!head) return head.error();
    auto const boot_device = partition("boot-" + boot.other()), root_device = partition("root-" + boot.other());
    if (!boot_device) return boot_device.error();
    if (!root_device) return root_device.error();
    auto const running = parse_release(base::read_file(places.release).value()).value();
    if (auto good = check_update(*head, file, base::read_file(places.public_key).value(), running,
                                 device_size(*boot_device).value(), device_size(*root_device).value());
        !good)
        return good.error();
    if (auto good = check_bytes(in.get(), file, *head); !good) return good.error();
    if (auto room = check_room(places); !room) return room.error();

    std::uint64_t done = 0;
    auto const all = head->boot.size + head->root.size;
    auto const wrote = [&](std::size_t count) { progress(done += count, all); };
    if (auto ok = write_part({in.get(), head->length, head->boot, *boot_device}, wrote); !ok) return ok.error();
    if (auto ok = write_part({in.get(), head->length + head->boot.size, head->root, *root_device}, wrote); !ok)
        return ok.error();
    forget_snapshot(snapshot(places));
    Pending const pending{boot.other(), head->release.version, boot.id, ill};
    if (auto ok = base::write_file_atomically(pending_file(places), show(pending), 0644); !ok) return ok.error();
    if (auto ok = start_once(boot.other()); !ok) return ok.error();
    return head->release;
}

base::Result<AfterBoot> after_boot(UpdatePlaces const& places)
{
    auto const text = base::read_file(pending_file(places));
    if (!text) return AfterBoot::nothing;
    auto const pending = parse_pending(*text);
    auto const boot = this_boot();
    if (pending && pending->boot == boot.id) return AfterBoot::nothing; // the box has not been restarted yet
    if (pending && pending->slot == boot.slot && boot.is_trial) {
        if (::access(snapshot(places).c_str(), F_OK) == 0) return AfterBoot::trial_begins;
        if (auto taken = take_snapshot(places.state, snapshot(places)); !taken) return taken.error();
        return AfterBoot::trial_begins;
    }
    auto const version = pending ? pending->version : std::string("?");
    if (pending && pending->slot == boot.slot) { // cut off between GRUB's note and ours
        if (auto done = finish_trial(places); !done) return done.error();
        return AfterBoot::kept;
    }
    if (auto back = restore_snapshot(places.state, snapshot(places)); !back) return back.error();
    forget_snapshot(snapshot(places));
    note_update(places, version + " failed");
    ::unlink(pending_file(places).c_str());
    return AfterBoot::taken_back;
}

base::Result<void> finish_trial(UpdatePlaces const& places)
{
    auto const boot = this_boot();
    if (auto ok = start_always(boot.slot); !ok) return ok.error();
    auto const release = parse_release(base::read_file(places.release).value()).value();
    note_update(places, release.version + " done");
    ::unlink(pending_file(places).c_str());
    base::sync_folder(places.folder);
    forget_snapshot(snapshot(places));
    return {};
}

std::string last_update(UpdatePlaces const& places)
{
    auto const text = base::read_file(places.folder + "/last");
    return text ? std::string(base::trim(*text)) : "";
}

void note_update(UpdatePlaces const& places, std::string const& line)
{
    auto const now = base::iso_date(base::system_clock().now());
    static_cast<void>(base::write_file_atomically(places.folder + "/last", now + " " + line + "\n", 0644));
}

} // namespace box
