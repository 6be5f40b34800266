#include "dnsd/serve/tcp_session.h"

#include "dnsd/serve/query.h"

namespace dnsd
{

namespace
{
/// RFC 7766 6.2.3: a few seconds between questions; the same for one question from its first octet to its last.
constexpr std::chrono::seconds idle_limit{10};
constexpr std::chrono::seconds message_limit{10};
constexpr std::chrono::seconds write_limit{5};
constexpr std::size_t length_size = 2;
constexpr std::size_t read_size = 16384;
} // namespace

TcpSession::TcpSession(net::Stream stream, Responder const& responder, CurrentZones const& zones)
    : stream_(std::move(stream)), responder_(responder), zones_(zones)
{
    stream_.set_write_timeout(write_limit);
}

std::chrono::milliseconds TcpSession::idle_timeout() const
{
    if (input_.empty()) return idle_limit;
    auto const left =
        std::chrono::ceil<std::chrono::milliseconds>(message_deadline_ - std::chrono::steady_clock::now());
    return std::max(left, std::chrono::milliseconds(1));
}

net::Next TcpSession::run()
{
    // The first call comes when the client has connected, the others when something has arrived: one read never
    // waits.
    if (std::exchange(first_run_, false) && !stream_.has_input()) return net::Next::park;
    if (input_.empty()) message_deadline_ = net::after(message_limit);
    input_ += stream_.read_some(read_size, net::after(std::chrono::milliseconds(100)));
    return answer_all() ? net::Next::park : net::Next::close;
}

bool TcpSession::answer_all()
{
    auto const zones = zones_.get();
    std::string reply;
    std::string_view rest = input_;
    while (rest.size() >= length_size) {
        std::size_t const length = byte_at(rest, 0) << 8U | byte_at(rest, 1);
        if (rest.size() - length_size < length) break;
        reply.resize(length_size + largest_message);
        auto const size = responder_.answer(*zones, rest.substr(length_size, length), Transport::tcp,
                                            std::span(reply).subspan(length_size));
        if (size == 0) return false;
        reply[0] = static_cast<char>(size >> 8U);
        reply[1] = static_cast<char>(size);
        stream_.write(std::string_view(reply).substr(0, length_size + size));
        rest.remove_prefix(length_size + length);
        message_deadline_ = net::after(message_limit);
    }
    input_.erase(0, input_.size() - rest.size());
    if (input_.empty()) input_.shrink_to_fit();
    return true;
}

} // namespace dnsd
