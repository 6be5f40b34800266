#pragma once
// Large message bodies as files FOLDER/ab/HASH. A file is put before the transaction that refers to it and removed
// after the one that gives it up; pins keep both sides from meeting. Which file is referred to, only the database
// knows.

#include "appliance/base/file.h"

#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace maild::mailbox
{

/// One process at a time uses a folder. All functions may be called from any thread.
class BlobStore
{
public:
    /// Makes the folder and removes half-written files of an earlier life. Throws StoreError.
    explicit BlobStore(std::string folder);

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
    /// Removes the file unless it is pinned or `is_referenced(hash)`. False: pinned, look again later.
    bool remove_unless(std::string const& hash, std::function<bool(std::string const&)> const& is_referenced);

    /// The next take_doubtful() shall look at this file.
    void doubt(std::string const& hash);
    /// Hashes of files that may be without a row: after the start all that there are (a crash may have left some),
    /// later those whose pin was not kept or whose row went.
    std::vector<std::string> take_doubtful();

private:
    std::string path_of(std::string const& hash) const;
    std::string folder_of(std::string const& hash) const;
    void make_folders() const;
    std::vector<std::string> all() const;
    void write(std::string const& hash, std::string_view bytes);

    std::string folder_;
    std::mutex mutex_;
    std::map<std::string, int> pins_; ///< by hash
    std::set<std::string> doubtful_;
    bool all_are_doubtful_ = true;
};

} // namespace maild::mailbox
