// Many TLS sessions in IDLE, and how soon they wake. All on 127.0.0.1.
//   idle_load idle --port P --login L[,L...] --password W --count N
// opens them (session i as login i of the list, again from its start), says {"opened_s": ...}, then does what it is
// told by lines on standard input, until that ends:
//   wake K    K of them, spread evenly: from DONE to the tagged answer, one after the other, and back to IDLE
//   all       every one: all DONEs are sent, then all answers read
//   news      waits until each has been told of a message

#include "tests/bench/load.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <iostream>
#include <thread>

namespace
{
using bench::Clock;
using bench::Connection;
using bench::Options;
using bench::seconds_since;

constexpr int openers = 8;

class IdleSession
{
public:
    IdleSession(Options const& options, std::string const& login)
        : connection_(options.number("port"), bench::Security::tls)
    {
        connection_.line();
        command("LOGIN " + login + " " + options.text("password"));
        command("SELECT INBOX");
        idle();
    }

    void idle()
    {
        connection_.send("i IDLE\r\n");
        while (!connection_.line().starts_with("+")) {
        }
    }
    void ask() { connection_.send("DONE\r\n"); }
    void answered()
    {
        while (!connection_.line().starts_with("i OK")) {
        }
    }
    void told()
    {
        while (connection_.line().find(" EXISTS") == std::string::npos) {
        }
    }

private:
    void command(std::string const& text)
    {
        connection_.send("a " + text + "\r\n");
        for (auto line = connection_.line(); !line.starts_with("a OK"); line = connection_.line())
            if (line.starts_with("a ") || line.starts_with("* BYE")) throw std::runtime_error(text + ": " + line);
    }

    Connection connection_;
};

using Sessions = std::vector<std::unique_ptr<IdleSession>>;

Sessions open_all(Options const& options)
{
    auto const logins = options.logins();
    Sessions sessions(static_cast<std::size_t>(options.number("count")));
    std::atomic<std::size_t> next{0};
    std::atomic<bool> failed{false};
    std::vector<std::thread> threads;
    for (int i = 0; i < openers; ++i) {
        threads.emplace_back([&] {
            try {
                for (auto at = next++; at < sessions.size() && !failed; at = next++)
                    sessions[at] = std::make_unique<IdleSession>(options, logins[at % logins.size()]);
            } catch (std::exception const& error) {
                if (!failed.exchange(true)) std::fprintf(stderr, "idle_load: %s\n", error.what());
            }
        });
    }
    for (auto& thread : threads) thread.join();
    if (failed) throw std::runtime_error("not every session could be opened");
    return sessions;
}

void wake(Sessions& sessions, std::size_t count)
{
    std::vector<double> times;
    auto const step = std::max<std::size_t>(1, sessions.size() / count);
    for (std::size_t at = 0; at < sessions.size(); at += step) {
        auto const start = Clock::now();
        sessions[at]->ask();
        sessions[at]->answered();
        times.push_back(seconds_since(start) * 1000);
        sessions[at]->idle();
    }
    std::sort(times.begin(), times.end());
    std::printf("{\"median_ms\": %.3f, \"worst_ms\": %.3f}\n", times[times.size() / 2], times.back());
}

void wake_all(Sessions& sessions)
{
    auto const start = Clock::now();
    for (auto& session : sessions) session->ask();
    for (auto& session : sessions) session->answered();
    std::printf("{\"all_ms\": %.3f}\n", seconds_since(start) * 1000);
    for (auto& session : sessions) session->idle();
}

void news(Sessions& sessions)
{
    for (auto& session : sessions) session->told();
    std::printf("{\"told\": %zu}\n", sessions.size());
}

void serve(Sessions& sessions)
{
    for (std::string line; std::getline(std::cin, line);) {
        if (line.starts_with("wake "))
            wake(sessions, static_cast<std::size_t>(std::atoi(line.c_str() + 5)));
        else if (line == "all")
            wake_all(sessions);
        else if (line == "news")
            news(sessions);
        else
            throw std::runtime_error("unknown: " + line);
        std::fflush(stdout);
    }
}
} // namespace

int main(int argc, char** argv)
{
    try {
        Options const options(argc, argv);
        auto const start = Clock::now();
        auto sessions = open_all(options);
        std::printf("{\"opened_s\": %.3f}\n", seconds_since(start));
        std::fflush(stdout);
        serve(sessions);
        return 0;
    } catch (std::exception const& error) {
        std::fprintf(stderr, "idle_load: %s\n", error.what());
        return 1;
    }
}
