#pragma once
// Large message bodies as files FOLDER/ab/HASH. A file is put before the transaction that refers to it and removed
// after the one that gives it up; pins keep both sides from meeting. Which file is referred to, only the database
// knows.

#include "appliance/base/file.h"

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace maild::mailbox
{

/// One process at a time owns a folder (the mail daemon): it alone removes files. Others are its guests: while one
/// lives, nothing is removed, because its pins are not seen by the owner. All functions may be called from any
/// thread.
class BlobStore
{
public:
    enum class Use { owner, guest };
    /// Makes the folder; the owner removes half-written files of an earlier life. Throws StoreError.
    explicit BlobStore(std::string folder, Use use = Use::owner);

    /// While it lives, the file of that hash is not removed.
    class Pin
    {
    public:
        Pin() = default;
        Pin(BlobStore& store, std::string hash);
        Pin(Pin&& other) noexcept;
        Pin& operator=(Pin&& other) noexcept;
        ~Pin();
        /// The database refers to the file now. A pin that goes without it leaves a doubtful file.
        void keep() { kept_ = true; }

    private:
        void release() noexcept;
        BlobStore* store_ = nullptr;
        std::string hash_;
        bool kept_ = false;
    };

    /// Puts the bytes under their SHA-256; when it returns, file and name are on stable storage. Throws StoreError.
    [[nodiscard]] Pin put(std::string const& hash, std::string_view bytes);
    /// No descriptor: no such file. Throws StoreError.
    base::Fd open(std::string const& hash) const;
    /// The size of the file in bytes, or nothing when there is none.
    std::optional<std::uint64_t> size_of(std::string const& hash) const;
    /// Removes the file unless it is pinned or `is_referenced(hash)`. False: pinned, or a guest is here; look again
    /// later.
    bool remove_unless(std::string const& hash, std::function<bool(std::string const&)> const& is_referenced);

    /// The next take_doubtful() shall look at this file.
    void doubt(std::string const& hash);
    /// Hashes of files that may be without a row: after the start all that there are (a crash may have left some),
    /// later those whose pin was not kept or whose row went.
    std::vector<std::string> take_doubtful();
    /// The next take_doubtful() gives all files that there are.
    void doubt_all();
    /// Hashes of all files.
    std::vector<std::string> all() const;
    /// For the owner: another process works in this folder now.
    bool has_guests() const;

private:
    std::string path_of(std::string const& hash) const;
    std::string folder_of(std::string const& hash) const;
    void make_folders() const;
    void write(std::string const& hash, std::string_view bytes);

    std::string folder_;
    base::Fd guests_; ///< a lock file: guests share its lock, the owner takes it alone to remove something
    std::mutex mutex_;
    std::map<std::string, int> pins_; ///< by hash
    std::set<std::string> doubtful_;
    bool all_are_doubtful_ = true;
};

} // namespace maild::mailbox
