#include "dnsd/serve/zone_watcher.h"

#include "appliance/base/error.h"
#include "appliance/base/log.h"

#include <array>
#include <climits>
#include <cstring>
#include <malloc.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

namespace dnsd
{

namespace
{
using namespace std::chrono_literals;

/// A write to the log is heard before it is on stable storage and visible, a millisecond later on a good disk.
struct Rhythm {
    std::chrono::steady_clock::duration since_write;
    std::chrono::steady_clock::duration pause;
};
constexpr Rhythm rhythms[] = {{10ms, 300us}, {50ms, 1ms}, {1s, 10ms}};
constexpr auto quiet_pause = 250ms;
constexpr auto deaf_pause = 5ms; ///< without events
constexpr auto retry_pause = 1s;
/// Reading so many names has filled caches that are not needed again.
constexpr std::size_t many_names = 5000;
} // namespace

ZoneWatcher::ZoneWatcher(std::string path, CurrentZones& zones, ReadSettings read_settings)
    : path_(std::move(path)),
      zones_(zones),
      loader_(zones),
      read_settings_(std::move(read_settings)),
      stop_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
{
    // One heap for all threads: what the first load made is freed by this object's thread, and its memory used again.
    ::mallopt(M_ARENA_MAX, 1);
    look();
}

ZoneWatcher::~ZoneWatcher()
{
    std::uint64_t const one = 1;
    [[maybe_unused]] auto const written = ::write(stop_.get(), &one, sizeof one);
    if (thread_.joinable()) thread_.join();
}

void ZoneWatcher::start()
{
    thread_ = std::thread([this] { loop(); });
}

void ZoneWatcher::loop()
{
    do {
        look();
    } while (wait());
}

ZoneWatcher::Clock::duration ZoneWatcher::pause() const
{
    auto const since_write = Clock::now() - heard_;
    for (auto const& rhythm : rhythms)
        if (since_write < rhythm.since_write)
            return database_ ? rhythm.pause : std::max<Clock::duration>(rhythm.pause, 10ms);
    if (!database_) return retry_pause;
    return events_ ? quiet_pause : deaf_pause;
}

bool ZoneWatcher::wait()
{
    auto const time = std::chrono::duration_cast<std::chrono::nanoseconds>(pause()).count();
    timespec const limit{static_cast<time_t>(time / 1'000'000'000), static_cast<long>(time % 1'000'000'000)};
    std::array<pollfd, 2> sources{{{stop_.get(), POLLIN, 0}, {events_.get(), POLLIN, 0}}};
    if (::ppoll(sources.data(), sources.size(), &limit, nullptr) <= 0) return true;
    if (sources[0].revents != 0) return false;
    if (sources[1].revents != 0) hear();
    return true;
}

/// The folder is watched, because the files come and go: the database and its log both begin with the same name.
void ZoneWatcher::listen()
{
    auto const slash = path_.rfind('/');
    auto const folder = slash == std::string::npos ? std::string(".") : path_.substr(0, slash);
    base::Fd events(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    constexpr unsigned what = IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_DELETE;
    if (events && ::inotify_add_watch(events.get(), folder.c_str(), what) >= 0) events_ = std::move(events);
}

void ZoneWatcher::hear()
{
    auto const slash = path_.rfind('/');
    auto const name = slash == std::string::npos ? path_ : path_.substr(slash + 1);
    alignas(inotify_event) std::array<char, 4096> buffer;
    for (;;) {
        auto const size = ::read(events_.get(), buffer.data(), buffer.size());
        if (size <= 0) return;
        for (std::size_t at = 0; at + sizeof(inotify_event) <= static_cast<std::size_t>(size);) {
            inotify_event event;
            std::memcpy(&event, buffer.data() + at, sizeof event);
            std::string_view const file(buffer.data() + at + sizeof event);
            // The shared index (-shm) is written by readers too.
            if (event.len > 0 && (file == name || file == name + "-wal")) heard_ = Clock::now();
            if ((event.mask & IN_IGNORED) != 0) events_.reset(); // the folder itself is gone
            at += sizeof event + event.len;
        }
        if (!events_) return;
    }
}

void ZoneWatcher::look()
{
    zones_.sweep();
    try {
        if (!database_ || is_replaced()) open();
        auto const version = database_->data_version();
        if (version == version_) return;
        auto const read = database_->read([&](db::Reader& reader) {
            if (read_settings_) read_settings_(reader);
            return loader_.load(reader);
        });
        version_ = version;
        if (!std::exchange(trouble_, {}).empty())
            base::log(base::Level::info, "", "database-back", {{"file", path_}});
        if (read < many_names) return;
        open();
        ::malloc_trim(0);
    } catch (std::exception const& error) { // the top of this thread's work: the last zones stay
        close();
        if (std::exchange(trouble_, error.what()) != error.what())
            base::log(base::Level::error, "", "database-unusable",
                      {{"file", path_}, {"why", error.what()}, {"serving", "the last zones"}});
    }
}

void ZoneWatcher::close()
{
    database_.reset();
    version_.reset();
}

void ZoneWatcher::open()
{
    close();
    struct stat file {
    };
    // Nobody holds the inode of a file that is gone: its successor may have the same number.
    std::pair<std::uint64_t, std::uint64_t> now;
    if (::stat(path_.c_str(), &file) == 0) now = {file.st_dev, file.st_ino};
    if (std::exchange(file_, now) != now) loader_.forget_revisions();
    if (!events_) listen();
    database_ = std::make_unique<db::Database>(db::Options{path_, "dns", db::Mode::read_only});
}

/// A restored backup is another file under the same name.
bool ZoneWatcher::is_replaced() const
{
    struct stat file {
    };
    return ::stat(path_.c_str(), &file) != 0 ||
           std::pair<std::uint64_t, std::uint64_t>(file.st_dev, file.st_ino) != file_;
}

} // namespace dnsd
