#pragma once
// A zone transfer on its way from the keeper to a client of ours: a connection to the keeper of its own, whose octets
// are passed on as they come. Not for the other questions to the keeper (keeper_link.h).

#include "appliance/base/file.h"
#include "dnsd/serve/elsewhere.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace dnsd
{

class TcpTransfer
{
public:
    /// Hands the question to the keeper. fd() is -1 when the keeper does not listen.
    TcpTransfer(std::string const& keeper_socket, Client const& client, std::string_view message);

    int fd() const { return socket_.get(); }
    enum class State { open, ended, broken };
    struct Piece {
        std::string_view bytes; ///< may be empty
        State state = State::open;
    };
    /// What has come, at most as much as `room` holds. `broken`: it ended within a message.
    Piece read(std::span<char> room);
    /// Nothing has come yet.
    bool is_unanswered() const { return unanswered_; }
    /// What the client gets when nothing comes: SERVFAIL, with its length.
    std::string const& failure() const { return failure_; }
    /// Whether the connection to the keeper is looked at.
    bool watched = true;

private:
    void follow(std::string_view bytes);

    base::Fd socket_;
    std::string failure_;
    bool unanswered_ = true;
    std::size_t rest_ = 0; ///< octets to come of the message that has begun
    std::string head_;     ///< of a length of which only the first octet has come
};

} // namespace dnsd
