#pragma once
// One question to one upstream resolver and its reply: a socket of its own, and with it a source port that nobody can
// guess, connected so that the kernel takes datagrams of that server only and tells when it cannot be reached. Never
// blocks. What does not fit the question to the letter is not its reply.

#include "appliance/base/file.h"
#include "dnsd/resolve/randomness.h"
#include "dnsd/resolve/reply.h"
#include "dnsd/resolve/upstream.h"

#include <memory>
#include <string>
#include <string_view>

namespace dnsd::resolve
{

/// What is asked.
struct Wanted {
    std::string name; ///< wire form, lower case
    std::uint16_t type = 0;
    bool dnssec_ok = false;
    bool checking_disabled = false;
    bool recursion = true; ///< false: the server is asked for its own zone
};

enum class Carrier { udp, tcp };

class Exchange
{
public:
    enum class Event {
        nothing,  ///< go on waiting
        replied,  ///< message() and reply()
        doubtful, ///< the name is spelled differently or the cookie is missing: a server that is like this, or a
                  ///< forger
        forged,   ///< so many wrong replies that somebody must be guessing
        failed,   ///< the network says no; the server closed the connection
    };

    Exchange(std::shared_ptr<Upstream> upstream, Wanted const& wanted, Carrier carrier, Randomness& randomness);

    /// Opens the socket and sends, or begins to connect. False: no way there.
    bool start(Time now);
    int descriptor() const { return socket_.get(); }
    /// What epoll shall wait for.
    std::uint32_t events() const;
    /// The socket is ready. `room` is for one message; message() may lie in it.
    Event on_ready(std::span<char> room);

    Carrier carrier() const { return carrier_; }
    std::shared_ptr<Upstream> const& upstream() const { return upstream_; }
    Time sent() const { return sent_; }
    std::string_view message() const { return message_; }
    Reply const& reply() const { return reply_; }
    /// Of the replies, those that were none of ours.
    unsigned wrong_replies() const { return wrong_; }

private:
    Event receive_datagrams(std::span<char> room);
    Event go_on_by_tcp(std::span<char> room);
    bool write_rest();
    Event read_rest(std::span<char> room);
    Event judge(std::string_view message);

    std::shared_ptr<Upstream> upstream_;
    Carrier carrier_;
    std::string query_; ///< as sent, without TCP length
    std::size_t question_end_ = 0;
    base::Fd socket_;
    Time sent_{};
    unsigned wrong_ = 0;
    std::string_view message_;
    Reply reply_;
    std::string output_; ///< what TCP did not take yet
    std::string input_;  ///< what of the reply has come by TCP
};

} // namespace dnsd::resolve
