#pragma once
// Checking passwords without letting hashing starve the box: a bound on parallel hashing, and a short memory of
// passwords that were right.

#include <chrono>
#include <map>
#include <mutex>
#include <semaphore>
#include <string>

namespace directory
{

class LoginCheck
{
public:
    LoginCheck();

    /// True when the password fits the crypt(5) hash. `hash` empty (no such user): takes the same time and is false.
    /// A password that was right is remembered for some minutes as a keyed hash; a changed hash forgets it.
    bool verify(std::string const& password, std::string const& hash);

private:
    using Time = std::chrono::steady_clock::time_point;

    bool is_remembered(std::string const& digest);
    void remember(std::string const& digest);

    std::string const key_;        ///< of the keyed hashes; never leaves this process
    std::string const dummy_hash_; ///< what unknown users are checked against
    std::counting_semaphore<> hashing_;
    std::mutex mutex_;
    std::map<std::string, Time> remembered_; ///< digest -> until when
};

} // namespace directory
