// Load for mail servers, ours and the peers alike: plain SMTP in, plain IMAP to see what has arrived.
//   smtp_load deliver --smtp PORT --imap PORT --count N --sessions S --size BYTES --login L[,L...] --domain D
//   --password W smtp_load latency (the same, one session, [--hello LHLO]): from MAIL to the 250, and to EXISTS in an
//   IDLE of the first login
//   smtp_load class --to LOCAL (the same): one mail to an address that stands for all logins, until each has it
//   smtp_load fill --to LOCAL (the same, no IMAP): accepted only; for mail that has to wait
// Prints one JSON object. All on 127.0.0.1.

#include "tests/bench/load.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <thread>

namespace
{
using bench::Clock;
using bench::Options;
using bench::seconds_since;
constexpr auto poll_every = std::chrono::milliseconds(10);
constexpr auto longest_wait = std::chrono::minutes(5);

class Smtp
{
public:
    /// `hello`: LHLO for LMTP (one recipient a mail, then it is the same).
    explicit Smtp(int port, std::string const& hello = "EHLO") : socket_(port)
    {
        reply("220");
        socket_.send(hello + " load.example\r\n");
        reply("250");
    }

    /// One mail, MAIL, RCPT and DATA in one packet as mail servers send them. The message ends with CR LF.
    void deliver(std::string const& recipient, std::string const& message)
    {
        socket_.send("MAIL FROM:<load@example.net>\r\nRCPT TO:<" + recipient + ">\r\nDATA\r\n");
        reply("250");
        reply("250");
        reply("354");
        socket_.send(message + ".\r\n");
        reply("250");
    }

private:
    void reply(char const* code)
    {
        std::string line;
        do line = socket_.line();
        while (line.size() > 3 && line[3] == '-');
        if (line.compare(0, 3, code) != 0)
            throw std::runtime_error("expected " + std::string(code) + ", got: " + line);
    }

    bench::Connection socket_;
};

class Imap
{
public:
    Imap(int port, std::string const& login, std::string const& password) : socket_(port)
    {
        socket_.line();
        command("LOGIN " + login + " " + password);
    }

    int messages()
    {
        ask_messages();
        return told_messages();
    }
    /// Asked apart from reading, so that many can be asked at once.
    void ask_messages() { socket_.send("a STATUS INBOX (MESSAGES)\r\n"); }
    int told_messages()
    {
        int count = -1;
        for (auto const& line : answer("STATUS"))
            if (auto const at = line.find("MESSAGES "); at != std::string::npos)
                count = std::atoi(line.c_str() + at + 9);
        return count;
    }

    void start_idle()
    {
        command("SELECT INBOX");
        socket_.send("i IDLE\r\n");
        while (socket_.line().compare(0, 1, "+") != 0) {
        }
    }
    void wait_for_exists()
    {
        while (socket_.line().find(" EXISTS") == std::string::npos) {
        }
    }
    void end_idle()
    {
        socket_.send("DONE\r\n");
        while (socket_.line().compare(0, 2, "i ") != 0) {
        }
    }

private:
    std::vector<std::string> command(std::string const& text)
    {
        socket_.send("a " + text + "\r\n");
        return answer(text);
    }

    std::vector<std::string> answer(std::string const& text)
    {
        std::vector<std::string> lines;
        for (;;) {
            lines.push_back(socket_.line());
            if (lines.back().compare(0, 2, "a ") != 0) continue;
            if (lines.back().compare(0, 4, "a OK") != 0) throw std::runtime_error(text + ": " + lines.back());
            return lines;
        }
    }

    bench::Connection socket_;
};

/// No two messages alike, and no two lines: nothing can be stored once for many.
std::string make_message(int number, int size)
{
    static std::atomic<unsigned> run{static_cast<unsigned>(::getpid())};
    auto const name = std::to_string(run++) + "." + std::to_string(number);
    std::string text = "From: Load <load@example.net>\r\nTo: someone@example.org\r\nSubject: load " + name +
                       "\r\nDate: Sat, 21 Nov 2026 08:00:00 +0700\r\nMessage-ID: <" + name + "@example.net>\r\n\r\n";
    unsigned state = 2463534242U + static_cast<unsigned>(number) * 7919U + run;
    while (text.size() + 2 < static_cast<std::size_t>(size)) {
        for (int i = 0; i < 70; ++i) {
            state ^= state << 13U;
            state ^= state >> 17U;
            state ^= state << 5U;
            text += static_cast<char>('a' + state % 26U);
        }
        text += "\r\n";
    }
    return text;
}

int total(std::vector<Imap*> const& readers)
{
    int sum = 0;
    for (auto* reader : readers) sum += reader->messages();
    return sum;
}

void deliver(Options const& options)
{
    auto const logins = options.logins();
    int const count = options.number("count");
    int const size = options.number("size");
    std::vector<std::string> messages;
    for (int i = 0; i < count; ++i) messages.push_back(make_message(i, size));
    std::vector<std::unique_ptr<Imap>> owned;
    std::vector<Imap*> readers;
    for (auto const& login : logins) {
        owned.push_back(std::make_unique<Imap>(options.number("imap"), login, options.text("password")));
        readers.push_back(owned.back().get());
    }
    int const before = total(readers);

    std::atomic<int> next{0};
    std::atomic<bool> failed{false};
    std::vector<std::unique_ptr<Smtp>> sessions;
    for (int i = 0; i < options.number("sessions"); ++i)
        sessions.push_back(std::make_unique<Smtp>(options.number("smtp")));
    auto const start = Clock::now();
    std::vector<std::thread> threads;
    for (auto& session : sessions) {
        threads.emplace_back([&] {
            try {
                for (int i = next++; i < count; i = next++) {
                    auto const& login = logins[static_cast<std::size_t>(i) % logins.size()];
                    session->deliver(login + "@" + options.text("domain"), messages[static_cast<std::size_t>(i)]);
                }
            } catch (std::exception const& error) { // the top of a thread
                std::fprintf(stderr, "smtp_load: %s\n", error.what());
                failed = true;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    double const accepted = seconds_since(start);
    if (failed) throw std::runtime_error("a session failed");
    while (total(readers) < before + count) {
        if (Clock::now() - start > longest_wait) throw std::runtime_error("the mail did not all arrive");
        std::this_thread::sleep_for(poll_every);
    }
    double const delivered = seconds_since(start);
    std::printf("{\"accepted_per_s\": %.1f, \"delivered_per_s\": %.1f, \"seconds\": %.4f}\n", count / accepted,
                count / delivered, delivered);
}

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

void latency(Options const& options)
{
    auto const login = options.logins().front();
    Smtp sender(options.number("smtp"), options.text_or("hello", "EHLO"));
    Imap reader(options.number("imap"), login, options.text("password"));
    std::vector<double> taken, visible, after;
    for (int i = 0; i < options.number("count"); ++i) {
        auto const message = make_message(i, options.number("size"));
        reader.start_idle();
        auto const start = Clock::now();
        sender.deliver(login + "@" + options.text("domain"), message);
        taken.push_back(seconds_since(start) * 1000);
        reader.wait_for_exists();
        visible.push_back(seconds_since(start) * 1000);
        after.push_back(visible.back() - taken.back());
        reader.end_idle();
    }
    std::printf("{\"accepted_ms\": %.2f, \"visible_ms\": %.2f, \"after_ms\": %.2f}\n", median(taken), median(visible),
                median(after));
}

/// Until every reader has so many messages.
void wait_for_all(std::vector<std::unique_ptr<Imap>> const& readers, int wanted, Clock::time_point start)
{
    for (;;) {
        for (auto const& reader : readers) reader->ask_messages();
        bool all = true;
        for (auto const& reader : readers) all = reader->told_messages() >= wanted && all;
        if (all) return;
        if (Clock::now() - start > longest_wait) throw std::runtime_error("the mail did not arrive everywhere");
        std::this_thread::sleep_for(poll_every);
    }
}

void to_class(Options const& options)
{
    std::vector<std::unique_ptr<Imap>> readers;
    for (auto const& login : options.logins())
        readers.push_back(std::make_unique<Imap>(options.number("imap"), login, options.text("password")));
    int const before = readers.front()->messages();
    std::vector<double> taken, everywhere;
    for (int i = 0; i < options.number("count"); ++i) {
        Smtp sender(options.number("smtp"));
        auto const message = make_message(i, options.number("size"));
        auto const start = Clock::now();
        sender.deliver(options.text("to") + "@" + options.text("domain"), message);
        taken.push_back(seconds_since(start) * 1000);
        wait_for_all(readers, before + i + 1, start);
        everywhere.push_back(seconds_since(start) * 1000);
    }
    std::printf("{\"accepted_ms\": %.2f, \"everywhere_ms\": %.2f}\n", median(taken), median(everywhere));
}

void fill(Options const& options)
{
    int const count = options.number("count");
    std::atomic<int> next{0};
    auto const start = Clock::now();
    std::vector<std::thread> threads;
    std::atomic<bool> failed{false};
    for (int i = 0; i < options.number("sessions"); ++i)
        threads.emplace_back([&] {
            try {
                Smtp sender(options.number("smtp"));
                for (int k = next++; k < count; k = next++)
                    sender.deliver(options.text("to") + "@" + options.text("domain"),
                                   make_message(k, options.number("size")));
            } catch (std::exception const& error) { // the top of a thread
                std::fprintf(stderr, "smtp_load: %s\n", error.what());
                failed = true;
            }
        });
    for (auto& thread : threads) thread.join();
    if (failed) throw std::runtime_error("a session failed");
    std::printf("{\"accepted_per_s\": %.1f}\n", count / seconds_since(start));
}

} // namespace

int main(int argc, char** argv)
{
    try {
        Options const options(argc, argv);
        if (options.command == "deliver")
            deliver(options);
        else if (options.command == "latency")
            latency(options);
        else if (options.command == "class")
            to_class(options);
        else if (options.command == "fill")
            fill(options);
        else
            return 2;
        return 0;
    } catch (std::exception const& error) {
        std::fprintf(stderr, "smtp_load: %s\n", error.what());
        return 1;
    }
}
