#include "dnsd/serve/tcp_transfer.h"

#include "dnsd/serve/keeper_socket.h"
#include "dnsd/serve/octets.h"
#include "dnsd/serve/proxy_header.h"
#include "dnsd/serve/reply.h"

#include <array>
#include <cerrno>
#include <sys/socket.h>

namespace dnsd
{

namespace
{
constexpr std::size_t length_size = 2;
} // namespace

TcpTransfer::TcpTransfer(std::string const& keeper_socket, Client const& client, std::string_view message)
    : socket_(connect_to_keeper(keeper_socket))
{
    std::array<char, largest_udp_reply> room;
    failure_ = framed({room.data(), put_failure(message, room)});
    auto const request = show_proxy_header(client) + framed(message);
    // A fresh socket's buffer holds the largest message; if not, there is no transfer.
    if (socket_ &&
        ::send(socket_.get(), request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
        socket_.reset();
}

TcpTransfer::Piece TcpTransfer::read(std::span<char> room)
{
    auto const got = ::recv(socket_.get(), room.data(), room.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return {};
    if (got <= 0) return {{}, rest_ == 0 && head_.empty() ? State::ended : State::broken};
    unanswered_ = false;
    std::string_view const bytes(room.data(), static_cast<std::size_t>(got));
    follow(bytes);
    return {bytes, State::open};
}

void TcpTransfer::follow(std::string_view bytes)
{
    while (!bytes.empty()) {
        auto const part = std::min(rest_, bytes.size());
        rest_ -= part;
        bytes.remove_prefix(part);
        if (bytes.empty()) return;
        head_ += bytes.front();
        bytes.remove_prefix(1);
        if (head_.size() < length_size) continue;
        rest_ = number_at(head_, 0);
        head_.clear();
    }
}

} // namespace dnsd
