#pragma once
// The messages of one recvmmsg, and the replies of one sendmmsg. Not for what the replies say.

#include "dnsd/serve/query.h"

#include <array>
#include <memory>
#include <netinet/in.h>
#include <span>
#include <string>
#include <string_view>
#include <sys/socket.h>

namespace dnsd
{

/// Where a question came from, and the address that was asked: enough to send a reply later, from any thread.
class UdpReturn
{
public:
    UdpReturn(int socket, msghdr const& header);
    void send(std::string_view reply) const;

private:
    int socket_;
    socklen_t peer_size_;
    sockaddr_in6 peer_{}; ///< or the shorter sockaddr_in
    std::size_t control_size_;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(in6_pktinfo))> control_{};
};

/// Received into and answered from the same headers: the reply goes to where the question came from, and leaves from
/// the address that was asked (the control data of the question, when the socket hears several). Its buffers are not
/// cleared, so that memory is used only as far as messages reach.
class UdpBatch
{
public:
    static constexpr std::size_t most = 32;

    explicit UdpBatch(int socket);

    /// Waits for the first question, takes all that are there. 0: none in time.
    std::size_t receive();
    std::string_view question(std::size_t i) const { return {place(i) + largest_udp_reply, received_[i].msg_len}; }
    /// Port 0: nobody can be answered there.
    Client client(std::size_t i) const;
    std::span<char> room(std::size_t i) { return {place(i), largest_udp_reply}; }
    /// For a reply that comes later.
    UdpReturn way_back(std::size_t i);

    void add_reply(std::size_t i, std::size_t size);
    /// Sends what was added. A message that cannot be sent (no route back) is left out.
    void send();

private:
    /// Longer ones are cut and then fail to parse. BIND and Knot receive as much.
    static constexpr std::size_t largest_question = 4096;
    /// Not a multiple of the page size: the beginnings of all places shall not compete for the same cache lines.
    static constexpr std::size_t stride = largest_question + largest_udp_reply + 64;
    using Control = std::array<char, (CMSG_SPACE(sizeof(in6_pktinfo)) + 7) / 8 * 8>;

    /// The reply, behind it the question: in most cases on one page of memory.
    char* place(std::size_t i) const { return bytes_.get() + i * stride; }
    void reset(std::size_t i);

    int socket_;
    std::array<mmsghdr, most> received_{};
    std::array<mmsghdr, most> replied_{};
    std::array<iovec, most> question_parts_{};
    std::array<iovec, most> reply_parts_{};
    std::array<sockaddr_in6, most> peers_{}; ///< or the shorter sockaddr_in
    alignas(cmsghdr) std::array<Control, most> controls_{};
    std::unique_ptr<char[]> bytes_;
    std::size_t used_ = most; ///< headers that the kernel has written to
    std::size_t waiting_ = 0;
};

} // namespace dnsd
