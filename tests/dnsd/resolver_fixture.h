#pragma once
// The resolver with its thread, and upstreams on loopback that answer as each test wants.

#include "appliance/base/file.h"
#include "dnsd/resolve/resolver.h"
#include "tests/dnsd/fixed_zones.h"
#include "tests/dnsd/foreign_messages.h"
#include "tests/support/catch.h"

#include <atomic>
#include <condition_variable>
#include <future>
#include <list>
#include <mutex>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace support
{
using namespace dnsd;
using namespace std::chrono_literals;

inline std::uint16_t constexpr type_a = 1;

/// A UDP and TCP socket on one free port of 127.0.0.1, and a thread that answers each question with what `answer`
/// makes of it: any number of datagrams; by TCP the first of them.
class FakeUpstream
{
public:
    using Make = std::function<std::vector<std::string>(std::string const& question, bool tcp)>;

    explicit FakeUpstream(Make make) : make_(std::move(make))
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        void* const place = &address;
        auto* const any = static_cast<sockaddr*>(place);
        socklen_t size = sizeof address;
        udp_ = base::Fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        tcp_ = base::Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        for (;;) { // until the port is free for both
            address.sin_port = 0;
            REQUIRE(::bind(tcp_.get(), any, size) == 0);
            ::getsockname(tcp_.get(), any, &size);
            if (::bind(udp_.get(), any, size) == 0) break;
            tcp_ = base::Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        }
        ::listen(tcp_.get(), 10);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    ~FakeUpstream() { stop(); }

    void stop()
    {
        stopping_ = true;
        if (thread_.joinable()) thread_.join();
        udp_.reset();
        tcp_.reset();
    }
    net::Endpoint endpoint() const { return {*net::IpAddress::parse("127.0.0.1"), port_}; }
    int asked() const { return asked_; }

private:
    void serve()
    {
        while (!stopping_) {
            pollfd events[] = {{udp_.get(), POLLIN, 0}, {tcp_.get(), POLLIN, 0}};
            if (::poll(events, 2, 10) <= 0) continue;
            if (events[0].revents != 0) serve_udp();
            if (events[1].revents != 0) serve_tcp();
        }
    }
    void serve_udp()
    {
        std::string room(65535, '\0');
        sockaddr_storage peer{};
        socklen_t peer_size = sizeof peer;
        void* const place = &peer;
        auto* const to = static_cast<sockaddr*>(place);
        auto const size = ::recvfrom(udp_.get(), room.data(), room.size(), 0, to, &peer_size);
        if (size <= 0) return;
        for (auto const& reply : answer(room.substr(0, static_cast<std::size_t>(size)), false))
            ::sendto(udp_.get(), reply.data(), reply.size(), 0, to, peer_size);
    }
    void serve_tcp()
    {
        base::Fd const client(::accept(tcp_.get(), nullptr, nullptr));
        std::string room(65535, '\0');
        auto const size = ::recv(client.get(), room.data(), room.size(), 0);
        if (size <= 2) return;
        auto const replies = answer(room.substr(2, static_cast<std::size_t>(size) - 2), true);
        if (!replies.empty()) base::write_all(client.get(), number16(replies.front().size()) + replies.front());
    }
    std::vector<std::string> answer(std::string const& question, bool tcp)
    {
        // Probes are answered as by any resolver, unless nothing is answered at all.
        if (!is_probe(question)) ++asked_;
        return make_(question, tcp);
    }

public:
    static bool is_probe(std::string const& question) { return question[12] == '\0'; }

private:
    Make make_;
    base::Fd udp_;
    base::Fd tcp_;
    std::uint16_t port_ = 0;
    std::atomic<bool> stopping_{false};
    std::atomic<int> asked_{0};
    std::thread thread_;
};

inline std::size_t end_of_question(std::string const& message)
{
    std::size_t at = 12;
    while (message[at] != '\0') at += byte_at(message, at) + 1;
    return at + 5;
}

/// The question's header and question section with other flags and counts, and the records behind.
inline std::string reply_to(std::string const& question, std::vector<std::string> const& answers,
                            std::size_t flags = 0x8180)
{
    auto bytes = question.substr(0, 2) + number16(flags) + number16(1) + number16(answers.size()) + number32(0) +
                 question.substr(12, end_of_question(question) - 12);
    for (auto const& answer : answers) bytes += answer;
    return bytes;
}

inline std::vector<std::string> with_address(std::string const& question, bool, std::size_t ttl = 300)
{
    return {reply_to(question, {record(same_name, type_a, ttl, some_address)})};
}

inline std::vector<std::string> nothing(std::string const&, bool) { return {}; }

inline ResolverOptions resolver_options()
{
    ResolverOptions given;
    given.trusted = {*net::Network::parse("127.0.0.0/8"), *net::Network::parse("192.168.0.0/16")};
    return given;
}

/// A source that a test changes.
class ChangingForwarders final : public ForwarderSource
{
public:
    explicit ChangingForwarders(std::vector<net::Endpoint> list) : list_(std::move(list))
    {
        int both[2];
        REQUIRE(::pipe(both) == 0);
        hear_ = base::Fd(both[0]);
        tell_ = base::Fd(both[1]);
    }
    void set(std::vector<net::Endpoint> list)
    {
        std::lock_guard const lock(mutex_);
        list_ = std::move(list);
        base::write_all(tell_.get(), "x");
    }
    std::vector<net::Endpoint> current() override
    {
        std::lock_guard const lock(mutex_);
        return list_;
    }
    int descriptor() const override { return hear_.get(); }
    void heard() override
    {
        char byte = 0;
        REQUIRE(::read(hear_.get(), &byte, 1) == 1);
    }

private:
    std::mutex mutex_;
    std::vector<net::Endpoint> list_;
    base::Fd hear_;
    base::Fd tell_;
};

class Lan
{
public:
    explicit Lan(std::vector<net::Endpoint> forwarders, ResolverOptions given = resolver_options())
    {
        auto source = std::make_unique<ChangingForwarders>(std::move(forwarders));
        forwarders_ = source.get();
        resolver = std::make_unique<Resolver>(std::move(given), std::move(source));
        resolver->start();
        // Begun: the list is read.
        auto const end = std::chrono::steady_clock::now() + 5s;
        while (resolver->numbers().forwarders.size() != forwarders_->current().size() &&
               std::chrono::steady_clock::now() < end)
            std::this_thread::sleep_for(5ms);
    }

    /// As an answering thread does it.
    std::future<std::string> begin(std::string const& message, char const* address = "127.0.0.1",
                                   Transport transport = Transport::udp)
    {
        Client const client{*net::IpAddress::parse(address), 4000, transport};
        auto promise = std::make_shared<std::promise<std::string>>();
        auto future = promise->get_future();
        std::string room(transport == Transport::udp ? largest_udp_reply : largest_message, '\0');
        if (auto const size = resolver->answer_now(message, client, room); size > 0)
            promise->set_value(room.substr(0, size));
        else if (!resolver->submit(message, client, [promise](std::string reply) { promise->set_value(reply); }))
            promise->set_value("refused");
        return future;
    }
    std::string ask(std::string const& message, char const* address = "127.0.0.1",
                    Transport transport = Transport::udp)
    {
        auto future = begin(message, address, transport);
        REQUIRE(future.wait_for(10s) == std::future_status::ready);
        return future.get();
    }
    void set(std::vector<net::Endpoint> list) { forwarders_->set(std::move(list)); }

    std::unique_ptr<Resolver> resolver;

private:
    ChangingForwarders* forwarders_ = nullptr;
};

inline std::chrono::milliseconds time_of(std::function<void()> const& work)
{
    auto const start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
}

inline std::string const www = question("www.Example.com.", type_a);

inline ResolverOptions with_zones(std::uint16_t server_port = 53)
{
    static ZoneSet const zones = make_zone_set(
        {{"sch.id.", "$TTL 600\n@ SOA ns hostmaster 7 3600 900 1209600 300\n@ NS ns\nns A 192.168.10.1\n"
                     "web CNAME www.luar.example.\nweb2 CNAME web\nhere CNAME localhost.\n"
                     "anak NS ns.anak\nns.anak A 127.0.0.1\nke-anak CNAME www.anak\nfar NS ns.luar.example.\n"}});
    auto given = resolver_options();
    given.zones = [](Query const& query, std::span<char> room) { return answer_from_zones(zones, query, room); };
    given.server_port = server_port;
    return given;
}
} // namespace support
