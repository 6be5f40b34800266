#include "dnsd/serve/udp_batch.h"

#include <cstring>

namespace dnsd
{

namespace
{
/// Keeps the address in the control data, but lets the routing table choose the interface (except for link-local).
void forget_interface(msghdr& header)
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
} // namespace

UdpReturn::UdpReturn(int socket, msghdr const& header)
    : socket_(socket),
      peer_size_(std::min<socklen_t>(header.msg_namelen, sizeof peer_)),
      control_size_(std::min(header.msg_controllen, sizeof control_))
{
    std::memcpy(&peer_, header.msg_name, peer_size_);
    if (control_size_ > 0) std::memcpy(control_.data(), header.msg_control, control_size_);
}

void UdpReturn::send(std::string_view reply) const
{
    auto copy = *this; // msghdr wants what it points to without const
    std::string bytes(reply);
    iovec part{bytes.data(), bytes.size()};
    msghdr header{};
    header.msg_name = &copy.peer_;
    header.msg_namelen = peer_size_;
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    if (control_size_ > 0) {
        header.msg_control = copy.control_.data();
        header.msg_controllen = control_size_;
    }
    [[maybe_unused]] auto const sent = ::sendmsg(socket_, &header, MSG_NOSIGNAL);
}

UdpBatch::UdpBatch(int socket) : socket_(socket), bytes_(new char[most * stride])
{
    for (std::size_t i = 0; i < most; ++i) {
        auto& header = received_[i].msg_hdr;
        header.msg_iov = &question_parts_[i];
        header.msg_iovlen = 1;
        header.msg_name = &peers_[i];
        header.msg_control = controls_[i].data();
        question_parts_[i] = {place(i) + largest_udp_reply, largest_question};
    }
}

void UdpBatch::reset(std::size_t i)
{
    auto& header = received_[i].msg_hdr;
    header.msg_namelen = sizeof peers_[i];
    header.msg_controllen = controls_[i].size();
    header.msg_flags = 0;
}

std::size_t UdpBatch::receive()
{
    for (std::size_t i = 0; i < used_; ++i) reset(i);
    int const count = ::recvmmsg(socket_, received_.data(), most, MSG_WAITFORONE, nullptr);
    waiting_ = 0;
    used_ = count > 0 ? static_cast<std::size_t>(count) : 0;
    return used_;
}

Client UdpBatch::client(std::size_t i) const
{
    Client client;
    void const* place = &peers_[i];
    client.address = net::IpAddress::from_socket(static_cast<sockaddr const*>(place));
    client.port = ntohs(peers_[i].sin6_port); // at the same place in sockaddr_in
    return client;
}

UdpReturn UdpBatch::way_back(std::size_t i)
{
    auto header = received_[i].msg_hdr;
    if (header.msg_controllen > 0) forget_interface(header);
    return {socket_, header};
}

void UdpBatch::add_reply(std::size_t i, std::size_t size)
{
    reply_parts_[waiting_] = {place(i), size};
    auto& header = replied_[waiting_].msg_hdr;
    header = received_[i].msg_hdr;
    header.msg_iov = &reply_parts_[waiting_];
    if (header.msg_controllen > 0) forget_interface(header);
    ++waiting_;
}

void UdpBatch::send()
{
    for (std::size_t done = 0; done < waiting_;) {
        int const count = ::sendmmsg(socket_, replied_.data() + done, static_cast<unsigned>(waiting_ - done), 0);
        done += count > 0 ? static_cast<std::size_t>(count) : 1;
    }
}

} // namespace dnsd
