#include "appliance/net/server.h"

#include "appliance/base/log.h"
#include "appliance/net/connection.h"
#include "appliance/net/parking_lot.h"

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <sys/socket.h>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <unordered_set>

namespace net
{

namespace
{
/// A client that has not finished its TLS handshake by then is gone or hostile.
constexpr std::chrono::seconds handshake_timeout{15};
/// Commands under way may finish before their sockets are shut down.
constexpr std::chrono::seconds grace{1};
/// A goodbye that does not fit into the socket at once goes unsaid: nobody may hold up the stop.
constexpr std::chrono::milliseconds goodbye_wait{50};

using Clock = std::chrono::steady_clock;
} // namespace

void Wakeup::notify() const
{
    if (!target_) return;
    std::function<void()> requeue;
    {
        std::lock_guard const lock(target_->mutex);
        if (target_->requeue)
            requeue = std::exchange(target_->requeue, nullptr);
        else
            target_->notified = true;
    }
    if (requeue) requeue();
}

class Server::Implementation final : public WaitObserver
{
public:
    Implementation(std::size_t worker_count, ConnectionLimits connection_limits)
        : workers_wanted_(worker_count),
          limits_(std::move(connection_limits)),
          lot_([this](std::unique_ptr<Connection> connection, Left left) { leave_lot(std::move(connection), left); })
    {
    }

    void add(Listener listener) { listeners_.push_back(std::move(listener)); }

    void start()
    {
        for (auto const& listener : listeners_)
            lot_.watch_listener(listener.socket, [this, &listener] { accept_all(listener); });
        lot_.start();
    }

    void stop()
    {
        lot_.stop();
        {
            std::unique_lock lock(mutex_);
            if (stopping_) return;
            quiet_.wait_for(lock, grace, [this] { return running_.empty() && queue_.empty(); });
            stopping_ = true;
            for (auto const* connection : running_) ::shutdown(connection->session->stream().fd(), SHUT_RDWR);
        }
        ready_.notify_all();
        for (auto& [id, worker] : workers_) worker.join(); // from here on none is added or leaves
        join_finished();
        lot_.take_all([this](std::unique_ptr<Connection> connection) {
            say_goodbye(*connection);
            end(std::move(connection));
        });
        while (!queue_.empty()) {
            end(std::move(queue_.front()));
            queue_.pop_front();
        }
    }

    /// Its worker lends its place to others for the time being.
    void wait_begins(Stream const& stream) override
    {
        std::lock_guard const lock(mutex_);
        if (stopping_) return;
        if (waiting_.size() >= limits_.waiting) cut_off_one();
        waiting_.push_back({&stream});
        if (is_counted(stream)) count_down(running_per_address_, stream.peer());
        add_worker_if_needed();
        ready_.notify_one();
    }

    void wait_ends(Stream const& stream) override
    {
        std::lock_guard const lock(mutex_);
        auto const found = std::find_if(waiting_.begin(), waiting_.end(),
                                        [&](Waiter const& waiter) { return waiter.stream == &stream; });
        if (found == waiting_.end()) return;
        waiting_.erase(found);
        if (is_counted(stream)) ++running_per_address_[stream.peer().as_client()];
    }

    std::size_t connections() const
    {
        std::lock_guard const lock(mutex_);
        return open_;
    }

private:
    /// Takes every waiting connection of a listener. Runs in the lot's thread: must not block.
    void accept_all(Listener const& listener)
    {
        for (;;) {
            sockaddr_storage address{};
            socklen_t size = sizeof address;
            auto* generic = reinterpret_cast<sockaddr*>(&address);
            base::Fd socket(::accept4(listener.socket, generic, &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
            if (!socket) {
                if (errno == EMFILE || errno == ENFILE) lot_.pause_listeners();
                return;
            }
            admit(listener, std::move(socket), IpAddress::from_socket(generic), address.ss_family == AF_UNIX);
        }
    }

    void admit(Listener const& listener, base::Fd socket, IpAddress peer, bool local)
    {
        bool const counted = !local && !contains(limits_.exempt, peer); // as is_counted()
        {
            std::lock_guard const lock(mutex_);
            bool const too_many =
                open_ >= limits_.total || (counted && per_address_[peer.as_client()] >= limits_.per_address);
            if (too_many || stopping_) {
                base::log(base::Level::warning, "", "refused-connection",
                          {{"listener", listener.name}, {"peer", peer.show()}, {"open", std::to_string(open_)}});
                [[maybe_unused]] auto const sent = ::send(socket.get(), listener.refusal.data(),
                                                          listener.refusal.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
                return;
            }
            ++open_;
            if (counted) ++per_address_[peer.as_client()];
        }
        auto connection = std::make_unique<Connection>();
        connection->peer = peer;
        connection->counted = counted;
        connection->wakeup = std::make_shared<Wakeup::Target>();
        Stream stream(std::move(socket), peer, local);
        stream.set_wait_observer(this);
        if (listener.tls) stream.begin_tls_server(*listener.tls, after(handshake_timeout));
        connection->session = listener.make_session(std::move(stream), Wakeup(connection->wakeup));
        if (listener.tls)
            park(std::move(connection)); // the client speaks first
        else
            enqueue(std::move(connection));
    }

    void enqueue(std::unique_ptr<Connection> connection)
    {
        {
            std::lock_guard const lock(mutex_);
            queue_.push_back(std::move(connection));
            add_worker_if_needed();
        }
        ready_.notify_one();
    }

    bool is_counted(Stream const& stream) const
    {
        return !stream.is_local() && !contains(limits_.exempt, stream.peer());
    }

    /// Workers that do not wait for a client.
    std::size_t working() const { return workers_.size() - std::min(workers_.size(), waiting_.size()); }

    void add_worker_if_needed()
    {
        if (queue_.size() <= idle_ || working() >= workers_wanted_ || stopping_) return;
        join_finished();
        try {
            std::thread worker([this] { work(); });
            auto const id = worker.get_id();
            workers_.emplace(id, std::move(worker));
        } catch (std::system_error const& error) { // the kernel has no thread to give: those that are there go on
            base::log(base::Level::warning, "", "no-thread", {{"why", error.what()}});
        }
    }

    void join_finished()
    {
        for (auto& worker : finished_) worker.join();
        finished_.clear();
    }

    /// Too many wait: the address that has most of them loses the one that has waited longest.
    void cut_off_one()
    {
        Counts counts;
        for (auto const& waiter : waiting_) ++counts[waiter.stream->peer().as_client()];
        auto const fewer = [](auto const& a, auto const& b) { return a.second < b.second; };
        auto const greediest = std::max_element(counts.begin(), counts.end(), fewer)->first;
        for (auto& waiter : waiting_) {
            if (waiter.stream->peer().as_client() != greediest || waiter.is_cut_off) continue;
            base::log(base::Level::warning, "", "slow-client", {{"peer", waiter.stream->peer().show()}});
            ::shutdown(waiter.stream->fd(), SHUT_RDWR);
            waiter.is_cut_off = true;
            return;
        }
    }

    void work()
    {
        for (;;) {
            auto connection = wait_for_work();
            if (!connection) return;
            Next const next = run(*connection);
            {
                std::lock_guard const lock(mutex_);
                running_.erase(connection.get());
                if (connection->counted) count_down(running_per_address_, connection->peer);
            }
            if (next == Next::close)
                end(std::move(connection));
            else
                park(std::move(connection), next);
            quiet_.notify_all();
        }
    }

    /// Nothing: the worker is to end, because the server stops or because there are too many.
    std::unique_ptr<Connection> wait_for_work()
    {
        std::unique_lock lock(mutex_);
        std::unique_ptr<Connection> connection;
        ++idle_;
        ready_.wait(lock, [&] { return stopping_ || working() > workers_wanted_ || (connection = take_next()); });
        --idle_;
        if (connection) {
            running_.insert(connection.get());
            if (connection->counted) ++running_per_address_[connection->peer.as_client()];
            return connection;
        }
        if (stopping_) return nullptr;
        auto const self = workers_.find(std::this_thread::get_id());
        finished_.push_back(std::move(self->second));
        workers_.erase(self);
        ready_.notify_one(); // what woke this worker may be work for another one
        return nullptr;
    }

    /// The first waiting connection whose address does not hold its share of the workers yet: a client that sends
    /// slowly, however many connections it has, leaves room for the others.
    std::unique_ptr<Connection> take_next()
    {
        auto const share = std::max<std::size_t>(1, workers_wanted_ / 4);
        for (auto next = queue_.begin(); next != queue_.end(); ++next) {
            if ((*next)->counted) {
                auto const found = running_per_address_.find((*next)->peer.as_client());
                if (found != running_per_address_.end() && found->second >= share) continue;
            }
            auto connection = std::move(*next);
            queue_.erase(next);
            return connection;
        }
        return nullptr;
    }

    using Counts = std::map<IpAddress, std::size_t>;
    static void count_down(Counts& counts, IpAddress const& address)
    {
        auto const found = counts.find(address.as_client());
        if (found != counts.end() && --found->second == 0) counts.erase(found);
    }

    /// The top of a session's stack: nothing a session throws may reach the thread.
    Next run(Connection& connection)
    {
        auto& session = *connection.session;
        try {
            if (connection.timed_out) {
                if (!session.stream().handshake_until()) session.timed_out();
                session.stream().close();
                return Next::close;
            }
            if (!session.stream().continue_handshake()) return Next::park;
            Next const next = session.run();
            if (next == Next::close)
                session.stream().close();
            else
                session.stream().flush();
            return next;
        } catch (Disconnected const& error) {
            base::log(base::Level::debug, "", "disconnected",
                      {{"peer", connection.peer.show()}, {"why", error.what()}});
        } catch (std::exception const& error) {
            base::log(base::Level::error, "", "session-failed",
                      {{"peer", connection.peer.show()}, {"why", error.what()}});
        }
        return Next::close;
    }

    void park(std::unique_ptr<Connection> connection, Next how = Next::park)
    {
        auto& stream = connection->session->stream();
        connection->resting = how == Next::rest;
        if (!connection->resting && connection->session->has_work()) return enqueue(std::move(connection));
        if (!stream.has_input()) stream.release_buffers();
        auto const target = connection->wakeup;
        int const fd = stream.fd();
        auto const& session = *connection->session;
        auto const idle_until = Clock::now() + (connection->resting ? session.rest() : session.idle_timeout());
        auto const what = connection->resting ? ParkingLot::Until::time : ParkingLot::Until::input;
        auto const until = std::min(idle_until, stream.handshake_until().value_or(idle_until));
        // Held over add(): leave_lot() waits for it, so that a `requeue` is never set for a connection that has left.
        std::unique_lock lock(target->mutex);
        auto const id = lot_.add(fd, until, std::move(connection), what);
        if (std::exchange(target->notified, false)) { // news came in the meantime
            lock.unlock();
            lot_.release(id);
        } else {
            target->requeue = [this, id] { lot_.release(id); };
        }
    }

    void leave_lot(std::unique_ptr<Connection> connection, Left left)
    {
        {
            std::lock_guard const lock(connection->wakeup->mutex);
            connection->wakeup->requeue = nullptr;
        }
        connection->timed_out = left == Left::timed_out && !connection->resting;
        enqueue(std::move(connection));
    }

    /// stop() runs in a destructor: a peer that has gone must not make it throw.
    static void say_goodbye(Connection& connection)
    {
        if (connection.session->stream().handshake_until()) return; // it expects TLS, not a line in clear
        auto& session = *connection.session;
        session.stream().set_write_timeout(goodbye_wait);
        try {
            session.stopping();
        } catch (std::exception const& error) {
            base::log(base::Level::debug, "", "goodbye-failed",
                      {{"peer", connection.peer.show()}, {"why", error.what()}});
        }
        session.stream().close();
    }

    void end(std::unique_ptr<Connection> connection)
    {
        {
            std::lock_guard const lock(connection->wakeup->mutex);
            connection->wakeup->requeue = nullptr;
        }
        std::lock_guard const lock(mutex_);
        --open_;
        if (connection->counted) count_down(per_address_, connection->peer);
    }

    std::size_t const workers_wanted_;
    ConnectionLimits const limits_;
    std::deque<Listener> listeners_; ///< a deque: the lot keeps references
    ParkingLot lot_;
    mutable std::mutex mutex_;
    std::condition_variable ready_;
    std::condition_variable quiet_; ///< a worker has finished with a session
    std::deque<std::unique_ptr<Connection>> queue_;
    std::unordered_set<Connection*> running_;
    Counts per_address_;         ///< open connections
    Counts running_per_address_; ///< of them, those that hold a worker
    std::size_t open_ = 0;
    bool stopping_ = false;
    struct Waiter {
        Stream const* stream;
        bool is_cut_off = false;
    };
    std::vector<Waiter> waiting_; ///< workers in the middle of a session, in the order in which they began to wait
    std::unordered_map<std::thread::id, std::thread> workers_; ///< those that wait too
    std::vector<std::thread> finished_;                        ///< have ended, or are about to
    std::size_t idle_ = 0;
};

Server::Server(std::size_t workers, ConnectionLimits limits)
    : implementation_(std::make_unique<Implementation>(workers, std::move(limits)))
{
}
Server::~Server() { stop(); }
void Server::add(Listener listener) { implementation_->add(std::move(listener)); }
void Server::start() { implementation_->start(); }
void Server::stop() { implementation_->stop(); }
std::size_t Server::connections() const { return implementation_->connections(); }

} // namespace net
