#pragma once
// What the load programs of tests/bench share: their options and a connection to a server on this machine, plain or
// TLS. It reads as little as it can, so that the server is what is measured. Not a mail client: tests have those.

#include <arpa/inet.h>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace bench
{

using Clock = std::chrono::steady_clock;

inline double seconds_since(Clock::time_point start)
{
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// `PROGRAM COMMAND --NAME VALUE...`; a name may come several times.
class Options
{
public:
    Options(int argc, char** argv)
    {
        if (argc > 1) command = argv[1];
        for (int i = 2; i + 1 < argc; i += 2) values_[std::string(argv[i]).substr(2)].emplace_back(argv[i + 1]);
    }

    std::string const& text(std::string const& name) const
    {
        auto const found = values_.find(name);
        if (found == values_.end()) throw std::runtime_error("missing --" + name);
        return found->second.back();
    }
    std::string text_or(std::string const& name, std::string const& otherwise) const
    {
        return values_.contains(name) ? text(name) : otherwise;
    }
    int number(std::string const& name) const { return std::atoi(text(name).c_str()); }
    std::vector<std::string> all(std::string const& name) const
    {
        auto const found = values_.find(name);
        return found == values_.end() ? std::vector<std::string>{} : found->second;
    }
    std::vector<std::string> logins() const
    {
        std::vector<std::string> list(1);
        for (char const c : text("login")) {
            if (c == ',')
                list.emplace_back();
            else
                list.back() += c;
        }
        return list;
    }

    std::string command;

private:
    std::map<std::string, std::vector<std::string>> values_;
};

enum class Security { plain, tls };

class Connection
{
public:
    explicit Connection(int port, Security security = Security::plain)
        : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = ::htons(static_cast<std::uint16_t>(port));
        address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
        sockaddr generic{};
        std::memcpy(&generic, &address, sizeof generic);
        if (::connect(fd_, &generic, sizeof address) != 0)
            throw std::runtime_error("cannot connect to " + std::to_string(port) + ": " + std::strerror(errno));
        int const on = 1;
        ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (security == Security::tls) start_tls();
    }
    ~Connection()
    {
        tls_.reset();
        ::close(fd_);
    }
    Connection(Connection const&) = delete;
    Connection& operator=(Connection const&) = delete;

    void send(std::string_view data)
    {
        while (!data.empty()) {
            auto const sent = tls_ ? ::SSL_write(tls_.get(), data.data(), static_cast<int>(data.size()))
                                   : ::send(fd_, data.data(), data.size(), MSG_NOSIGNAL);
            if (sent <= 0) throw std::runtime_error("the server hung up");
            data.remove_prefix(static_cast<std::size_t>(sent));
        }
    }

    /// What has come, in a buffer that is used again; at least one byte.
    std::string_view piece()
    {
        static thread_local std::unique_ptr<char[]> const space(new char[piece_size]);
        auto const got = tls_ ? ::SSL_read(tls_.get(), space.get(), static_cast<int>(piece_size))
                              : ::recv(fd_, space.get(), piece_size, 0);
        if (got <= 0) throw std::runtime_error("the server hung up");
        return {space.get(), static_cast<std::size_t>(got)};
    }

    std::string line()
    {
        for (;;) {
            auto const end = buffer_.find('\n');
            if (end != std::string::npos) {
                auto line = buffer_.substr(0, end);
                buffer_.erase(0, end + 1);
                if (buffer_.empty()) buffer_.shrink_to_fit();
                if (!line.empty() && line.back() == '\r') line.pop_back();
                return line;
            }
            buffer_ += piece();
        }
    }

    /// Reads until the last line begins with `start`; gives that line. The total of bytes is added to `bytes`.
    std::string until_line(std::string_view start, std::uint64_t& bytes)
    {
        std::string tail = std::move(buffer_);
        buffer_.clear();
        bytes += tail.size();
        for (;;) {
            if (tail.size() > 2 && tail.back() == '\n') {
                auto const before = tail.rfind('\n', tail.size() - 2);
                auto const begin = before == std::string::npos ? 0 : before + 1;
                if (tail.compare(begin, start.size(), start) == 0) return tail.substr(begin, tail.size() - begin - 2);
            }
            auto const more = piece();
            bytes += more.size();
            if (more.size() >= longest_line)
                tail.assign(more.substr(more.size() - longest_line));
            else {
                tail += more;
                if (tail.size() > 4 * longest_line) tail.erase(0, tail.size() - longest_line);
            }
        }
    }

private:
    static constexpr std::size_t piece_size = 256 * 1024;
    static constexpr std::size_t longest_line = 4096; ///< of a tagged answer

    void start_tls()
    {
        static SSL_CTX* const context = [] {
            auto* made = ::SSL_CTX_new(::TLS_client_method());
            ::SSL_CTX_set_mode(made, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
            ::SSL_CTX_set_session_cache_mode(made, SSL_SESS_CACHE_OFF);
            return made;
        }();
        tls_.reset(::SSL_new(context));
        ::SSL_set_fd(tls_.get(), fd_);
        if (::SSL_connect(tls_.get()) != 1) throw std::runtime_error("no TLS");
    }

    struct Free {
        void operator()(SSL* tls) const { ::SSL_free(tls); }
    };

    int fd_;
    std::unique_ptr<SSL, Free> tls_;
    std::string buffer_;
};

} // namespace bench
