#pragma once
// The folder with the private keys of zones (dns-keys/): one PEM file each, for its owner's eyes only.

#include "dnsd/sign/private_key.h"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace dnsd
{

/// All functions may be called from any thread.
class KeyFolder
{
public:
    explicit KeyFolder(std::string path) : path_(std::move(path)) {}

    /// Writes the key under a new name, which it gives, and waits until it is on the disk. The file belongs to the
    /// owner of the folder, whoever writes it. `comment` stands above the key. Throws base::Failure.
    std::string write(PrivateKey const& key, std::string_view comment);
    /// Kept in memory once read. Throws base::Failure that says which file is missing or damaged.
    std::shared_ptr<PrivateKey const> read(std::string const& file);
    void remove(std::string const& file);
    /// Removes key files that are not in `known` and older than a day (from a change that was given up).
    void remove_unknown(std::vector<std::string> const& known);

private:
    std::string path_;
    std::mutex mutex_;
    std::map<std::string, std::shared_ptr<PrivateKey const>> read_;
};

} // namespace dnsd
