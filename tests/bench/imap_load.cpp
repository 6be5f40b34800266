// Load for IMAP and POP3 servers, ours and the peers alike. Prints one JSON object. All on 127.0.0.1.
//   imap_load time --port P --login L --password W [--before COMMAND]... --command COMMAND [--each N]
//     seconds from the command to its tagged answer, after the commands before; --each: the command N times, one
//     after the other, with % replaced by 1 to N
//   imap_load append --port P --login L --password W --mailbox M --messages FILE --together N
//     APPEND of the messages of FILE (each: FLAGS LF INTERNALDATE LF SIZE LF bytes), N in one MULTIAPPEND
//   imap_load logins --port P --tls yes|no --login L[,L...] --password W --clients C --count N
//     N times connect, LOGIN, LOGOUT by C clients at once
//   imap_load pop3 --port P --login L --password W --how list|each|pipelined
//     list: from the connection to STAT, LIST and UIDL; each, pipelined: RETR of every message

#include "tests/bench/load.h"

#include <atomic>
#include <cstdio>
#include <fstream>
#include <mutex>
#include <thread>

namespace
{
using bench::Clock;
using bench::Connection;
using bench::Options;
using bench::seconds_since;
using bench::Security;

class Imap
{
public:
    Imap(int port, Security security, std::string const& login, std::string const& password)
        : connection_(port, security)
    {
        connection_.line();
        command("LOGIN " + login + " " + password);
    }

    void command(std::string const& text)
    {
        connection_.send(tag + text + "\r\n");
        answer(text);
    }
    void send(std::string_view data) { connection_.send(data); }
    void answer(std::string const& what)
    {
        auto const line = connection_.until_line(tag, bytes);
        if (line.compare(tag.size(), 2, "OK") != 0) throw std::runtime_error(what.substr(0, 100) + ": " + line);
    }

    inline static std::string const tag = "kqz17 ";
    std::uint64_t bytes = 0;

private:
    Connection connection_;
};

void time(Options const& options)
{
    Imap imap(options.number("port"), Security::plain, options.text("login"), options.text("password"));
    for (auto const& command : options.all("before")) imap.command(command);
    auto const command = options.text("command");
    auto const place = command.find('%');
    int const times = std::atoi(options.text_or("each", "1").c_str());
    imap.bytes = 0;
    auto const start = Clock::now();
    if (place == std::string::npos) {
        for (int i = 0; i < times; ++i) imap.command(command);
    } else {
        for (int i = 1; i <= times; ++i)
            imap.command(command.substr(0, place) + std::to_string(i) + command.substr(place + 1));
    }
    auto const seconds = seconds_since(start);
    std::printf("{\"seconds\": %.6f, \"bytes\": %llu}\n", seconds, static_cast<unsigned long long>(imap.bytes));
}

/// One message as in MULTIAPPEND (RFC 3502), without its tag and mailbox; empty at the end of the file.
std::string next_message(std::ifstream& file)
{
    std::string flags, date, size;
    if (!std::getline(file, flags) || !std::getline(file, date) || !std::getline(file, size)) return {};
    std::string text(static_cast<std::size_t>(std::atoi(size.c_str())), '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    return " (" + flags + ") \"" + date + "\" {" + size + "+}\r\n" + text;
}

void append(Options const& options)
{
    Imap imap(options.number("port"), Security::plain, options.text("login"), options.text("password"));
    std::ifstream file(options.text("messages"), std::ios::binary);
    int const together = options.number("together");
    int count = 0;
    std::chrono::duration<double> busy{};
    for (bool more = true; more;) {
        std::string command;
        for (int i = 0; i < together; ++i) {
            auto const message = next_message(file);
            more = !message.empty();
            if (!more) break;
            command += message;
            ++count;
        }
        if (command.empty()) break;
        auto const start = Clock::now();
        imap.send(Imap::tag + "APPEND " + options.text("mailbox") + command + "\r\n");
        imap.answer("APPEND");
        busy += Clock::now() - start;
    }
    std::printf("{\"messages\": %d, \"seconds\": %.6f, \"per_s\": %.1f}\n", count, busy.count(),
                count / busy.count());
}

/// Runs `work` on so many threads; the first error of one of them is thrown here.
template <typename Work>
void on_threads(int count, Work const& work)
{
    std::mutex mutex;
    std::exception_ptr error;
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i) {
        threads.emplace_back([&] {
            try {
                work();
            } catch (...) {
                std::lock_guard const lock(mutex);
                if (!error) error = std::current_exception();
            }
        });
    }
    for (auto& thread : threads) thread.join();
    if (error) std::rethrow_exception(error);
}

void logins(Options const& options)
{
    auto const names = options.logins();
    auto const security = options.text("tls") == "yes" ? Security::tls : Security::plain;
    int const count = options.number("count");
    std::atomic<int> next{0};
    auto const start = Clock::now();
    on_threads(options.number("clients"), [&] {
        for (int i = next++; i < count; i = next++) {
            Imap imap(options.number("port"), security, names[static_cast<std::size_t>(i) % names.size()],
                      options.text("password"));
            imap.command("LOGOUT");
        }
    });
    auto const seconds = seconds_since(start);
    std::printf("{\"seconds\": %.6f, \"per_s\": %.2f}\n", seconds, count / seconds);
}

class Pop3
{
public:
    Pop3(int port, std::string const& login, std::string const& password) : connection_(port)
    {
        ok(connection_.line());
        command("USER " + login);
        command("PASS " + password);
    }

    std::string command(std::string const& text)
    {
        connection_.send(text + "\r\n");
        auto line = connection_.line();
        ok(line);
        return line;
    }
    int messages() { return std::atoi(command("STAT").c_str() + 4); }
    void send(std::string_view data) { connection_.send(data); }

    /// Reads so many answers of several lines. Only their ends are looked for: a line with a dot and nothing else.
    void listings(int count)
    {
        static constexpr std::string_view end = "\r\n.\r\n";
        std::string tail;
        while (count > 0) {
            auto const more = connection_.piece();
            bytes += more.size();
            tail += more;
            std::size_t from = 0;
            for (auto at = tail.find(end); at != std::string::npos; at = tail.find(end, from)) {
                from = at + end.size() - 2; // the CR LF also begins the next end, were it empty
                --count;
            }
            tail.erase(0, std::max(from, tail.size() < end.size() ? 0 : tail.size() - end.size()));
        }
        if (tail.size() > end.size()) throw std::runtime_error("POP3: more than was asked");
    }

    std::uint64_t bytes = 0;

private:
    static void ok(std::string const& line)
    {
        if (line.compare(0, 3, "+OK") != 0) throw std::runtime_error("POP3: " + line);
    }

    Connection connection_;
};

void pop3(Options const& options)
{
    auto const& how = options.text("how");
    auto start = Clock::now();
    Pop3 client(options.number("port"), options.text("login"), options.text("password"));
    int const count = client.messages();
    if (how == "list") {
        for (auto const* command : {"LIST\r\n", "UIDL\r\n"}) {
            client.send(command);
            client.listings(1);
        }
    } else {
        start = Clock::now();
        std::string all;
        for (int i = 1; i <= count; ++i) {
            auto const command = "RETR " + std::to_string(i) + "\r\n";
            if (how == "pipelined") {
                all += command;
                continue;
            }
            client.send(command);
            client.listings(1);
        }
        if (how == "pipelined") {
            std::thread sender([&] { client.send(all); });
            client.listings(count);
            sender.join();
        }
    }
    auto const seconds = seconds_since(start);
    std::printf("{\"seconds\": %.6f, \"messages\": %d, \"bytes\": %llu}\n", seconds, count,
                static_cast<unsigned long long>(client.bytes));
}
} // namespace

int main(int argc, char** argv)
{
    static std::map<std::string, void (*)(Options const&)> const commands = {
        {"time", time}, {"append", append}, {"logins", logins}, {"pop3", pop3}};
    try {
        Options const options(argc, argv);
        auto const found = commands.find(options.command);
        if (found == commands.end()) return 2;
        found->second(options);
        return 0;
    } catch (std::exception const& error) {
        std::fprintf(stderr, "imap_load: %s\n", error.what());
        return 1;
    }
}
