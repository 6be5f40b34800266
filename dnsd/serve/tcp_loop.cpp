#include "dnsd/serve/tcp_loop.h"

#include "appliance/base/log.h"

#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

namespace dnsd
{

namespace
{
// What epoll tells is a number: the mailbox, a listener, or a connection's id (even; the odd one behind it is its
// connection to the keeper).
constexpr std::uint64_t mailbox_id = 0;
constexpr std::uint64_t first_listener_id = 1;
constexpr std::uint64_t first_connection_id = 1000;

constexpr int most_accepted = 64; ///< at a time; then the others get their turn
constexpr std::chrono::milliseconds accept_pause{100};
constexpr std::chrono::milliseconds look_around{500};
constexpr std::chrono::seconds refusal_log_interval{1};
} // namespace

TcpLoop::TcpLoop(Backends const& backends, TcpAdmission& admission, std::vector<TcpListener> listeners)
    : admission_(admission),
      listeners_(std::move(listeners)),
      desk_(backends, admission),
      next_id_(first_connection_id)
{
    epoll_event event{EPOLLIN, {.u64 = mailbox_id}};
    ::epoll_ctl(desk_.epoll.get(), EPOLL_CTL_ADD, desk_.mailbox->fd(), &event);
    watch_listeners(true);
}

TcpLoop::~TcpLoop()
{
    stopping_ = true;
    desk_.mailbox->wake();
    if (thread_.joinable()) thread_.join();
    while (!by_use_.empty()) close(*by_use_.front());
}

void TcpLoop::start()
{
    thread_ = std::thread([this] { loop(); });
}

void TcpLoop::watch_listeners(bool on)
{
    for (std::size_t i = 0; i < listeners_.size(); ++i) {
        // Of the threads that wait for the same listener only one is woken.
        epoll_event event{EPOLLIN | EPOLLEXCLUSIVE, {.u64 = first_listener_id + i}};
        ::epoll_ctl(desk_.epoll.get(), on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, listeners_[i].socket, &event);
    }
}

int TcpLoop::milliseconds_to_wait() const
{
    auto const most = paused_until_ != TcpConnection::Time{} ? accept_pause : look_around;
    return static_cast<int>(most.count());
}

void TcpLoop::loop()
{
    std::array<epoll_event, 64> events{};
    while (!stopping_) {
        int const count =
            ::epoll_wait(desk_.epoll.get(), events.data(), static_cast<int>(events.size()), milliseconds_to_wait());
        desk_.now = std::chrono::steady_clock::now();
        desk_.answering.refresh();
        for (int i = 0; i < count; ++i) {
            auto const& event = events[static_cast<std::size_t>(i)];
            handle(event.data.u64, event.events);
        }
        expire();
        if (paused_until_ == TcpConnection::Time{} || desk_.now < paused_until_) continue;
        paused_until_ = {};
        watch_listeners(true);
    }
}

void TcpLoop::handle(std::uint64_t id, std::uint32_t events)
{
    if (id == mailbox_id) return deliver_mail();
    if (id < first_connection_id) return accept_some(listeners_[id - first_listener_id]);
    auto const found = connections_.find(id & ~std::uint64_t{1});
    if (found == connections_.end()) return; // closed by an event before this one
    auto& connection = *found->second;
    if ((id & 1U) != 0)
        connection.on_keeper(events);
    else
        connection.on_client(events);
    settle(connection);
}

void TcpLoop::deliver_mail()
{
    for (auto& letter : desk_.mailbox->take_all()) {
        auto const found = connections_.find(letter.connection);
        if (found == connections_.end()) continue;
        found->second->deliver(letter);
        settle(*found->second);
    }
}

void TcpLoop::settle(TcpConnection& connection)
{
    if (connection.is_over()) return close(connection);
    if (connection.last_progress() == desk_.now) by_use_.splice(by_use_.end(), by_use_, connection.place);
}

void TcpLoop::close(TcpConnection& connection)
{
    admission_.leave(connection.client().address);
    by_use_.erase(connection.place);
    connections_.erase(connection.id());
}

void TcpLoop::accept_some(TcpListener const& listener)
{
    for (int i = 0; i < most_accepted; ++i) {
        sockaddr_in6 address{}; // or the shorter sockaddr_in
        socklen_t size = sizeof address;
        void* place = &address;
        auto* generic = static_cast<sockaddr*>(place);
        base::Fd socket(::accept4(listener.socket, generic, &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!socket) {
            bool const lacks_room = errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS;
            if (!lacks_room) return;
            watch_listeners(false);
            paused_until_ = desk_.now + accept_pause;
            return;
        }
        Client client;
        client.address = net::IpAddress::from_socket(generic);
        client.port = ntohs(address.sin6_port); // at the same place in sockaddr_in
        client.transport = listener.tls ? Transport::tls : Transport::tcp;
        admit(listener, std::move(socket), client);
    }
}

void TcpLoop::admit(TcpListener const& listener, base::Fd socket, Client const& client)
{
    if ((admission_.is_full() && !make_room()) || !admission_.enter(client.address)) return refused(client);
    int const on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    auto const id = next_id_;
    next_id_ += 2;
    auto connection = std::make_unique<TcpConnection>(id, desk_, std::move(socket), client, listener.tls);
    auto& made = *connection;
    made.place = by_use_.insert(by_use_.end(), &made);
    connections_.emplace(id, std::move(connection));
}

/// Closes the connection that has been quiet for the longest time.
bool TcpLoop::make_room()
{
    for (auto* connection : by_use_) {
        if (desk_.now - connection->last_progress() < admission_.limits().spared) return false;
        if (!connection->is_idle()) continue;
        close(*connection);
        return true;
    }
    return false;
}

void TcpLoop::refused(Client const& client)
{
    if (desk_.now - last_refusal_ < refusal_log_interval) return;
    last_refusal_ = desk_.now;
    base::log(base::Level::warning, "", "refused-connection",
              {{"listener", client.transport == Transport::tls ? "dot" : "dns-tcp"},
               {"peer", client.address.show()},
               {"open", std::to_string(admission_.open())}});
}

void TcpLoop::expire()
{
    auto const shortest =
        std::min({admission_.idle_limit(), admission_.limits().blocked, admission_.limits().waiting});
    for (auto at = by_use_.begin(); at != by_use_.end();) {
        auto& connection = **at++;
        if (connection.last_progress() + shortest > desk_.now) return;
        if (connection.deadline() <= desk_.now) close(connection);
    }
}

} // namespace dnsd
