// Pages over TLS, again and again: web_load pages --port N --connections N --seconds S --host NAME --cookie TEXT...
// --path PATH... [--header "Name: value"]... The cookies are dealt to the connections; a page is all its paths in
// turn, gzip taken. Prints JSON.

#include "tests/bench/load.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <mutex>
#include <thread>

namespace
{
using bench::Clock;

/// One kept connection: asks, and reads no more of the answer than where it ends.
class Browser
{
public:
    explicit Browser(int port) : connection_(port, bench::Security::tls) {}

    /// The status; the answer's bytes are added to `bytes`.
    int get(std::string const& request, std::uint64_t& bytes)
    {
        connection_.send(request);
        auto const head_end = want("\r\n\r\n");
        auto head = buffer_.substr(0, head_end);
        buffer_.erase(0, head_end);
        bytes += head.size();
        std::transform(head.begin(), head.end(), head.begin(), [](unsigned char c) { return std::tolower(c); });
        auto const length = head.find("\r\ncontent-length: ");
        if (length != std::string::npos)
            take(std::strtoul(head.c_str() + length + 18, nullptr, 10), bytes);
        else if (head.find("transfer-encoding: chunked") != std::string::npos)
            take_chunks(bytes);
        if (head.find("\r\nconnection: close") != std::string::npos) throw std::runtime_error("the server closes");
        return std::atoi(head.c_str() + 9);
    }

private:
    /// Where the bytes behind the next `mark` begin.
    std::size_t want(std::string_view mark)
    {
        for (;;) {
            auto const found = buffer_.find(mark);
            if (found != std::string::npos) return found + mark.size();
            buffer_ += connection_.piece();
        }
    }
    void take(std::size_t count, std::uint64_t& bytes)
    {
        while (buffer_.size() < count) buffer_ += connection_.piece();
        buffer_.erase(0, count);
        bytes += count;
    }
    void take_chunks(std::uint64_t& bytes)
    {
        for (;;) {
            auto const line = want("\r\n");
            auto const size = std::strtoul(buffer_.c_str(), nullptr, 16);
            take(line + size + 2, bytes);
            if (size == 0) return;
        }
    }

    bench::Connection connection_;
    std::string buffer_;
};

struct Result {
    std::mutex mutex;
    std::vector<double> times;
    std::uint64_t bytes = 0;
    int failed = 0;
};

void load(int port, std::vector<std::string> const& requests, Clock::time_point until, Result& result)
{
    std::vector<double> times;
    std::uint64_t bytes = 0;
    int failed = 0;
    auto browser = std::make_unique<Browser>(port);
    while (Clock::now() < until) {
        auto const begin = Clock::now();
        try {
            for (auto const& request : requests)
                if (browser->get(request, bytes) != 200) ++failed;
            times.push_back(bench::seconds_since(begin) * 1000);
        } catch (std::exception const&) { // Apache ends a connection after a hundred requests
            times.push_back(bench::seconds_since(begin) * 1000);
            browser = std::make_unique<Browser>(port);
        }
    }
    std::lock_guard const lock(result.mutex);
    result.times.insert(result.times.end(), times.begin(), times.end());
    result.bytes += bytes;
    result.failed += failed;
}
} // namespace

int main(int argc, char** argv)
{
    try {
        bench::Options const options(argc, argv);
        auto const cookies = options.all("cookie");
        auto const port = options.number("port");
        auto const begin = Clock::now();
        auto const until = begin + std::chrono::seconds(options.number("seconds"));
        Result result;
        std::vector<std::thread> threads;
        for (int i = 0; i < options.number("connections"); ++i) {
            std::vector<std::string> requests;
            for (auto const& path : options.all("path")) {
                auto text = "GET " + path + " HTTP/1.1\r\nHost: " + options.text("host") +
                            "\r\nAccept-Encoding: gzip\r\nCookie: " +
                            cookies.at(static_cast<std::size_t>(i) % cookies.size()) + "\r\n";
                for (auto const& header : options.all("header")) text += header + "\r\n";
                requests.push_back(text + "\r\n");
            }
            threads.emplace_back([=, &result] { load(port, requests, until, result); });
        }
        for (auto& thread : threads) thread.join();
        auto const seconds = bench::seconds_since(begin);
        auto& times = result.times;
        if (times.empty()) throw std::runtime_error("no page came");
        std::sort(times.begin(), times.end());
        auto const count = static_cast<double>(times.size());
        std::printf("{\"pages\": %zu, \"per_s\": %.1f, \"median_ms\": %.2f, \"p99_ms\": %.2f, \"bytes\": %.0f, "
                    "\"failed\": %d}\n",
                    times.size(), count / seconds, times[times.size() / 2], times[times.size() * 99 / 100],
                    static_cast<double>(result.bytes) / count, result.failed);
        return 0;
    } catch (std::exception const& error) {
        std::fprintf(stderr, "web_load: %s\n", error.what());
        return 1;
    }
}
