#include "dnsd/serve/tcp_connection.h"

#include "dnsd/serve/keeper_socket.h"
#include "dnsd/serve/octets.h"
#include "dnsd/zone/wire_record.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

namespace dnsd
{

namespace
{
constexpr std::size_t length_size = 2;
/// TLS gives at most one record at a time.
constexpr int most_reads = 8;
/// A longer buffer is given back as soon as it is empty.
constexpr std::size_t kept_buffer = 256;

std::uint16_t in_tenths(std::chrono::milliseconds time) { return static_cast<std::uint16_t>(time.count() / 100); }

void release_if_large(std::string& bytes)
{
    bytes.clear();
    if (bytes.capacity() > kept_buffer) std::string().swap(bytes);
}
} // namespace

TcpMailbox::TcpMailbox() : event_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

void TcpMailbox::put(Letter letter)
{
    {
        std::lock_guard const lock(mutex_);
        letters_.push_back(std::move(letter));
    }
    wake();
}

void TcpMailbox::wake() { ::eventfd_write(event_.get(), 1); }

std::vector<TcpMailbox::Letter> TcpMailbox::take_all()
{
    eventfd_t ignored = 0;
    ::eventfd_read(event_.get(), &ignored);
    std::vector<Letter> letters;
    std::lock_guard const lock(mutex_);
    letters.swap(letters_);
    return letters;
}

TcpDesk::TcpDesk(Backends const& all, TcpAdmission& limits)
    : backends(all),
      admission(limits),
      observer(all.oversight ? &all.oversight->shared() : nullptr),
      answering(all, observer),
      mailbox(std::make_shared<TcpMailbox>()),
      epoll(::epoll_create1(EPOLL_CLOEXEC)),
      now(std::chrono::steady_clock::now()),
      input(new char[input_size]),
      output(new char[output_size])
{
}

TcpConnection::TcpConnection(std::uint64_t id, TcpDesk& desk, base::Fd socket, Client const& client,
                             std::shared_ptr<net::TlsContext> const& tls)
    : id_(id), desk_(desk), client_(client), stream_(std::move(socket), tls), progress_(desk.now)
{
    interest_ = EPOLLIN;
    epoll_event event{interest_, {.u64 = id_}};
    ::epoll_ctl(desk_.epoll.get(), EPOLL_CTL_ADD, stream_.fd(), &event);
}

TcpConnection::~TcpConnection()
{
    if (transfer_) desk_.admission.leave_transfer(client_.address);
    if (!broken_) stream_.say_goodbye();
}

bool TcpConnection::is_over() const { return broken_ || ((closing_ || peer_closed_) && is_idle()); }

TcpConnection::Time TcpConnection::deadline() const
{
    auto const& limits = desk_.admission.limits();
    if (transfer_ || (pending_ > 0 && output_.empty())) return progress_ + limits.waiting;
    return progress_ + (output_.empty() ? desk_.admission.idle_limit() : limits.blocked);
}

void TcpConnection::on_client(std::uint32_t events)
{
    if ((events & (EPOLLERR | EPOLLHUP)) != 0 && (events & EPOLLIN) == 0) broken_ = true;
    if ((events & EPOLLOUT) != 0) write_output();
    if ((events & EPOLLIN) != 0 || stream_.waits_for_output()) read();
    if (!broken_) update_interest();
}

void TcpConnection::read()
{
    for (int reads = 0; reads < most_reads && may_answer() && !peer_closed_; ++reads) {
        std::span<char> const room(desk_.input.get(), TcpDesk::input_size);
        auto const got = stream_.read(room);
        peer_closed_ = got.state == TcpStream::State::ended;
        broken_ = got.state == TcpStream::State::broken;
        if (got.size == 0) return;
        take({room.data(), got.size});
        // Plain TCP gave everything it had; epoll tells when there is more.
        if (client_.transport == Transport::tcp) return;
    }
}

void TcpConnection::take(std::string_view bytes)
{
    if (!input_.empty()) {
        input_ += bytes;
        return proceed();
    }
    auto const used = answer_all(bytes);
    if (used < bytes.size()) input_.assign(bytes.substr(used));
}

void TcpConnection::proceed()
{
    if (input_.empty() || !may_answer()) return;
    auto const used = answer_all(input_);
    if (used == input_.size())
        release_if_large(input_);
    else
        input_.erase(0, used);
}

std::size_t TcpConnection::answer_all(std::string_view bytes)
{
    auto const whole_size = bytes.size();
    std::span<char> const output(desk_.output.get(), TcpDesk::output_size);
    auto const keepalive = in_tenths(desk_.admission.idle_limit());
    std::size_t filled = 0;
    while (may_answer() && bytes.size() >= length_size) {
        std::size_t const length = number_at(bytes, 0);
        if (bytes.size() - length_size < length) break;
        auto const message = bytes.substr(length_size, length);
        bool asked = false;
        auto const later = [&](Elsewhere& who, Query const& query) { return asked = ask(who, query); };
        auto const size = desk_.answering.answer(
            message, client_, output.subspan(filled + length_size, largest_message), keepalive, later);
        closing_ = size == 0 && !asked; // he sends no questions
        if (size > 0) {
            put_number(output, filled, size);
            filled += length_size + size;
        }
        bytes.remove_prefix(length_size + length);
        touch();
        if (output.size() - filled >= length_size + largest_message) continue;
        send({output.data(), filled});
        filled = 0;
    }
    if (filled > 0) send({output.data(), filled});
    return whole_size - bytes.size();
}

bool TcpConnection::ask(Elsewhere& who, Query const& query)
{
    bool const transfer = query.opcode == opcode::query && (query.type == type::axfr || query.type == type::ixfr);
    if (&who == desk_.backends.keeper && transfer) return begin_transfer(query.packet);
    auto done = [mailbox = desk_.mailbox, id = id_, size = query.packet.size()](std::string reply) {
        mailbox->put({id, size, std::move(reply)});
    };
    if (!who.submit(std::string(query.packet), client_, std::move(done))) return false;
    ++pending_;
    return true;
}

bool TcpConnection::begin_transfer(std::string_view message)
{
    if (!desk_.admission.enter_transfer(client_.address)) return false;
    auto transfer = std::make_unique<TcpTransfer>(desk_.backends.keeper_socket, client_, message);
    epoll_event event{EPOLLIN, {.u64 = id_ + 1}};
    if (transfer->fd() < 0 || ::epoll_ctl(desk_.epoll.get(), EPOLL_CTL_ADD, transfer->fd(), &event) != 0) {
        desk_.admission.leave_transfer(client_.address);
        return false;
    }
    transfer_ = std::move(transfer);
    return true;
}

void TcpConnection::on_keeper(std::uint32_t /*events*/)
{
    if (!transfer_ || !output_.empty()) return;
    auto const piece = transfer_->read({desk_.input.get(), TcpDesk::input_size});
    if (!piece.bytes.empty()) {
        touch();
        send(piece.bytes);
    }
    if (piece.state == TcpTransfer::State::broken) broken_ = true; // the client must not take it for whole
    if (piece.state == TcpTransfer::State::ended) end_transfer();
    if (!broken_) update_interest();
}

void TcpConnection::end_transfer()
{
    auto const transfer = std::exchange(transfer_, nullptr); // closed, epoll forgets it
    desk_.admission.leave_transfer(client_.address);
    if (transfer->is_unanswered()) send(transfer->failure());
    if (auto const held = std::exchange(held_, {}); !held.empty()) send(held);
    touch();
    proceed();
}

void TcpConnection::deliver(TcpMailbox::Letter& letter)
{
    --pending_;
    if (desk_.observer) desk_.observer->note(client_, letter.reply, letter.received);
    if (!letter.reply.empty() && letter.reply.size() <= largest_message) {
        touch();
        if (transfer_)
            held_ += framed(letter.reply);
        else
            send(framed(letter.reply));
    }
    proceed();
    if (!broken_) update_interest();
}

void TcpConnection::send(std::string_view bytes)
{
    while (output_.empty() && !bytes.empty()) {
        auto const done = stream_.write(bytes);
        if (done.state != TcpStream::State::open) {
            broken_ = true;
            return;
        }
        if (done.size == 0) break;
        bytes.remove_prefix(done.size);
    }
    output_ += bytes;
}

void TcpConnection::write_output()
{
    if (output_.empty()) return;
    auto const waiting = std::exchange(output_, {});
    send(waiting);
    if (broken_ || !output_.empty()) return;
    touch();
    proceed();
}

/// Backpressure: from a client that does not take our replies no questions are read, and nothing from the keeper.
void TcpConnection::update_interest()
{
    bool const writes = !output_.empty() || stream_.waits_for_output();
    bool const reads = may_answer() && !peer_closed_;
    std::uint32_t const wanted = (reads ? EPOLLIN : 0U) | (writes ? EPOLLOUT : 0U);
    if (wanted != interest_) {
        interest_ = wanted;
        epoll_event event{wanted, {.u64 = id_}};
        ::epoll_ctl(desk_.epoll.get(), EPOLL_CTL_MOD, stream_.fd(), &event);
    }
    if (transfer_ && transfer_->watched != output_.empty()) {
        transfer_->watched = output_.empty();
        // Taken out, not only asked for nothing: that the keeper has closed would be told again and again.
        epoll_event event{EPOLLIN, {.u64 = id_ + 1}};
        ::epoll_ctl(desk_.epoll.get(), transfer_->watched ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, transfer_->fd(), &event);
    }
}

} // namespace dnsd
