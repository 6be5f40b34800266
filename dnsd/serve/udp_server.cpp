#include "dnsd/serve/udp_server.h"

#include "dnsd/serve/udp_batch.h"

#include <array>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <new>
#include <optional>
#include <sys/time.h>

namespace dnsd
{

namespace
{
constexpr int receive_buffer = 1 << 20;
/// How long a quiet thread sleeps before it looks whether there are new zones or it shall stop.
constexpr timeval look_up_interval{0, 250000};

void set_option(int socket, int level, int name, int value)
{
    ::setsockopt(socket, level, name, &value, sizeof value);
}

/// Bound to all addresses: then the kernel must tell which one was asked.
void prepare(int socket)
{
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    void* place = &address;
    ::getsockname(socket, static_cast<sockaddr*>(place), &size);
    sockaddr_in v4{};
    sockaddr_in6 v6{};
    std::memcpy(&v4, &address, sizeof v4);
    std::memcpy(&v6, &address, sizeof v6);
    if (address.ss_family == AF_INET && v4.sin_addr.s_addr == INADDR_ANY)
        set_option(socket, IPPROTO_IP, IP_PKTINFO, 1);
    if (address.ss_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&v6.sin6_addr))
        set_option(socket, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
    set_option(socket, SOL_SOCKET, SO_RCVBUF, receive_buffer);
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &look_up_interval, sizeof look_up_interval);
    // Never announce fragments: replies fit one frame, and forged fragments are an old way to poison resolvers.
    if (address.ss_family == AF_INET) set_option(socket, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT);
    ::fcntl(socket, F_SETFL, ::fcntl(socket, F_GETFL) & ~O_NONBLOCK);
}
} // namespace

void UdpServer::start()
{
    for (std::size_t i = 0; i < sockets_.size(); ++i) {
        prepare(sockets_[i]);
        threads_.emplace_back([this, i] { serve(i); });
    }
}

UdpServer::~UdpServer()
{
    stopping_ = true;
    for (auto& thread : threads_) thread.join();
}

/// What one thread has: room for a batch of packets, and for what is known of each.
struct UdpServer::Thread {
    Thread(int socket, Backends const& backends, Observer* observer)
        : oversight(backends.oversight), answering(backends, observer), batch(socket)
    {
    }

    /// Reads all packets, so that the memory can be asked for all names at once.
    void read(std::size_t count)
    {
        waiting = 0;
        for (std::size_t i = 0; i < count; ++i) {
            auto const client = batch.client(i);
            if (client.port == 0) continue;
            auto& exchange = *new (&exchanges[i]) Exchange; // its arrays stay as they are
            exchange.client = client;
            if (!answering.read(batch.question(i), exchange)) {
                answering.ignore(exchange);
                continue;
            }
            queries[waiting] = &exchange.query;
            indexes[waiting++] = i;
        }
        if (waiting > 1) answering.warm_up({queries.data(), waiting});
    }

    void answer()
    {
        for (std::size_t at = 0; at < waiting; ++at) {
            auto const i = indexes[at];
            auto const later = [&](Elsewhere& place, Query const& query) { return ask(place, i, query.packet); };
            auto const size = answering.answer(exchanges[i], batch.room(i), later);
            if (size > 0) batch.add_reply(i, size);
        }
    }

    bool ask(Elsewhere& place, std::size_t i, std::string_view packet)
    {
        auto const& client = exchanges[i].client;
        auto done = [back = batch.way_back(i), client, shared = oversight, size = packet.size()](std::string reply) {
            if (shared) reply.resize(shared->shared().note(client, reply, size));
            if (!reply.empty()) back.send(reply);
        };
        return place.submit(std::string(packet), client, std::move(done));
    }

    Oversight* oversight;
    AnsweringThread answering;
    UdpBatch batch;
    std::array<Exchange, UdpBatch::most> exchanges;
    std::array<Query const*, UdpBatch::most> queries;
    std::array<std::size_t, UdpBatch::most> indexes;
    std::size_t waiting = 0;
};

void UdpServer::serve(std::size_t index) const
{
    std::optional<Observer> own;
    if (backends_.oversight) own.emplace(backends_.oversight->of_thread(index));
    auto const thread = std::make_unique<Thread>(sockets_[index], backends_, own ? &*own : nullptr);
    while (!stopping_.load(std::memory_order_relaxed)) {
        auto const count = thread->batch.receive();
        thread->answering.begin(count);
        thread->read(count);
        thread->answer();
        thread->batch.send();
    }
}

} // namespace dnsd
