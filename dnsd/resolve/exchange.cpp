#include "dnsd/resolve/exchange.h"

#include "appliance/base/text.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

namespace dnsd::resolve
{

namespace
{
constexpr unsigned most_wrong_replies = 10;
constexpr std::size_t client_cookie_size = 8;
constexpr std::size_t tcp_length = 2;
/// Of one socket in a row; then others have their turn.
constexpr unsigned datagrams_in_a_row = 4;

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;
    sockaddr const* get() const
    {
        void const* const place = &storage;
        return static_cast<sockaddr const*>(place);
    }
};

SocketAddress socket_address(net::Endpoint const& endpoint)
{
    SocketAddress address;
    auto const& bytes = endpoint.address.bytes();
    if (endpoint.address.is_v4()) {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        v4.sin_port = htons(endpoint.port);
        std::memcpy(&v4.sin_addr, bytes.data() + 12, 4);
        std::memcpy(&address.storage, &v4, sizeof v4);
        address.size = sizeof v4;
    } else {
        sockaddr_in6 v6{};
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(endpoint.port);
        std::memcpy(&v6.sin6_addr, bytes.data(), bytes.size());
        std::memcpy(&address.storage, &v6, sizeof v6);
        address.size = sizeof v6;
    }
    return address;
}

/// "Host unreachable" and the like shall reach us as errors of the socket (ip(7), IP_RECVERR).
void ask_for_errors(int socket, bool v4)
{
    int const on = 1;
    if (v4)
        ::setsockopt(socket, IPPROTO_IP, IP_RECVERR, &on, sizeof on);
    else
        ::setsockopt(socket, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on);
}

/// Upper and lower case at random: bits that a forger must guess too (draft-vixie-dnsext-dns0x20).
void mix_case(std::string& query, std::size_t begin, std::size_t end, Randomness& randomness)
{
    std::uint64_t bits = 0;
    unsigned left = 0;
    for (auto at = begin; at < end; ++at) {
        if (query[at] < 'a' || query[at] > 'z') continue; // a length is below 64
        if (left == 0) {
            bits = randomness.number64();
            left = 64;
        }
        if ((bits & 1U) != 0) query[at] = static_cast<char>(query[at] - 32);
        bits >>= 1U;
        --left;
    }
}

/// But for upper and lower case in the name.
bool is_same_question(std::string_view one, std::string_view other)
{
    if (one.size() != other.size()) return false;
    auto const name = one.size() - question_tail;
    return one.substr(name) == other.substr(name) &&
           base::equal_ignoring_case(one.substr(0, name), other.substr(0, name));
}

void append_opt(std::string& query, Wanted const& wanted, Upstream const& upstream)
{
    std::array<char, opt_size + 4> opt{};
    auto const cookie_size = client_cookie_size + upstream.server_cookie.size();
    put_number(opt, 1, type::opt);
    put_number(opt, 3, largest_udp_reply);
    if (wanted.dnssec_ok) opt[7] = static_cast<char>(0x80);
    put_number(opt, 9, 4 + cookie_size);
    put_number(opt, opt_size, option::cookie);
    put_number(opt, opt_size + 2, cookie_size);
    query.append(opt.data(), opt.size());
    query.append(upstream.client_cookie().data(), client_cookie_size);
    query += upstream.server_cookie;
}
} // namespace

Exchange::Exchange(std::shared_ptr<Upstream> upstream, Wanted const& wanted, Carrier carrier, Randomness& randomness)
    : upstream_(std::move(upstream)), carrier_(carrier)
{
    std::array<char, header_size> header{};
    put_number(header, 0, randomness.number16());
    if (wanted.recursion) header[2] = static_cast<char>(flag_recursion_desired);
    // AD: we understand it, whoever asked us (RFC 6840 5.7).
    header[3] = static_cast<char>(flag_authentic | (wanted.checking_disabled ? flag_checking_disabled : 0));
    put_number(header, 4, 1);
    put_number(header, 10, upstream_->takes_edns ? 1 : 0);
    query_.assign(header.data(), header.size());
    query_ += wanted.name;
    if (upstream_->keeps_case) mix_case(query_, header_size, query_.size(), randomness);
    std::array<char, question_tail> tail{};
    put_number(tail, 0, wanted.type);
    put_number(tail, 2, class_in);
    query_.append(tail.data(), tail.size());
    question_end_ = query_.size();
    if (upstream_->takes_edns) append_opt(query_, wanted, *upstream_);
}

bool Exchange::start(Time now)
{
    sent_ = now;
    auto const address = socket_address(upstream_->endpoint());
    bool const v4 = upstream_->endpoint().address.is_v4();
    int const kind = carrier_ == Carrier::udp ? SOCK_DGRAM : SOCK_STREAM;
    socket_ = base::Fd(::socket(v4 ? AF_INET : AF_INET6, kind | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket_) return false;
    ask_for_errors(socket_.get(), v4);
    // The kernel chooses the source port at random (RFC 6056).
    bool const connected = ::connect(socket_.get(), address.get(), address.size) == 0;
    if (carrier_ == Carrier::udp)
        return connected &&
               ::send(socket_.get(), query_.data(), query_.size(), 0) == static_cast<ssize_t>(query_.size());
    output_ = {static_cast<char>(query_.size() >> 8U), static_cast<char>(query_.size())};
    output_ += query_;
    return connected || errno == EINPROGRESS;
}

std::uint32_t Exchange::events() const { return output_.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT; }

Exchange::Event Exchange::on_ready(std::span<char> room)
{
    return carrier_ == Carrier::udp ? receive_datagrams(room) : go_on_by_tcp(room);
}

Exchange::Event Exchange::receive_datagrams(std::span<char> room)
{
    for (unsigned i = 0; i < datagrams_in_a_row; ++i) {
        auto const size = ::recv(socket_.get(), room.data(), room.size(), 0);
        if (size < 0) {
            if (errno == EINTR) continue;
            return errno == EAGAIN ? Event::nothing : Event::failed;
        }
        auto const event = judge({room.data(), static_cast<std::size_t>(size)});
        if (event != Event::nothing) return event;
        if (++wrong_ >= most_wrong_replies) return Event::forged;
    }
    return Event::nothing;
}

Exchange::Event Exchange::go_on_by_tcp(std::span<char> room)
{
    if (!output_.empty() && !write_rest()) return Event::failed;
    return read_rest(room);
}

bool Exchange::write_rest()
{
    auto const size = ::send(socket_.get(), output_.data(), output_.size(), MSG_NOSIGNAL);
    if (size < 0) return errno == EAGAIN || errno == EINTR || errno == EINPROGRESS;
    output_.erase(0, static_cast<std::size_t>(size));
    return true;
}

Exchange::Event Exchange::read_rest(std::span<char> room)
{
    for (;;) {
        auto const size = ::recv(socket_.get(), room.data(), room.size(), 0);
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) return errno == EAGAIN || errno == ENOTCONN ? Event::nothing : Event::failed;
        if (size == 0) return Event::failed;
        input_.append(room.data(), static_cast<std::size_t>(size));
        if (input_.size() < tcp_length) continue;
        std::size_t const length = number_at(input_, 0);
        if (input_.size() - tcp_length < length) continue;
        auto const event = judge(std::string_view(input_).substr(tcp_length, length));
        // What comes on this connection comes from the server: nothing else can be waited for.
        return event == Event::nothing ? Event::failed : event;
    }
}

Exchange::Event Exchange::judge(std::string_view message)
{
    if (message.size() < header_size || message.size() > largest_message) return Event::nothing;
    if (number_at(message, 0) != number_at(query_, 0)) return Event::nothing;
    auto const flags = byte_at(message, 2);
    if ((flags & flag_response) == 0 || (flags & mask_opcode) != 0) return Event::nothing;
    auto reply = read_reply(message);
    if (!reply) return Event::nothing;
    message_ = message;
    reply_ = std::move(*reply);
    // A server that cannot read our question may leave it out (RFC 6891 7).
    if (reply_.question_end == header_size)
        return reply_.rcode == rcode::form_error || reply_.rcode == rcode::not_implemented ? Event::replied
                                                                                           : Event::nothing;
    auto const asked = std::string_view(query_).substr(header_size, question_end_ - header_size);
    auto const answered = message.substr(header_size, reply_.question_end - header_size);
    if (!is_same_question(answered, asked)) return Event::nothing;
    auto const& mine = upstream_->client_cookie();
    if (!reply_.cookie.empty() && !std::equal(mine.begin(), mine.end(), reply_.cookie.begin())) return Event::nothing;
    bool const lacks_cookie = upstream_->does_cookies && upstream_->takes_edns && reply_.cookie.empty();
    bool const is_doubtful = answered != asked || lacks_cookie;
    if (is_doubtful && carrier_ == Carrier::udp) return Event::doubtful;
    // Nobody forges a TCP connection: it is the server itself that is like this.
    if (answered != asked) upstream_->keeps_case = false;
    if (lacks_cookie) upstream_->does_cookies = false;
    if (reply_.cookie.size() > client_cookie_size) {
        upstream_->does_cookies = true;
        upstream_->server_cookie = reply_.cookie.substr(client_cookie_size);
    }
    return Event::replied;
}

} // namespace dnsd::resolve
