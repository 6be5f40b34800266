#pragma once
// One client's TCP connection (RFC 7766): any number of questions behind two octets of length each, answered as they
// can be answered, in batches. Never waits: what cannot go on gives the thread back. Not for accepting and time-outs
// (tcp_loop.h).

#include "dnsd/serve/answering_thread.h"
#include "dnsd/serve/tcp_admission.h"
#include "dnsd/serve/tcp_stream.h"
#include "dnsd/serve/tcp_transfer.h"

#include <chrono>
#include <list>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace dnsd
{

/// Where replies from elsewhere wait until the thread that owns the connection takes them. Outlives both.
class TcpMailbox
{
public:
    struct Letter {
        std::uint64_t connection;
        std::size_t received; ///< octets of the question
        std::string reply;
    };
    TcpMailbox();
    void put(Letter letter);
    std::vector<Letter> take_all();
    int fd() const { return event_.get(); }
    void wake();

private:
    base::Fd event_;
    std::mutex mutex_;
    std::vector<Letter> letters_;
};

/// What one thread lends to all its connections.
struct TcpDesk {
    TcpDesk(Backends const& all, TcpAdmission& limits);

    Backends const& backends;
    TcpAdmission& admission;
    Observer* observer;
    AnsweringThread answering;
    std::shared_ptr<TcpMailbox> mailbox;
    base::Fd epoll;
    std::chrono::steady_clock::time_point now;
    // Not cleared, so that memory is used only as far as messages reach.
    static constexpr std::size_t input_size = 65536;
    static constexpr std::size_t output_size = 2 * (largest_message + 2);
    std::unique_ptr<char[]> input;
    std::unique_ptr<char[]> output;
};

class TcpConnection
{
public:
    using Time = std::chrono::steady_clock::time_point;

    TcpConnection(std::uint64_t id, TcpDesk& desk, base::Fd socket, Client const& client,
                  std::shared_ptr<net::TlsContext> const& tls);
    ~TcpConnection();
    TcpConnection(TcpConnection const&) = delete;
    TcpConnection& operator=(TcpConnection const&) = delete;

    std::uint64_t id() const { return id_; }
    Client const& client() const { return client_; }
    /// epoll says so.
    void on_client(std::uint32_t events);
    void on_keeper(std::uint32_t events);
    /// A reply from elsewhere; empty: there is none.
    void deliver(TcpMailbox::Letter& letter);

    /// Nothing more will happen here.
    bool is_over() const;
    /// Waiting for the client's next question, and for nothing else.
    bool is_idle() const { return output_.empty() && pending_ == 0 && !transfer_; }
    /// When it was last of use, and when it is to be closed unless it is of use again.
    Time last_progress() const { return progress_; }
    Time deadline() const;

    /// Its place in the thread's list, least recently useful first.
    std::list<TcpConnection*>::iterator place;

private:
    bool may_answer() const { return output_.empty() && pending_ < most_pending && !transfer_ && !closing_; }
    void read();
    void take(std::string_view bytes);
    void proceed();
    /// Answers the whole messages at the front; gives the octets used.
    std::size_t answer_all(std::string_view bytes);
    bool ask(Elsewhere& who, Query const& query);
    bool begin_transfer(std::string_view message);
    void end_transfer();
    void send(std::string_view bytes);
    void write_output();
    void update_interest();
    void touch() { progress_ = desk_.now; }

    static constexpr std::size_t most_pending = 64;

    std::uint64_t const id_;
    TcpDesk& desk_;
    Client const client_;
    TcpStream stream_;
    std::string input_;  ///< the beginning of a message, or more while answering has to wait
    std::string output_; ///< what the client has not taken yet
    std::string held_;   ///< replies that came in the middle of a transfer
    std::unique_ptr<TcpTransfer> transfer_;
    std::size_t pending_ = 0; ///< questions asked elsewhere
    Time progress_;
    std::uint32_t interest_ = 0;
    bool closing_ = false;     ///< nothing more is read or answered
    bool peer_closed_ = false; ///< nothing more comes
    bool broken_ = false;
};

} // namespace dnsd
