#include "appliance/directory/login_check.h"

#include "appliance/base/secret.h"
#include "appliance/directory/password.h"

#include <algorithm>
#include <thread>

namespace directory
{

namespace
{
constexpr std::chrono::minutes memory{5};
constexpr std::size_t most_remembered = 20000; ///< 100 bytes each
} // namespace

LoginCheck::LoginCheck()
    : key_(base::random_bytes(32)),
      dummy_hash_(hash_password(base::random_hex(16))),
      hashing_(std::max(1U, std::thread::hardware_concurrency()))
{
}

bool LoginCheck::verify(std::string const& password, std::string const& hash)
{
    auto const digest = base::hmac_sha256(key_, hash + '\0' + password);
    if (!hash.empty() && is_remembered(digest)) return true;
    hashing_.acquire();
    bool const fits = verify_password(password, hash.empty() ? dummy_hash_ : hash);
    hashing_.release();
    if (!fits || hash.empty()) return false;
    remember(digest);
    return true;
}

bool LoginCheck::is_remembered(std::string const& digest)
{
    std::lock_guard const lock(mutex_);
    auto const found = remembered_.find(digest);
    return found != remembered_.end() && found->second > std::chrono::steady_clock::now();
}

void LoginCheck::remember(std::string const& digest)
{
    auto const now = std::chrono::steady_clock::now();
    std::lock_guard const lock(mutex_);
    if (remembered_.size() >= most_remembered)
        std::erase_if(remembered_, [&](auto const& entry) { return entry.second <= now; });
    if (remembered_.size() >= most_remembered) remembered_.clear();
    remembered_[digest] = now + memory;
}

} // namespace directory
