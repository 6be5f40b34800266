// Load for DNS servers, ours and the peers alike: a closed loop that keeps a window of questions under way, sends and
// receives in batches, and checks every reply.
//   dns_load udp  --port P --questions FILE --count N [--sockets 8] [--window 16 (a socket)]
//   dns_load kept --port P --questions FILE --count N [--sockets 10]: TCP connections, one question at a time on each
//   dns_load each --port P --questions FILE --count N: a TCP connection per question
//   dns_load flood --port P --questions FILE --count N [--rate 100000] [--from ADDRESS] [--to ADDRESS]: that many a
//   second, no reply is read
// FILE: again and again a length (two octets), a rcode (one octet, 255: any), the number of answers (two octets), the
// message. Prints one JSON object: {"seconds", "replies", "wrong", "lost"}. All on 127.0.0.1,
// but for the flood.

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/uio.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace
{
using Clock = std::chrono::steady_clock;
constexpr unsigned batch = 32;
constexpr std::size_t largest = 4096;
constexpr int patience_ms = 1000; // then what is missing is lost
constexpr unsigned any_rcode = 255;

struct Question {
    std::string message;
    unsigned rcode = any_rcode;
    unsigned answers = 0;
};

struct Totals {
    long replies = 0;
    long wrong = 0;
    long lost = 0;
};

unsigned octet(std::string_view data, std::size_t at) { return static_cast<unsigned char>(data.at(at)); }
unsigned pair(std::string_view data, std::size_t at) { return octet(data, at) << 8 | octet(data, at + 1); }

std::vector<Question> read_questions(std::string const& file)
{
    std::ifstream in(file, std::ios::binary);
    std::string const all{std::istreambuf_iterator<char>(in), {}};
    std::vector<Question> questions;
    for (std::size_t at = 0; at < all.size();) {
        std::size_t const size = pair(all, at);
        questions.push_back({all.substr(at + 5, size), octet(all, at + 2), pair(all, at + 3)});
        at += 5 + size;
    }
    if (questions.empty()) throw std::runtime_error("no questions in " + file);
    return questions;
}

bool is_right(Question const& question, std::string_view reply)
{
    if (reply.size() < 12 || (octet(reply, 2) & 0x80) == 0) return false;
    if (question.rcode == any_rcode) return true;
    return (octet(reply, 3) & 15) == question.rcode && pair(reply, 6) == question.answers;
}

int open_socket(int kind, int port)
{
    int const fd = ::socket(AF_INET, kind | SOCK_CLOEXEC, 0);
    int const on = 1, buffer = 4 << 20;
    if (kind == SOCK_DGRAM) ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    if (kind == SOCK_STREAM) ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = ::htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    sockaddr generic{};
    std::memcpy(&generic, &address, sizeof generic);
    if (::connect(fd, &generic, sizeof address) != 0)
        throw std::runtime_error("cannot connect: " + std::string(std::strerror(errno)));
    return fd;
}

/// One UDP socket and its questions under way; an id says which question was asked.
class UdpClient
{
public:
    UdpClient(int port, std::vector<Question> const& questions, unsigned window, std::size_t first)
        : fd_(open_socket(SOCK_DGRAM, port)), questions_(questions), window_(window), next_(first), asked_(65536)
    {
        received_.resize(batch);
        sent_.resize(batch);
    }
    ~UdpClient() { ::close(fd_); }
    UdpClient(UdpClient const&) = delete;
    UdpClient& operator=(UdpClient const&) = delete;

    int fd() const { return fd_; }
    unsigned under_way() const { return under_way_; }
    void forget(Totals& totals)
    {
        totals.lost += under_way_;
        under_way_ = 0;
    }

    /// Fills the window; `left` goes down by what was sent.
    void send(long& left)
    {
        unsigned count = 0;
        while (count < batch && under_way_ + count < window_ && left > 0) {
            auto const& question = questions_[next_ % questions_.size()];
            asked_[id_] = next_++ % questions_.size();
            auto& room = sent_[count];
            std::memcpy(room.data(), question.message.data(), question.message.size());
            room[0] = static_cast<char>(id_ >> 8);
            room[1] = static_cast<char>(id_ & 255);
            ++id_;
            pieces_[count] = {room.data(), question.message.size()};
            out_[count].msg_hdr = {};
            out_[count].msg_hdr.msg_iov = &pieces_[count];
            out_[count].msg_hdr.msg_iovlen = 1;
            ++count;
            --left;
        }
        for (unsigned done = 0; done < count;) {
            int const more = ::sendmmsg(fd_, &out_[done], count - done, 0);
            if (more <= 0) throw std::runtime_error("cannot send");
            done += static_cast<unsigned>(more);
        }
        under_way_ += count;
    }

    void receive(Totals& totals)
    {
        for (unsigned i = 0; i < batch; ++i) {
            pieces_[i] = {received_[i].data(), largest};
            in_[i].msg_hdr = {};
            in_[i].msg_hdr.msg_iov = &pieces_[i];
            in_[i].msg_hdr.msg_iovlen = 1;
        }
        int const count = ::recvmmsg(fd_, in_.data(), batch, MSG_DONTWAIT, nullptr);
        for (unsigned i = 0; count > 0 && i < static_cast<unsigned>(count); ++i) {
            std::string_view const reply(received_[i].data(), in_[i].msg_len);
            ++totals.replies;
            if (reply.size() < 2 || !is_right(questions_[asked_[pair(reply, 0)]], reply)) ++totals.wrong;
            if (under_way_ > 0) --under_way_;
        }
    }

private:
    int fd_;
    std::vector<Question> const& questions_;
    unsigned window_;
    std::size_t next_;
    std::uint16_t id_ = 0;
    unsigned under_way_ = 0;
    std::vector<std::size_t> asked_;
    std::vector<std::array<char, largest>> received_, sent_;
    std::array<iovec, batch> pieces_{};
    std::array<mmsghdr, batch> in_{}, out_{};
};

Totals load_udp(int port, std::vector<Question> const& questions, long count, unsigned sockets, unsigned window)
{
    std::vector<std::unique_ptr<UdpClient>> clients;
    std::vector<pollfd> waiting;
    for (unsigned i = 0; i < sockets; ++i) {
        clients.push_back(std::make_unique<UdpClient>(port, questions, window, i * questions.size() / sockets));
        waiting.push_back({clients.back()->fd(), POLLIN, 0});
    }
    Totals totals;
    for (long left = count;;) {
        unsigned under_way = 0;
        for (auto const& client : clients) {
            client->send(left);
            under_way += client->under_way();
        }
        if (under_way == 0) return totals;
        if (::poll(waiting.data(), waiting.size(), patience_ms) == 0)
            for (auto const& client : clients) client->forget(totals);
        for (std::size_t i = 0; i < clients.size(); ++i)
            if (waiting[i].revents != 0) clients[i]->receive(totals);
    }
}

void send_all(int fd, std::string const& data)
{
    if (::send(fd, data.data(), data.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(data.size()))
        throw std::runtime_error("cannot send");
}

std::string framed(Question const& question)
{
    auto const size = question.message.size();
    return std::string{static_cast<char>(size >> 8), static_cast<char>(size & 255)} + question.message;
}

/// One framed message; nothing when the server has closed.
std::string read_framed(int fd)
{
    std::string data;
    std::array<char, largest> room{};
    while (data.size() < 2 || data.size() < 2 + pair(data, 0)) {
        auto const got = ::recv(fd, room.data(), room.size(), 0);
        if (got <= 0) return {};
        data.append(room.data(), static_cast<std::size_t>(got));
    }
    return data.substr(2);
}

void check(Question const& question, std::string const& reply, Totals& totals)
{
    if (reply.empty())
        ++totals.lost;
    else if (++totals.replies; !is_right(question, reply))
        ++totals.wrong;
}

Totals load_kept(int port, std::vector<Question> const& questions, long count, unsigned sockets)
{
    std::vector<int> connections;
    for (unsigned i = 0; i < sockets; ++i) connections.push_back(open_socket(SOCK_STREAM, port));
    Totals totals;
    for (std::size_t next = 0; static_cast<long>(next) < count; next += sockets) {
        for (unsigned i = 0; i < sockets; ++i)
            send_all(connections[i], framed(questions[(next + i) % questions.size()]));
        for (unsigned i = 0; i < sockets; ++i)
            check(questions[(next + i) % questions.size()], read_framed(connections[i]), totals);
    }
    for (int const fd : connections) ::close(fd);
    return totals;
}

Totals load_each(int port, std::vector<Question> const& questions, long count)
{
    Totals totals;
    for (std::size_t next = 0; static_cast<long>(next) < count; ++next) {
        auto const& question = questions[next % questions.size()];
        int const fd = open_socket(SOCK_STREAM, port);
        send_all(fd, framed(question));
        check(question, read_framed(fd), totals);
        ::close(fd);
    }
    return totals;
}

sockaddr_in endpoint(std::string const& address, int port)
{
    sockaddr_in result{};
    result.sin_family = AF_INET;
    result.sin_port = ::htons(static_cast<std::uint16_t>(port));
    if (::inet_pton(AF_INET, address.c_str(), &result.sin_addr) != 1)
        throw std::runtime_error("bad address " + address);
    return result;
}

Totals flood(std::string const& from, std::string const& to, int port, std::vector<Question> const& questions,
             long count, double rate)
{
    int const fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    auto const own = endpoint(from, 0), target = endpoint(to, port);
    sockaddr generic{};
    std::memcpy(&generic, &own, sizeof own);
    if (::bind(fd, &generic, sizeof own) != 0) throw std::runtime_error("cannot bind to " + from);
    std::memcpy(&generic, &target, sizeof target);
    if (::connect(fd, &generic, sizeof target) != 0) throw std::runtime_error("cannot connect to " + to);
    auto const start = Clock::now();
    for (long sent = 0; sent < count; ++sent) {
        auto const& message = questions[static_cast<std::size_t>(sent) % questions.size()].message;
        static_cast<void>(::send(fd, message.data(), message.size(), MSG_DONTWAIT)); // what is lost is lost
        while (static_cast<double>(sent) > rate * std::chrono::duration<double>(Clock::now() - start).count())
            std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    ::close(fd);
    return {};
}

int run(std::string const& command, std::map<std::string, std::string>& options)
{
    auto const number = [&](std::string const& name, long fallback) {
        return options.contains(name) ? std::atol(options[name].c_str()) : fallback;
    };
    auto const text = [&](std::string const& name, std::string const& fallback) {
        return options.contains(name) ? options[name] : fallback;
    };
    auto const questions = read_questions(options["questions"]);
    int const port = static_cast<int>(number("port", 53));
    long const count = number("count", 1000);
    auto const start = Clock::now();
    Totals totals;
    if (command == "udp")
        totals = load_udp(port, questions, count, static_cast<unsigned>(number("sockets", 8)),
                          static_cast<unsigned>(number("window", 16)));
    else if (command == "kept")
        totals = load_kept(port, questions, count, static_cast<unsigned>(number("sockets", 10)));
    else if (command == "each")
        totals = load_each(port, questions, count);
    else
        totals = flood(text("from", "127.0.0.1"), text("to", "127.0.0.1"), port, questions, count,
                       static_cast<double>(number("rate", 100000)));
    double const seconds = std::chrono::duration<double>(Clock::now() - start).count();
    std::printf("{\"seconds\": %.6f, \"replies\": %ld, \"wrong\": %ld, \"lost\": %ld}\n", seconds, totals.replies,
                totals.wrong, totals.lost);
    return 0;
}
} // namespace

int main(int argc, char** argv)
try {
    std::map<std::string, std::string> options;
    for (int i = 2; i + 1 < argc; i += 2) options[std::string(argv[i]).substr(2)] = argv[i + 1];
    return run(argc > 1 ? argv[1] : "udp", options);
} catch (std::exception const& error) {
    std::fprintf(stderr, "dns_load: %s\n", error.what());
    return 1;
}
