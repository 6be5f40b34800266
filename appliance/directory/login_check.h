#pragma once
// Checking passwords without letting hashing starve the box: a few hashing threads with a queue that is fair to every
// client, and a short memory of passwords that were right.

#include "appliance/directory/directory.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <future>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

namespace directory
{

/// Runs crypt(3) in threads of low priority, so that deliveries and sessions come first, and gives every client its
/// turn.
class HashingQueue
{
public:
    /// `threads`: started at the first check. `most_waiting`: of all clients together.
    explicit HashingQueue(unsigned threads, std::size_t most_waiting = 256)
        : threads_wanted_(threads), most_waiting_(most_waiting)
    {
    }
    ~HashingQueue();
    HashingQueue(HashingQueue const&) = delete;
    HashingQueue& operator=(HashingQueue const&) = delete;

    /// Waits for its turn, then for the hash. When the queue is full, the client with most in it loses its newest:
    /// Throws TooManyLogins there.
    bool verify(std::string const& password, std::string const& hash, std::string_view client);

private:
    /// References to what verify() was called with, which waits until `fits` is there.
    struct Job {
        std::string const& password;
        std::string const& hash;
        std::promise<bool> fits{};
    };
    using Line = std::deque<Job*>;

    void work();
    Job* take_next();
    void make_room();

    unsigned const threads_wanted_;
    std::size_t const most_waiting_;
    std::mutex mutex_;
    std::condition_variable ready_;
    std::map<std::string, Line, std::less<>> lines_; ///< by client; none is empty
    std::string served_;                             ///< whose turn it was last
    std::size_t waiting_ = 0;
    std::vector<std::thread> threads_;
    bool stopping_ = false;
};

class LoginCheck
{
public:
    LoginCheck();

    /// True when the password fits the crypt(5) hash. `hash` empty (no such user): takes the same time and is false.
    /// A password that was right is remembered for some minutes as a keyed hash; a changed hash forgets it. `client`:
    /// who asks, for a fair queue. Throws TooManyLogins.
    bool verify(std::string const& password, std::string const& hash, std::string_view client = {});

private:
    using Time = std::chrono::steady_clock::time_point;
    struct Remembered {
        std::string digest; ///< of the password that fits
        Time until;
    };

    bool is_remembered(std::string const& hash, std::string const& digest);
    void remember(std::string const& hash, std::string digest);

    std::string const key_;        ///< of the keyed hashes; never leaves this process
    std::string const dummy_hash_; ///< what unknown users are checked against
    HashingQueue hashing_;
    std::mutex mutex_;
    std::unordered_map<std::string, Remembered> remembered_; ///< by crypt(5) hash
};

} // namespace directory
