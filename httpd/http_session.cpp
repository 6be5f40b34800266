#include "httpd/http_session.h"

#include "appliance/base/clock.h"
#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "httpd/compress.h"
#include "httpd/conditional.h"
#include "httpd/limits.h"

#include <charconv>

namespace httpd
{

namespace
{
using Clock = std::chrono::steady_clock;

std::chrono::milliseconds left_until(net::Deadline deadline)
{
    auto const left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    return std::max(left, std::chrono::milliseconds(0));
}

/// The line of the current second (RFC 9110 6.6.1).
std::string const& date_now()
{
    thread_local std::time_t second = 0;
    thread_local std::string text;
    auto const now = static_cast<std::time_t>(base::system_clock().now() / 1000000);
    if (now != second) text = http_date(second = now);
    return text;
}

bool has_body(int status) { return status >= 200 && status != 204 && status != 304; }

std::string head_of(Response const& response)
{
    std::string head = "HTTP/1.1 " + std::to_string(response.status) + ' ' + std::string(reason(response.status)) +
                       "\r\nDate: " + date_now() + "\r\n";
    auto const add = [&](std::string_view name, std::string_view value) {
        head.append(name).append(": ").append(value).append("\r\n");
    };
    if (!response.type.empty() && response.status != 304) add("Content-Type", response.type);
    for (auto const& [name, value] : response.headers) add(name, value);
    return head;
}
} // namespace

HttpSession::HttpSession(net::Stream stream, ServerParts const& parts) : stream_(std::move(stream)), parts_(parts)
{
    stream_.set_write_timeout(limits::socket_silence);
}

net::Next HttpSession::run()
{
    is_next_here_ = false;
    switch (state_) {
    case State::head: return read_head();
    case State::body: return read_body();
    case State::lingering: break;
    }
    return linger();
}

/// What is there already; false: nothing.
bool HttpSession::receive()
{
    auto const piece = stream_.try_peek({});
    if (piece.empty()) return false;
    input_ += piece;
    stream_.consume(piece.size());
    return true;
}

net::Next HttpSession::read_head()
{
    for (;;) {
        auto const state = head_.look(input_);
        if (state == HeadReader::State::broken) return refuse(head_.fault());
        if (state == HeadReader::State::whole) break;
        if (!has_begun_ && !input_.empty()) {
            has_begun_ = true;
            until_ = net::after(limits::head_time);
        }
        if (!receive()) return net::Next::park;
    }
    auto head = parse_head(std::string_view(input_).substr(0, head_.size()));
    input_.erase(0, head_.size());
    if (head.fault != 0) return refuse(head.fault);
    return begin_body(std::move(head));
}

net::Next HttpSession::begin_body(Head head)
{
    keeps_alive_ = head.keeps_alive;
    minor_version_ = head.minor_version;
    head.request.peer = stream_.peer().show();
    bool const asks_first = head.expects_continue && head.has_body() && input_.empty();
    body_.emplace(std::move(head), parts_.largest_body);
    share_.emplace(*parts_.memory);
    state_ = State::body;
    if (asks_first && !body_->is_done()) stream_.write("HTTP/1.1 100 Continue\r\n\r\n");
    return read_body();
}

net::Next HttpSession::read_body()
{
    for (;;) {
        if (body_->is_done()) return answer();
        if (!share_->try_grow(std::min(body_->in_memory() + input_.size(), parts_.largest_body))) {
            if (!std::exchange(waits_for_memory_, true)) until_ = net::after(limits::body_wait);
            if (Clock::now() < until_) return net::Next::rest;
            body_->give_up(503);
            continue;
        }
        waits_for_memory_ = false;
        std::string_view bytes = input_;
        body_->feed(bytes);
        input_.erase(0, input_.size() - bytes.size());
        if (body_->is_done()) continue;
        if (Clock::now() > body_->deadline())
            body_->give_up(408);
        else if (!receive())
            return net::Next::park;
    }
}

net::Next HttpSession::answer()
{
    auto const begin = Clock::now();
    auto& request = body_->request();
    auto response = respond(request);
    if (!keeps_alive_ || !body_->is_whole()) response.close = true;
    write(request, response);
    auto const took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin);
    if (parts_.log) parts_.log->add(request, minor_version_, response.status, sent_, took);
    // The query may hold what somebody searches for: only the path is written.
    base::log(base::Level::debug, "", "request",
              {{"peer", request.peer},
               {"method", request.method},
               {"path", request.path},
               {"status", std::to_string(response.status)},
               {"us", std::to_string(took.count())}});
    bool const is_whole = body_->is_whole();
    body_.reset();
    share_.reset();
    waits_for_memory_ = false;
    has_begun_ = false;
    head_ = {};
    state_ = State::head;
    if (input_.empty()) std::string().swap(input_);
    is_next_here_ = !input_.empty(); // after the others that wait for a worker
    if (!response.close) return net::Next::park;
    return is_whole ? net::Next::close : linger();
}

/// The top of a request: nothing may end the thread.
Response HttpSession::respond(Request& request)
{
    if (request.method != "GET" && request.method != "HEAD" && request.method != "POST") {
        auto response = plain(405, "This method is not offered here.\n");
        return response.set("Allow", "GET, HEAD, POST");
    }
    if (request.fault == 400) return plain(400, "The request is not understood.\n");
    try {
        auto response = parts_.handler(request);
        compress(request, response);
        return response;
    } catch (std::exception const& error) {
        base::log(base::Level::error, "", "request-failed", {{"path", request.path}, {"why", error.what()}});
        return plain(500, "Something went wrong here. Please try again.\n");
    }
}

/// Whatever follows is not a request.
net::Next HttpSession::refuse(int status)
{
    Request request;
    request.method = "GET";
    request.peer = stream_.peer().show();
    auto response = plain(status, "The request is not understood.\n");
    response.close = true;
    write(request, response);
    if (parts_.log) parts_.log->add(request, 1, status, sent_, {});
    return linger();
}

/// A connection that is closed with bytes unread is reset, and the answer with it (RFC 9112 9.6).
net::Next HttpSession::linger()
{
    if (state_ != State::lingering) {
        stream_.close();
        state_ = State::lingering;
        until_ = net::after(limits::last_words);
        std::string().swap(input_);
    }
    for (;;) {
        auto const piece = stream_.try_peek({});
        if (piece.empty()) return net::Next::park;
        lingered_ += piece.size();
        stream_.consume(piece.size());
        if (lingered_ > limits::last_bytes || Clock::now() > until_) return net::Next::close;
    }
}

void HttpSession::write(Request const& request, Response& response)
{
    bool const chunked = response.stream && !response.length && minor_version_ == 1;
    bool const until_close = response.stream && !response.length && minor_version_ == 0;
    response.close = response.close || until_close;
    auto head = head_of(response);
    sent_ = response.stream ? response.length.value_or(0) : response.body.size();
    if (chunked)
        head += "Transfer-Encoding: chunked\r\n";
    else if (has_body(response.status) && !until_close)
        head += "Content-Length: " + std::to_string(sent_) + "\r\n";
    if (response.close)
        head += "Connection: close\r\n";
    else if (minor_version_ == 0)
        head += "Connection: keep-alive\r\n";
    stream_.write(head + "\r\n");
    if (request.method == "HEAD" || !has_body(response.status)) {
        sent_ = 0;
    } else if (response.stream) {
        write_stream(response, chunked);
    } else {
        stream_.write(response.body);
    }
}

/// An answer that breaks off must not look whole: then the connection ends without the last chunk, or too early.
void HttpSession::write_stream(Response const& response, bool chunked)
{
    sent_ = 0;
    try {
        response.stream([&](std::string_view bytes) {
            if (bytes.empty()) return;
            sent_ += bytes.size();
            if (chunked) {
                char size[20];
                auto const end = std::to_chars(std::begin(size), std::end(size), bytes.size(), 16).ptr;
                stream_.write(std::string_view(size, static_cast<std::size_t>(end - size)));
                stream_.write("\r\n");
            }
            stream_.write(bytes);
            if (chunked) stream_.write("\r\n");
        });
    } catch (std::exception const& error) {
        throw net::Disconnected(std::string("the answer broke off: ") + error.what());
    }
    if (chunked) stream_.write("0\r\n\r\n");
    if (response.length && sent_ != *response.length) throw net::Disconnected("the file became shorter");
}

std::chrono::milliseconds HttpSession::idle_timeout() const
{
    if (state_ == State::body) return left_until(body_->deadline());
    if (state_ == State::lingering || has_begun_) return left_until(until_);
    return limits::keep_alive;
}

std::chrono::milliseconds HttpSession::rest() const { return limits::body_look; }

void HttpSession::timed_out()
{
    if (state_ == State::lingering) return;
    if (state_ == State::body) {
        body_->give_up(408);
        answer();
    } else if (has_begun_) {
        refuse(408);
    }
}

} // namespace httpd
