// Edits of one zone through the store, one after another in one process, each asked for until it is served:
//   dns_edit DATABASE SCHEMA ZONE COUNT PORT
// Every second edit takes back the one before. Prints one JSON object: {"edits", "commit_ms", "served_ms" (from the
// commit to the first answer with it), "worst_ms", "all_ms" (both)}: medians and the worst. Fails when one is not
// served within 10 s.

#include "appliance/db/database.h"
#include "dnsd/zone/zone_store.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <netinet/in.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <vector>

namespace
{
using Clock = std::chrono::steady_clock;
constexpr int patience_us = 2000; // then the question is asked again
constexpr double longest_ms = 10000;

double ms_since(Clock::time_point start)
{
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

std::string question(std::string_view name)
{
    std::string message("\0\1\0\0\0\1\0\0\0\0\0\0", 12);
    for (std::size_t at = 0; at < name.size();) {
        auto const dot = std::min(name.find('.', at), name.size());
        message += static_cast<char>(dot - at);
        message += name.substr(at, dot - at);
        at = dot + 1;
    }
    return message + std::string("\0\0\1\0\1", 5);
}

class Client
{
public:
    explicit Client(int port) : fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = ::htons(static_cast<std::uint16_t>(port));
        address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
        sockaddr generic{};
        std::memcpy(&generic, &address, sizeof generic);
        timeval const patience{0, patience_us};
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        if (::connect(fd_, &generic, sizeof address) != 0) throw std::runtime_error("cannot connect");
    }
    ~Client() { ::close(fd_); }
    Client(Client const&) = delete;
    Client& operator=(Client const&) = delete;

    /// Asks until the name has that many addresses.
    double wait_for(std::string_view name, int answers, Clock::time_point start)
    {
        auto const asked = question(name);
        std::array<char, 1500> room{};
        while (ms_since(start) < longest_ms) {
            if (::send(fd_, asked.data(), asked.size(), 0) < 0) continue;
            auto const size = ::recv(fd_, room.data(), room.size(), 0);
            if (size >= 12 && room[6] == 0 && room[7] == answers) return ms_since(start);
        }
        throw std::runtime_error("an edit is not served: " + std::string(name));
    }

private:
    int fd_;
};

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values.at(values.size() / 2);
}

int run(std::vector<std::string> const& words)
{
    db::Database database(db::Options{words.at(0), words.at(1), db::Mode::read_write});
    auto const store = dnsd::make_sql_zone_store(database);
    auto const& zone = words.at(2);
    int const count = std::atoi(words.at(3).c_str());
    Client client(std::atoi(words.at(4).c_str()));
    std::vector<double> commit, served, all;
    for (int i = 0; i < count; ++i) {
        bool const adds = i % 2 == 0;
        auto const line = "ubah" + std::to_string(i / 2) + " A 10.77.1." + std::to_string(i / 2 % 250 + 1);
        auto const start = Clock::now();
        if (adds)
            store->add(zone, line).value();
        else
            store->remove(zone, line).value();
        commit.push_back(ms_since(start));
        served.push_back(client.wait_for("ubah" + std::to_string(i / 2) + "." + zone, adds ? 1 : 0, Clock::now()));
        all.push_back(ms_since(start));
    }
    std::printf("{\"edits\": %d, \"commit_ms\": %.3f, \"served_ms\": %.3f, \"worst_ms\": %.3f, \"all_ms\": %.3f}\n",
                count, median(commit), median(served), *std::max_element(served.begin(), served.end()), median(all));
    return 0;
}
} // namespace

int main(int argc, char** argv)
try {
    return run({argv + 1, argv + argc});
} catch (std::exception const& error) {
    std::fprintf(stderr, "dns_edit: %s\n", error.what());
    return 1;
}
