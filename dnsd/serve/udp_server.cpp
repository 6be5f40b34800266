#include "dnsd/serve/udp_server.h"

#include "appliance/base/log.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

namespace dnsd
{

namespace
{
constexpr std::size_t batch_size = 32;
/// Questions are small; what is longer is cut and then fails to parse.
constexpr std::size_t largest_question = 1500;
constexpr int receive_buffer = 1 << 20;
/// How long a quiet thread sleeps before it looks whether there are new zones or it shall stop.
constexpr timeval look_up_interval{0, 250000};

/// The messages of one batch, received into and answered from the same headers: the reply goes to where the question
/// came from, and leaves from the address that was asked (the control data of the question, when the socket hears
/// several).
class Batch
{
public:
    Batch()
    {
        for (std::size_t i = 0; i < batch_size; ++i) {
            received_[i].msg_hdr.msg_iov = &question_parts_[i];
            received_[i].msg_hdr.msg_iovlen = 1;
            received_[i].msg_hdr.msg_name = &peers_[i];
            question_parts_[i] = {questions_[i].data(), questions_[i].size()};
        }
    }

    /// Waits for the first question, takes all that are there. 0: none in time.
    std::size_t receive(int socket)
    {
        for (std::size_t i = 0; i < batch_size; ++i) {
            auto& header = received_[i].msg_hdr;
            header.msg_namelen = sizeof(sockaddr_storage);
            header.msg_control = controls_[i].data();
            header.msg_controllen = controls_[i].size();
            header.msg_flags = 0;
        }
        int const count = ::recvmmsg(socket, received_.data(), batch_size, MSG_WAITFORONE, nullptr);
        waiting_ = 0;
        return count > 0 ? static_cast<std::size_t>(count) : 0;
    }

    std::string_view question(std::size_t i) const { return {questions_[i].data(), received_[i].msg_len}; }
    /// Nobody can be answered at port 0.
    bool is_answerable(std::size_t i) const
    {
        auto const family = peers_[i].ss_family;
        sockaddr_in v4{};
        sockaddr_in6 v6{};
        std::memcpy(&v4, &peers_[i], sizeof v4);
        std::memcpy(&v6, &peers_[i], sizeof v6);
        return (family == AF_INET && v4.sin_port != 0) || (family == AF_INET6 && v6.sin6_port != 0);
    }
    std::span<char> room(std::size_t i) { return replies_[i]; }

    void add_reply(std::size_t i, std::size_t size)
    {
        reply_parts_[waiting_] = {replies_[i].data(), size};
        auto& header = replied_[waiting_].msg_hdr;
        header = received_[i].msg_hdr;
        header.msg_iov = &reply_parts_[waiting_];
        if (header.msg_controllen > 0) forget_interface(header);
        ++waiting_;
    }

    /// Sends what is there. A message that cannot be sent (no route back) is left out.
    void send(int socket)
    {
        for (std::size_t done = 0; done < waiting_;) {
            int const count = ::sendmmsg(socket, replied_.data() + done, static_cast<unsigned>(waiting_ - done), 0);
            done += count > 0 ? static_cast<std::size_t>(count) : 1;
        }
    }

private:
    /// Keeps the address in the control data, but lets the routing table choose the interface (except for
    /// link-local).
    static void forget_interface(msghdr& header)
    {
        auto* control = CMSG_FIRSTHDR(&header);
        if (!control) return;
        if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO) {
            in_pktinfo info{};
            std::memcpy(&info, CMSG_DATA(control), sizeof info);
            info.ipi_ifindex = 0;
            std::memcpy(CMSG_DATA(control), &info, sizeof info);
        } else if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO) {
            in6_pktinfo info{};
            std::memcpy(&info, CMSG_DATA(control), sizeof info);
            if (IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr)) return;
            info.ipi6_ifindex = 0;
            std::memcpy(CMSG_DATA(control), &info, sizeof info);
        }
    }

    static constexpr std::size_t control_size = CMSG_SPACE(sizeof(in6_pktinfo));

    std::array<mmsghdr, batch_size> received_{};
    std::array<mmsghdr, batch_size> replied_{};
    std::array<iovec, batch_size> question_parts_{};
    std::array<iovec, batch_size> reply_parts_{};
    std::array<sockaddr_storage, batch_size> peers_{};
    alignas(cmsghdr) std::array<std::array<char, (control_size + 7) / 8 * 8>, batch_size> controls_{};
    std::array<std::array<char, largest_question>, batch_size> questions_{};
    std::array<std::array<char, largest_udp_reply>, batch_size> replies_{};
    std::size_t waiting_ = 0;
};

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
    for (int const socket : sockets_) {
        prepare(socket);
        threads_.emplace_back([this, socket] { serve(socket); });
    }
}

UdpServer::~UdpServer()
{
    stopping_ = true;
    for (auto& thread : threads_) thread.join();
}

void UdpServer::serve(int socket) const
{
    auto const batch = std::make_unique<Batch>();
    ZonesInUse zones(zones_);
    while (!stopping_.load(std::memory_order_relaxed)) {
        auto const count = batch->receive(socket);
        auto const& current = zones.refresh();
        for (std::size_t i = 0; i < count; ++i) {
            if (!batch->is_answerable(i)) continue;
            if (auto const size = responder_.answer(current, batch->question(i), Transport::udp, batch->room(i));
                size > 0)
                batch->add_reply(i, size);
        }
        batch->send(socket);
    }
}

} // namespace dnsd
