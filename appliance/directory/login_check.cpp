#include "appliance/directory/login_check.h"

#include "appliance/base/secret.h"
#include "appliance/directory/password.h"

#include <algorithm>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace directory
{

namespace
{
constexpr std::chrono::minutes memory{5};
constexpr std::size_t most_remembered = 20000; ///< 300 bytes each
constexpr int low_priority = 10;               ///< as nice(1) has it

/// Of this thread alone: Linux keeps it by thread.
void lower_priority() { ::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), low_priority); }
} // namespace

HashingQueue::~HashingQueue()
{
    {
        std::lock_guard const lock(mutex_);
        stopping_ = true;
    }
    ready_.notify_all();
    for (auto& thread : threads_) thread.join();
}

bool HashingQueue::verify(std::string const& password, std::string const& hash, std::string_view client)
{
    Job job{password, hash};
    auto fits = job.fits.get_future();
    {
        std::lock_guard const lock(mutex_);
        lines_[std::string(client)].push_back(&job);
        if (++waiting_ > most_waiting_) make_room();
        if (threads_.size() < threads_wanted_) threads_.emplace_back([this] { work(); });
    }
    ready_.notify_one();
    return fits.get();
}

void HashingQueue::make_room()
{
    auto const shorter = [](auto const& a, auto const& b) { return a.second.size() < b.second.size(); };
    auto const longest = std::max_element(lines_.begin(), lines_.end(), shorter);
    longest->second.back()->fits.set_exception(std::make_exception_ptr(TooManyLogins()));
    longest->second.pop_back();
    if (longest->second.empty()) lines_.erase(longest);
    --waiting_;
}

/// The first of the next client in the round.
HashingQueue::Job* HashingQueue::take_next()
{
    if (lines_.empty()) return nullptr;
    auto next = lines_.upper_bound(served_);
    if (next == lines_.end()) next = lines_.begin();
    auto* const job = next->second.front();
    next->second.pop_front();
    served_ = next->first;
    if (next->second.empty()) lines_.erase(next);
    --waiting_;
    return job;
}

void HashingQueue::work()
{
    lower_priority();
    for (;;) {
        Job* job = nullptr;
        {
            std::unique_lock lock(mutex_);
            ready_.wait(lock, [&] { return stopping_ || (job = take_next()); });
        }
        if (!job) return;
        try {
            job->fits.set_value(verify_password(job->password, job->hash));
        } catch (std::exception const&) { // out of memory: the one who waits has to know
            job->fits.set_exception(std::current_exception());
        }
    }
}

LoginCheck::LoginCheck()
    : key_(base::random_bytes(32)),
      dummy_hash_(hash_password(base::random_hex(16))),
      hashing_(std::max(1U, std::thread::hardware_concurrency()))
{
}

bool LoginCheck::verify(std::string const& password, std::string const& hash, std::string_view client)
{
    auto digest = base::hmac_sha256(key_, hash + '\0' + password);
    if (!hash.empty() && is_remembered(hash, digest)) return true;
    bool const fits = hashing_.verify(password, hash.empty() ? dummy_hash_ : hash, client);
    if (!fits || hash.empty()) return false;
    remember(hash, std::move(digest));
    return true;
}

bool LoginCheck::is_remembered(std::string const& hash, std::string const& digest)
{
    std::lock_guard const lock(mutex_);
    auto const found = remembered_.find(hash);
    return found != remembered_.end() && found->second.until > std::chrono::steady_clock::now() &&
           base::equal_secret(found->second.digest, digest);
}

void LoginCheck::remember(std::string const& hash, std::string digest)
{
    auto const now = std::chrono::steady_clock::now();
    std::lock_guard const lock(mutex_);
    if (remembered_.size() >= most_remembered)
        std::erase_if(remembered_, [&](auto const& entry) { return entry.second.until <= now; });
    if (remembered_.size() >= most_remembered) remembered_.erase(remembered_.begin());
    remembered_[hash] = {std::move(digest), now + memory};
}

} // namespace directory
