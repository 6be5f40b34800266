#include "dnsd/serve/control.h"

#include "appliance/base/text.h"
#include "dnsd/zone/name.h"

#include <cerrno>
#include <ctime>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

namespace dnsd
{

namespace
{
constexpr std::size_t most_visitors = 16;
constexpr std::size_t longest_line = 512;
constexpr std::size_t longest_output = std::size_t{1} << 20; ///< somebody who does not read gets no more
constexpr std::size_t most_names = 100;
constexpr int watch_interval = 20;    ///< milliseconds
constexpr int quiet_interval = 60000; ///< milliseconds: to notice midnight

int day_of_year()
{
    auto const now = static_cast<std::time_t>(base::system_clock().now() / 1000000);
    std::tm local{};
    ::localtime_r(&now, &local);
    return local.tm_yday;
}

bool read_word(std::string_view word, WatchFilter& filter)
{
    auto const equals = word.find('=');
    if (equals == std::string_view::npos) return false;
    auto const key = word.substr(0, equals);
    auto const value = word.substr(equals + 1);
    if (key == "client") {
        filter.client = net::Network::parse(value);
        return filter.client.has_value();
    }
    if (key == "name") {
        auto const name = wire_name(base::lower(value));
        filter.name = name.wire;
        return name.fault == NameFault::none;
    }
    auto const type = base::parse_number(value, UINT16_MAX);
    if (key != "type" || !type) return false;
    filter.type = static_cast<std::uint16_t>(*type);
    return true;
}

std::string hex_or_dash(std::string_view bytes) { return bytes.empty() ? "-" : base::hex(bytes); }

char const* name_of(Transport transport)
{
    if (transport == Transport::udp) return "udp";
    return transport == Transport::tcp ? "tcp" : "tls";
}

char const* name_of(Sent sent)
{
    switch (sent) {
    case Sent::whole: return "sent";
    case Sent::slipped: return "slipped";
    case Sent::limited: return "limited";
    }
    return "";
}

void add_line(std::string& text, std::string_view key, std::uint64_t number)
{
    text += key;
    text += ' ' + std::to_string(number) + '\n';
}

template <std::size_t size>
void add_table(std::string& text, char const* key, std::array<std::uint64_t, size> const& table)
{
    for (std::size_t i = 0; i < size; ++i)
        if (table[i] > 0) add_line(text, std::string(key) + ' ' + std::to_string(i), table[i]);
}

void add_ranking(std::string& text, char const* key, Statistics::Ranking const& ranking)
{
    for (auto const& [bytes, count] : ranking)
        text += std::string(key) + ' ' + std::to_string(count) + ' ' + hex_or_dash(bytes) + '\n';
}
} // namespace

ControlRequest read_control_request(std::string_view line)
{
    ControlRequest request;
    bool first = true;
    for (auto const word : base::split(line, ' ')) {
        if (std::exchange(first, false)) {
            if (word == "statistics")
                request.kind = ControlRequest::Kind::statistics;
            else if (word == "watch")
                request.kind = ControlRequest::Kind::watch;
            else
                return {};
        } else if (request.kind != ControlRequest::Kind::watch || !read_word(word, request.filter)) {
            return {};
        }
    }
    return request;
}

std::string show_statistics(Statistics::Report const& report, base::Timestamp started)
{
    std::string text;
    add_line(text, "since", static_cast<std::uint64_t>(started));
    add_line(text, "questions-since-start", report.since_start.questions());
    add_line(text, "questions", report.today.questions());
    for (std::size_t i = 0; i < counted_things; ++i)
        add_line(text, dnsd::name_of(static_cast<Counter>(i)), report.today.counters[i]);
    add_table(text, "type", report.today.types);
    add_table(text, "rcode", report.today.rcodes);
    add_table(text, "opcode", report.today.opcodes);
    add_ranking(text, "name", report.names);
    add_ranking(text, "client", report.clients);
    return text + "end\n";
}

std::string show_seen(Seen const& seen)
{
    std::vector<std::string> const words = {"seen",
                                            std::to_string(seen.when),
                                            name_of(seen.client.transport),
                                            seen.client.address.show(),
                                            std::to_string(seen.client.port),
                                            std::to_string(seen.type),
                                            std::to_string(seen.rcode),
                                            std::to_string(seen.size),
                                            name_of(seen.sent),
                                            hex_or_dash(seen.name),
                                            hex_or_dash(seen.reply)};
    return base::join(words, " ") + "\n";
}

Control::Control(int socket, Oversight& oversight, std::function<std::string()> more)
    : socket_(socket),
      oversight_(oversight),
      more_(std::move(more)),
      started_(base::system_clock().now()),
      day_(day_of_year()),
      stop_(::eventfd(0, EFD_CLOEXEC))
{
}

Control::~Control()
{
    ::eventfd_write(stop_.get(), 1);
    if (thread_.joinable()) thread_.join();
}

void Control::start()
{
    thread_ = std::thread([this] { loop(); });
}

void Control::loop()
{
    for (;;) {
        std::vector<pollfd> waiting = {{stop_.get(), POLLIN, 0}, {socket_, POLLIN, 0}};
        for (auto const& visitor : visitors_)
            waiting.push_back(
                {visitor.socket.get(), static_cast<short>(visitor.output.empty() ? POLLIN : POLLOUT), 0});
        ::poll(waiting.data(), waiting.size(), pause());
        if (waiting[0].revents != 0) return;
        begin_day();
        auto at = waiting.begin() + 2;
        for (auto& visitor : visitors_) {
            auto const events = at++->revents;
            if ((events & (POLLIN | POLLHUP | POLLERR)) != 0) receive(visitor);
            if (visitor.watcher) show_news(visitor);
            send(visitor);
        }
        std::erase_if(visitors_, [](auto const& visitor) { return !visitor.socket; });
        if (waiting[1].revents != 0) accept_visitors();
    }
}

int Control::pause() const
{
    for (auto const& visitor : visitors_)
        if (visitor.watcher) return watch_interval;
    return quiet_interval;
}

void Control::begin_day()
{
    if (auto const today = day_of_year(); std::exchange(day_, today) != today) oversight_.statistics().begin_day();
}

void Control::accept_visitors()
{
    base::Fd visitor(::accept4(socket_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!visitor || visitors_.size() >= most_visitors) return;
    visitors_.push_back({std::move(visitor), {}, {}, false, nullptr});
}

void Control::receive(Visitor& visitor)
{
    char bytes[longest_line];
    auto const count = ::recv(visitor.socket.get(), bytes, sizeof bytes, 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) return visitor.socket.reset();
    if (visitor.watcher || visitor.closing) return; // one request a visit
    visitor.input.append(bytes, static_cast<std::size_t>(count));
    auto const end = visitor.input.find('\n');
    if (end != std::string::npos)
        answer(visitor, std::string_view(visitor.input).substr(0, end));
    else if (visitor.input.size() > longest_line)
        visitor.socket.reset();
}

void Control::answer(Visitor& visitor, std::string_view line)
{
    auto request = read_control_request(line);
    if (request.kind == ControlRequest::Kind::watch) {
        visitor.watcher = std::make_unique<Watch::Watcher>(oversight_.watch(), std::move(request.filter));
        visitor.output = "watching\n";
        return;
    }
    visitor.output =
        request.kind == ControlRequest::Kind::statistics
            ? (more_ ? more_() : "") + show_statistics(oversight_.statistics().report(most_names), started_)
            : "unknown\n";
    visitor.closing = true;
}

void Control::show_news(Visitor& visitor)
{
    if (visitor.output.size() > longest_output) return;
    std::uint64_t missed = 0;
    for (auto const& seen : visitor.watcher->take(missed)) visitor.output += show_seen(seen);
    if (missed > 0) add_line(visitor.output, "missed", missed);
}

void Control::send(Visitor& visitor)
{
    if (!visitor.socket || visitor.output.empty()) return;
    auto const count =
        ::send(visitor.socket.get(), visitor.output.data(), visitor.output.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && errno != EAGAIN && errno != EINTR) visitor.socket.reset();
    if (count > 0) visitor.output.erase(0, static_cast<std::size_t>(count));
    if (visitor.closing && visitor.output.empty()) visitor.socket.reset();
}

} // namespace dnsd
