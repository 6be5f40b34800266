#include "dnsd/sign/key_folder.h"

#include "appliance/base/file.h"
#include "appliance/base/secret.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace dnsd
{

namespace
{
constexpr std::string_view prefix = "dnssec-"; // other secrets live in the folder too
constexpr std::size_t largest_file = 16384;
constexpr std::size_t name_octets = 8;
constexpr std::chrono::hours unknown_file_stays{24};

std::string read_secret(std::string const& path)
{
    try {
        return base::read_plain_file(path, largest_file).value();
    } catch (std::runtime_error const&) { // whatever stands in the way, the person has to do the same
        throw base::Failure(base::failed(path, "the private key of a zone cannot be read",
                                         "restore dns-keys/ from a backup, or start anew: 'kotakpos dns unsign', "
                                         "then 'kotakpos dns sign'"));
    }
}

std::shared_ptr<PrivateKey const> read_key(std::string const& path)
{
    auto text = read_secret(path);
    auto key = PrivateKey::from_pem(text);
    base::wipe(text);
    if (!key) throw base::Failure(base::failed(path, key.error().why, key.error().to_do));
    return std::make_shared<PrivateKey const>(*std::move(key));
}

/// Root writes for the keeper: the file gets the folder's owner before anybody relies on it.
void give_to_owner_of(std::string const& folder, std::string const& file)
{
    struct stat status {
    };
    if (::geteuid() != 0 || ::stat(folder.c_str(), &status) != 0) return;
    if (::lchown(file.c_str(), status.st_uid, status.st_gid) != 0)
        throw base::Failure(base::failed(file, std::strerror(errno)));
}
} // namespace

std::string KeyFolder::write(PrivateKey const& key, std::string_view comment)
{
    base::make_folders(path_, 0700).value();
    auto const name = std::string(prefix) + base::random_hex(name_octets) + ".pem";
    auto const path = path_ + "/" + name;
    auto text = std::string(comment) + "\n" + key.pem();
    auto written = base::write_file_atomically(path, text, 0600);
    base::wipe(text);
    std::move(written).value();
    give_to_owner_of(path_, path);
    return name;
}

std::shared_ptr<PrivateKey const> KeyFolder::read(std::string const& file)
{
    std::lock_guard const lock(mutex_);
    if (auto const found = read_.find(file); found != read_.end()) return found->second;
    return read_[file] = read_key(path_ + "/" + file);
}

void KeyFolder::remove(std::string const& file)
{
    std::lock_guard const lock(mutex_);
    read_.erase(file);
    std::error_code ignored;
    std::filesystem::remove(path_ + "/" + file, ignored);
}

void KeyFolder::remove_unknown(std::vector<std::string> const& known)
{
    std::error_code error;
    auto const now = std::filesystem::file_time_type::clock::now();
    for (auto const& entry : std::filesystem::directory_iterator(path_, error)) {
        auto const name = entry.path().filename().string();
        if (!name.starts_with(prefix) || std::find(known.begin(), known.end(), name) != known.end()) continue;
        auto const written = entry.last_write_time(error);
        if (!error && now - written > unknown_file_stays) remove(name);
    }
}

} // namespace dnsd
