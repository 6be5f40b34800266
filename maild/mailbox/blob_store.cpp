#include "maild/mailbox/blob_store.h"

#include "appliance/base/secret.h"
#include "appliance/base/text.h"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace maild::mailbox
{

namespace
{
/// Whether a complete file of that size is there: a name is given only after its bytes are on the disk.
bool is_there(std::string const& path, std::size_t size)
{
    struct stat status {
    };
    return ::stat(path.c_str(), &status) == 0 && static_cast<std::size_t>(status.st_size) == size;
}

void write_durably(std::string const& path, std::string_view bytes)
{
    base::Fd const file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file) base::throw_store_error(path);
    base::write_all(file.get(), bytes);
    if (::fdatasync(file.get()) != 0) base::throw_store_error(path);
}
} // namespace

BlobStore::BlobStore(std::string folder, Use use) : folder_(std::move(folder))
{
    base::must_make_folders(folder_ + "/tmp", 0700);
    make_folders();
    auto const lock = folder_ + "/guests.lock";
    guests_ = base::Fd(::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!guests_) base::throw_store_error(lock);
    if (use == Use::guest) {
        all_are_doubtful_ = false;
        if (::flock(guests_.get(), LOCK_SH) != 0) base::throw_store_error(lock);
        return;
    }
    std::error_code ignored;
    for (auto const& entry : std::filesystem::directory_iterator(folder_ + "/tmp", ignored))
        std::filesystem::remove(entry.path(), ignored);
}

/// All 256 at once, so that a file's own folder is the only one to sync later.
void BlobStore::make_folders() const
{
    bool is_new = false;
    for (int byte = 0; byte < 256; ++byte) {
        auto const folder = folder_of({static_cast<char>(byte)});
        if (::mkdir(folder.c_str(), 0700) == 0)
            is_new = true;
        else if (errno != EEXIST)
            base::throw_store_error(folder);
    }
    if (is_new) base::sync_folder(folder_);
}

std::string BlobStore::folder_of(std::string const& hash) const
{
    return folder_ + "/" + base::hex(hash.substr(0, 1));
}
std::string BlobStore::path_of(std::string const& hash) const { return folder_of(hash) + "/" + base::hex(hash); }

BlobStore::Pin BlobStore::put(std::string const& hash, std::string_view bytes)
{
    Pin pin(*this, hash);
    if (is_there(path_of(hash), bytes.size()))
        base::sync_folder(folder_of(hash)); // perhaps renamed a moment ago
    else
        write(hash, bytes);
    return pin;
}

void BlobStore::write(std::string const& hash, std::string_view bytes)
{
    auto const folder = folder_of(hash);
    auto const temporary = folder_ + "/tmp/" + base::random_hex(8);
    try {
        write_durably(temporary, bytes);
        if (::rename(temporary.c_str(), path_of(hash).c_str()) != 0) base::throw_store_error(folder);
        base::sync_folder(folder);
    } catch (base::StoreError const&) { // give the space of the half file back at once
        ::unlink(temporary.c_str());
        throw;
    }
}

base::Fd BlobStore::open(std::string const& hash) const
{
    base::Fd file(::open(path_of(hash).c_str(), O_RDONLY | O_CLOEXEC));
    if (!file && errno != ENOENT) base::throw_store_error(path_of(hash));
    return file;
}

std::optional<std::uint64_t> BlobStore::size_of(std::string const& hash) const
{
    struct stat status {
    };
    if (::stat(path_of(hash).c_str(), &status) == 0) return static_cast<std::uint64_t>(status.st_size);
    if (errno != ENOENT) base::throw_store_error(path_of(hash));
    return std::nullopt;
}

bool BlobStore::has_guests() const
{
    if (::flock(guests_.get(), LOCK_EX | LOCK_NB) != 0) return true;
    ::flock(guests_.get(), LOCK_UN);
    return false;
}

bool BlobStore::remove_unless(std::string const& hash, std::function<bool(std::string const&)> const& is_referenced)
{
    // All under the lock: a delivery that pins after us finds the file gone and writes it again.
    std::lock_guard const lock(mutex_);
    if (pins_.count(hash) > 0) return false;
    if (::flock(guests_.get(), LOCK_EX | LOCK_NB) != 0) return false;
    try {
        if (!is_referenced(hash)) ::unlink(path_of(hash).c_str());
    } catch (...) { // the lock must not outlive this call
        ::flock(guests_.get(), LOCK_UN);
        throw;
    }
    ::flock(guests_.get(), LOCK_UN);
    return true;
}

void BlobStore::doubt_all()
{
    std::lock_guard const lock(mutex_);
    all_are_doubtful_ = true;
}

void BlobStore::doubt(std::string const& hash)
{
    std::lock_guard const lock(mutex_);
    doubtful_.insert(hash);
}

std::vector<std::string> BlobStore::take_doubtful()
{
    std::lock_guard const lock(mutex_);
    auto const doubtful = std::exchange(doubtful_, {});
    if (std::exchange(all_are_doubtful_, false)) return all();
    return {doubtful.begin(), doubtful.end()};
}

std::vector<std::string> BlobStore::all() const
{
    std::vector<std::string> hashes;
    std::error_code ignored;
    for (auto const& folder : std::filesystem::directory_iterator(folder_, ignored)) {
        if (folder.path().filename() == "tmp" || !folder.is_directory(ignored)) continue;
        for (auto const& file : std::filesystem::directory_iterator(folder.path(), ignored))
            if (auto hash = base::from_hex(file.path().filename().string()); hash && hash->size() == 32)
                hashes.push_back(std::move(*hash));
    }
    return hashes;
}

BlobStore::Pin::Pin(BlobStore& store, std::string hash) : store_(&store), hash_(std::move(hash))
{
    std::lock_guard const lock(store.mutex_);
    ++store.pins_[hash_];
}

BlobStore::Pin::Pin(Pin&& other) noexcept
    : store_(std::exchange(other.store_, nullptr)), hash_(std::move(other.hash_)), kept_(other.kept_)
{
}

BlobStore::Pin& BlobStore::Pin::operator=(Pin&& other) noexcept
{
    if (this == &other) return *this;
    release();
    store_ = std::exchange(other.store_, nullptr);
    hash_ = std::move(other.hash_);
    kept_ = other.kept_;
    return *this;
}

BlobStore::Pin::~Pin() { release(); }

void BlobStore::Pin::release() noexcept
{
    if (!store_) return;
    std::lock_guard const lock(store_->mutex_);
    if (!kept_) store_->doubtful_.insert(hash_);
    auto const found = store_->pins_.find(hash_);
    if (--found->second == 0) store_->pins_.erase(found);
    store_ = nullptr;
}

} // namespace maild::mailbox
