#include "dnsd/serve/udp_server.h"

#include "dnsd/serve/udp_batch.h"

#include <cstring>
#include <fcntl.h>
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

void UdpServer::serve(std::size_t thread) const
{
    std::optional<Observer> own;
    auto* const oversight = backends_.oversight;
    if (oversight) own.emplace(oversight->of_thread(thread));
    AnsweringThread answering(backends_, own ? &*own : nullptr);
    auto const batch = std::make_unique<UdpBatch>(sockets_[thread]);
    while (!stopping_.load(std::memory_order_relaxed)) {
        auto const count = batch->receive();
        answering.begin(count);
        for (std::size_t i = 0; i < count; ++i) {
            auto const client = batch->client(i);
            if (client.port == 0) continue;
            auto const packet = batch->question(i);
            auto const later = [&](Elsewhere& place, Query const&) {
                auto done = [back = batch->way_back(i), client, oversight, size = packet.size()](std::string reply) {
                    if (oversight) oversight->shared().note(client, reply, size);
                    if (!reply.empty()) back.send(reply);
                };
                return place.submit(std::string(packet), client, std::move(done));
            };
            if (auto const size = answering.answer(packet, client, batch->room(i), 0, later); size > 0)
                batch->add_reply(i, size);
        }
        batch->send();
    }
}

} // namespace dnsd
