#pragma once
// A session is data; a command is a blocking function; a session between commands costs no thread.

#include "appliance/net/stream.h"

#include <chrono>
#include <memory>

namespace net
{

enum class Next {
    park,  ///< wait without a thread for input, news or the time-out; then run() again
    rest,  ///< wait without a thread for rest() to pass, whatever the client sends meanwhile; then run() again
    close, ///< say nothing more and close
};

/// Makes the server call a session's run() soon, even without input: mailbox news. Copies are cheap; calls are safe
/// from any thread and after the session's end (then they do nothing).
class Wakeup
{
public:
    Wakeup() = default;
    struct Target; ///< the server's side of it, in connection.h
    explicit Wakeup(std::shared_ptr<Target> target) : target_(std::move(target)) {}
    void notify() const;

private:
    std::shared_ptr<Target> target_;
};

/// One connection of a line protocol. Owned by the server; its functions are called by one worker thread at a time.
class Session
{
public:
    virtual ~Session() = default;

    /// Handles everything that has arrived, then says what next. First call: greet. Called again after every park,
    /// because of input, `Wakeup::notify`, or both. Exceptions: Disconnected closes silently, others are logged and
    /// close.
    virtual Next run() = 0;
    /// Whether what has arrived already is enough for run(): a whole line. Sessions that do not speak in lines say
    /// stream().has_input().
    virtual bool has_work() { return stream().has_line(); }
    /// The parked session was quiet for idle_timeout(): say goodbye (the server closes afterwards).
    virtual void timed_out() = 0;
    /// How long it may stay parked.
    virtual std::chrono::milliseconds idle_timeout() const = 0;
    /// How long Next::rest takes.
    virtual std::chrono::milliseconds rest() const { return {}; }
    /// The server is stopping: say goodbye if it is quick.
    virtual void stopping() = 0;
    virtual Stream& stream() = 0;
};

} // namespace net
