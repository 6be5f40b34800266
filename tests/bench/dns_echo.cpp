// The floor for a DNS server over UDP: receives and sends in batches and only swaps the header's QR bit.
//   dns_echo PORT [THREADS]

#include <arpa/inet.h>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <thread>
#include <vector>

namespace
{
constexpr unsigned batch = 32;
constexpr std::size_t largest = 2048;

int listen_on(int port)
{
    int const fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int const on = 1, buffer = 4 << 20;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = ::htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    sockaddr generic{};
    std::memcpy(&generic, &address, sizeof generic);
    if (::bind(fd, &generic, sizeof address) != 0) {
        std::perror("dns_echo: bind");
        std::exit(1);
    }
    return fd;
}

void answer(int fd)
{
    std::vector<std::array<char, largest>> data(batch);
    std::array<mmsghdr, batch> messages{};
    std::array<iovec, batch> pieces{};
    std::array<sockaddr_in, batch> clients{};
    for (;;) {
        for (unsigned i = 0; i < batch; ++i) {
            pieces[i] = {data[i].data(), largest};
            messages[i].msg_hdr = {};
            messages[i].msg_hdr.msg_name = &clients[i];
            messages[i].msg_hdr.msg_namelen = sizeof clients[i];
            messages[i].msg_hdr.msg_iov = &pieces[i];
            messages[i].msg_hdr.msg_iovlen = 1;
        }
        int const count = ::recvmmsg(fd, messages.data(), batch, MSG_WAITFORONE, nullptr);
        if (count <= 0) continue;
        for (unsigned i = 0; i < static_cast<unsigned>(count); ++i) {
            pieces[i].iov_len = messages[i].msg_len;
            data[i][2] = static_cast<char>(data[i][2] | '\x80');
        }
        for (int sent = 0; sent < count;) {
            int const more =
                ::sendmmsg(fd, &messages[static_cast<unsigned>(sent)], static_cast<unsigned>(count - sent), 0);
            if (more <= 0) break;
            sent += more;
        }
    }
}
} // namespace

int main(int argc, char** argv)
{
    if (argc < 2) return 2;
    int const threads = argc > 2 ? std::atoi(argv[2]) : 1;
    std::vector<std::thread> running;
    for (int i = 1; i < threads; ++i) running.emplace_back(answer, listen_on(std::atoi(argv[1])));
    answer(listen_on(std::atoi(argv[1])));
}
