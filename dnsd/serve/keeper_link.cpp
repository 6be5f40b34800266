#include "dnsd/serve/keeper_link.h"

#include "appliance/base/log.h"
#include "dnsd/keep/message.h"
#include "dnsd/serve/keeper_socket.h"
#include "dnsd/serve/proxy_header.h"
#include "dnsd/zone/name.h"

#include <cerrno>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace dnsd
{

namespace
{
using std::chrono::steady_clock;
/// Longer than a change of a large signed zone takes; clients have given up by then.
constexpr std::chrono::seconds call_limit{5};
constexpr std::size_t most_calls = 128;
/// By TCP one client could send more than the keeper reads.
constexpr std::size_t most_calls_of_one = most_calls / 2;
} // namespace

/// One message on its way: sent, then its reply received.
struct KeeperLink::Call {
    std::string message;
    Client client;
    std::function<void(std::string)> done;
    steady_clock::time_point deadline;
    base::Fd socket;
    std::string output;
    std::string input;
};

KeeperLink::KeeperLink(std::string path) : path_(std::move(path)), wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

KeeperLink::~KeeperLink()
{
    {
        std::lock_guard const lock(mutex_);
        stopping_ = true;
    }
    ::eventfd_write(wake_.get(), 1);
    if (thread_.joinable()) thread_.join();
}

void KeeperLink::start()
{
    thread_ = std::thread([this] { loop(); });
}

bool KeeperLink::submit(std::string message, Client const& client, std::function<void(std::string reply)> done)
{
    if (!shares_.enter(client.address, most_calls_of_one)) return false;
    if (open_.fetch_add(1) >= most_calls) {
        open_.fetch_sub(1);
        shares_.leave(client.address);
        return false;
    }
    {
        std::lock_guard const lock(mutex_);
        new_.push_back({std::move(message), client, std::move(done), steady_clock::now() + call_limit, {}, {}, {}});
    }
    ::eventfd_write(wake_.get(), 1);
    return true;
}

void KeeperLink::loop()
{
    for (;;) {
        wait();
        {
            std::lock_guard const lock(mutex_);
            if (stopping_) return;
        }
        take_new();
        for (auto call = calls_.begin(); call != calls_.end();)
            call = advance(*call) ? std::next(call) : calls_.erase(call);
    }
}

void KeeperLink::wait()
{
    std::vector<pollfd> watched = {{wake_.get(), POLLIN, 0}};
    for (auto const& call : calls_)
        watched.push_back({call.socket.get(), static_cast<short>(call.output.empty() ? POLLIN : POLLOUT), 0});
    ::poll(watched.data(), watched.size(), calls_.empty() ? -1 : 100);
    eventfd_t count = 0;
    ::eventfd_read(wake_.get(), &count);
}

void KeeperLink::take_new()
{
    std::list<Call> fresh;
    {
        std::lock_guard const lock(mutex_);
        fresh.swap(new_);
    }
    for (auto& call : fresh) {
        call.socket = connect_to_keeper(path_);
        call.output = show_proxy_header(call.client) + framed(call.message);
    }
    calls_.splice(calls_.end(), fresh);
}

bool KeeperLink::advance(Call& call)
{
    if (!call.socket || steady_clock::now() > call.deadline) {
        finish(call, empty_reply(call.message, rcode::server_failure));
        return false;
    }
    if (!call.output.empty()) {
        auto const sent = ::send(call.socket.get(), call.output.data(), call.output.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN && errno != EINTR) {
            finish(call, empty_reply(call.message, rcode::server_failure));
            return false;
        }
        if (sent > 0) call.output.erase(0, static_cast<std::size_t>(sent));
        if (!call.output.empty()) return true;
    }
    return receive(call);
}

bool KeeperLink::receive(Call& call)
{
    char piece[4096];
    auto const got = ::recv(call.socket.get(), piece, sizeof piece, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return true;
    if (got > 0) call.input.append(piece, static_cast<std::size_t>(got));
    auto const length = call.input.size() < 2 ? 0 : byte_at(call.input, 0) << 8U | byte_at(call.input, 1);
    bool const whole = call.input.size() >= 2 && call.input.size() >= length + 2;
    if (!whole && got > 0) return true;
    // The keeper closes without a reply where the RFCs say that there is none; a beginning of one is a crash.
    bool const broken = !whole && (got < 0 || !call.input.empty());
    finish(call, whole    ? call.input.substr(2, length)
                 : broken ? empty_reply(call.message, rcode::server_failure)
                          : std::string());
    return false;
}

void KeeperLink::finish(Call& call, std::string reply)
{
    open_.fetch_sub(1);
    shares_.leave(call.client.address);
    call.done(std::move(reply));
}

} // namespace dnsd
